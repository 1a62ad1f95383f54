//! The schema's history.

use regia_ident::TerritoryId;
use regia_store::{MIGRATIONS, Store, StoreError};
use regia_testkit::TestDb;

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
