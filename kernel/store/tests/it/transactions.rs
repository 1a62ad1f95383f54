//! Pool, transactions, notifications.

use std::time::Duration;

use regia_fault::{Category, Fault};
use regia_ident::TerritoryId;
use regia_store::{ConnectOptions, Store, StoreError, StoreSettings};
use regia_testkit::TestDb;

async fn run(store: &Store, statement: &'static str) -> Result<(), StoreError> {
    let mut tx = store.upkeep(TerritoryId::ROOT).await?;
    sqlx::query(statement).execute(tx.conn()).await?;
    tx.commit().await
}

async fn count(store: &Store) -> i64 {
    let mut tx = store.upkeep(TerritoryId::ROOT).await.unwrap();
    sqlx::query_scalar("select count(*) from note")
        .fetch_one(tx.conn())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_transaction_counts_only_when_it_is_committed() {
    let db = TestDb::new().await;
    let store = db.store();
    db.own("create table note (id int primary key); grant all on note to public")
        .await;

    let mut tx = store.upkeep(TerritoryId(7)).await.unwrap();
    assert_eq!(tx.territory(), TerritoryId(7));
    sqlx::query("insert into note values (1)")
        .execute(tx.conn())
        .await
        .unwrap();
    drop(tx);
    assert_eq!(count(&store).await, 0);

    run(&store, "insert into note values (1)").await.unwrap();
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn a_failed_statement_says_what_the_caller_can_do() {
    let db = TestDb::new().await;
    let store = db.store();
    db.own(
        "create table note (id int constraint note_id primary key); grant all on note to public",
    )
    .await;
    run(&store, "insert into note values (1)").await.unwrap();
    for (statement, category, constraint) in [
        (
            "insert into note values (1)",
            Category::Conflict,
            Some("note_id"),
        ),
        ("insert into note values (null)", Category::Internal, None),
        ("select no_such_column", Category::Internal, None),
        // What a request may hold and no text can.
        (
            r"select convert_from('\x00', 'UTF8')",
            Category::Invalid,
            None,
        ),
        (r#"select '"\u0000"'::jsonb"#, Category::Invalid, None),
    ] {
        let error = run(&store, statement).await.unwrap_err();
        assert_eq!(error.constraint(), constraint, "{statement}");
        assert_eq!(Fault::from(error).category, category, "{statement}");
    }
}

#[tokio::test]
async fn a_statement_and_a_lock_have_their_limits() {
    let db = TestDb::new().await;
    let settings = StoreSettings {
        statement_timeout_seconds: 1,
        ..Default::default()
    };
    let options = ConnectOptions {
        lock_timeout: Duration::from_millis(50),
        ..ConnectOptions::new(db.url(), &settings)
    };
    let store = Store::connect(&options).await.unwrap();
    let slow = run(&store, "select pg_sleep(60)").await.unwrap_err();
    assert_eq!(Fault::from(slow).category, Category::Timeout);

    let mut holder = store.upkeep(TerritoryId::ROOT).await.unwrap();
    sqlx::query("select pg_advisory_xact_lock(1)")
        .execute(holder.conn())
        .await
        .unwrap();
    let waiting = run(&store, "select pg_advisory_xact_lock(1)")
        .await
        .unwrap_err();
    assert!(matches!(waiting, StoreError::Timeout(_)), "{waiting:?}");
}

#[tokio::test]
async fn connections_that_died_together_are_replaced_unseen() {
    let db = TestDb::new().await;
    let store = db.store();
    let mut open = Vec::new();
    for _ in 0..8 {
        open.push(store.upkeep(TerritoryId::ROOT).await.unwrap());
    }
    for tx in open {
        tx.commit().await.unwrap();
    }
    db.own(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()",
    )
    .await;
    for _ in 0..8 {
        store
            .upkeep(TerritoryId::ROOT)
            .await
            .unwrap()
            .commit()
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_pool_in_use_is_busy_and_not_broken() {
    let db = TestDb::new().await;
    let options = ConnectOptions {
        max_connections: 1,
        acquire_timeout: Duration::from_millis(50),
        ..ConnectOptions::new(db.url(), &StoreSettings::default())
    };
    let store = Store::connect(&options).await.unwrap();
    let _held = store.upkeep(TerritoryId::ROOT).await.unwrap();
    let error = store.upkeep(TerritoryId::ROOT).await.unwrap_err();
    assert!(matches!(error, StoreError::Busy(_)), "{error:?}");
}

#[tokio::test]
async fn a_notification_arrives_with_its_commit() {
    let db = TestDb::new().await;
    let store = db.store();
    let mut listener = store.listener().await.unwrap();
    listener.listen("news").await.unwrap();

    let mut tx = store.upkeep(TerritoryId::ROOT).await.unwrap();
    tx.notify("news", "rolled back").await.unwrap();
    drop(tx);
    let mut tx = store.upkeep(TerritoryId::ROOT).await.unwrap();
    tx.notify("news", "committed").await.unwrap();
    tx.commit().await.unwrap();
    store.notify("news", "alone").await.unwrap();

    for expected in ["committed", "alone"] {
        let heard = listener.recv().await.unwrap();
        assert_eq!((heard.channel(), heard.payload()), ("news", expected));
    }
}

#[tokio::test]
async fn a_closed_store_refuses() {
    let db = TestDb::new().await;
    let store = Store::connect(&ConnectOptions::new(db.url(), &StoreSettings::default()))
        .await
        .unwrap();
    store.ping().await.unwrap();
    store.close().await;
    let error = store.upkeep(TerritoryId::ROOT).await.unwrap_err();
    assert_eq!(Fault::from(error).category, Category::Unavailable);
}
