//! The schema's history.

use regia_ident::TerritoryId;
use regia_store::{MIGRATIONS, Store, StoreError};
use regia_testkit::TestDb;
use sqlx::{Connection as _, PgConnection};

async fn applied(store: &Store) -> i64 {
    let mut tx = store.upkeep(TerritoryId::ROOT).await.unwrap();
    sqlx::query_scalar("select count(*) from kernel.migration where success")
        .fetch_one(tx.conn())
        .await
        .unwrap()
}

#[tokio::test]
async fn nodes_that_start_together_migrate_once() {
    let db = TestDb::empty().await;
    let url = db.url();
    let (first, second) = tokio::join!(Store::migrate(&url), Store::migrate(&url));
    first.unwrap();
    second.unwrap();
    let all = i64::try_from(MIGRATIONS.iter().count()).unwrap();
    assert_eq!(applied(&db.store()).await, all);
    Store::migrate(&url).await.unwrap();
    assert_eq!(applied(&db.store()).await, all);
}

#[tokio::test]
async fn a_migration_waits_for_a_table_in_use_and_lets_others_go_on() {
    let db = TestDb::new().await;
    let store = db.store();
    let mut owner = PgConnection::connect(db.url().expose()).await.unwrap();
    let mut user = owner.begin().await.unwrap();
    sqlx::query("lock table kernel.migration in access exclusive mode")
        .execute(&mut *user)
        .await
        .unwrap();
    let in_use = async {
        for waiting in [1, 0] {
            while waiters(&store).await != waiting {
                tokio::task::yield_now().await;
            }
        }
        user.rollback().await.unwrap();
    };
    let url = db.url();
    let (migrated, ()) = tokio::join!(Store::migrate(&url), in_use);
    migrated.unwrap();
}

/// Connections that wait for the table of migrations.
async fn waiters(store: &Store) -> i64 {
    let mut tx = store.upkeep(TerritoryId::ROOT).await.unwrap();
    sqlx::query_scalar(
        "select count(*) from pg_locks where not granted
           and relation = 'kernel.migration'::regclass
           and database = (select oid from pg_database where datname = current_database())",
    )
    .fetch_one(tx.conn())
    .await
    .unwrap()
}

#[tokio::test]
async fn older_code_runs_on_a_newer_schema_and_a_changed_history_is_refused() {
    let db = TestDb::new().await;
    db.own(
        "insert into kernel.migration (version, description, success, checksum, execution_time)
         values (99991231235959, 'from the future', true, '\\x00', 0)",
    )
    .await;
    Store::migrate(&db.url()).await.unwrap();

    db.own(
        "update kernel.migration set checksum = '\\x00'
         where version = (select min(version) from kernel.migration)",
    )
    .await;
    let error = Store::migrate(&db.url()).await.unwrap_err();
    assert!(matches!(error, StoreError::Migrate(_)), "{error:?}");
}

#[tokio::test]
async fn a_new_database_has_the_root_territory() {
    let db = TestDb::new().await;
    let mut tx = db.store().upkeep(TerritoryId::ROOT).await.unwrap();
    let names: Vec<(i64, String)> =
        sqlx::query_as("select territory_id, name from kernel.territory")
            .fetch_all(tx.conn())
            .await
            .unwrap();
    assert_eq!(names, [(TerritoryId::ROOT.0, "root".to_owned())]);
}
