//! Daily partitions.

use regia_ident::TerritoryId;
use regia_store::Store;
use regia_store::partitions::{DailyTable, drop_older, ensure};
use regia_testkit::TestDb;
use time::macros::date;
use time::{Date, Duration};

const LOG: DailyTable = DailyTable::new("kernel", "test_log");
const TODAY: Date = date!(2026 - 02 - 27);

async fn run(store: &Store, statement: &'static str) {
    let mut tx = store.upkeep(TerritoryId::ROOT).await.unwrap();
    sqlx::raw_sql(statement).execute(tx.conn()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn log_table() -> TestDb {
    let db = TestDb::new().await;
    db.own(
        "create table kernel.test_log (
             territory_id bigint not null references kernel.territory,
             entry_id bigint generated always as identity,
             happened_at timestamptz not null default now(),
             detail text not null default 'none' check (detail <> ''),
             primary key (territory_id, happened_at, entry_id)
         ) partition by range (happened_at);
         create index test_log_detail on kernel.test_log (detail);
         grant select, insert on kernel.test_log to regia_upkeep",
    )
    .await;
    db
}

async fn days(store: &Store) -> Vec<String> {
    let mut tx = store.upkeep(TerritoryId::ROOT).await.unwrap();
    sqlx::query_scalar(
        "select relname::text from pg_inherits join pg_class on pg_class.oid = inhrelid
         where inhparent = 'kernel.test_log'::regclass order by 1",
    )
    .fetch_all(tx.conn())
    .await
    .unwrap()
}

#[tokio::test]
async fn days_are_made_ahead_once_even_by_several_nodes() {
    let db = log_table().await;
    let store = db.store();
    let (a, b) = tokio::join!(ensure(&store, LOG, TODAY, 2), ensure(&store, LOG, TODAY, 2));
    assert_eq!(a.unwrap() + b.unwrap(), 4);
    assert_eq!(
        days(&store).await,
        [
            "test_log_20260226",
            "test_log_20260227",
            "test_log_20260228",
            "test_log_20260301"
        ]
    );
    assert_eq!(
        ensure(&store, LOG, TODAY.next_day().unwrap(), 2)
            .await
            .unwrap(),
        1
    );
    run(
        &store,
        "insert into kernel.test_log (territory_id, happened_at) values
             (1, '2026-02-26 00:00:00+00'), (1, '2026-02-27 23:59:59.999+00'),
             (1, '2026-02-28 23:59:59+00'), (1, '2026-03-01 00:00:00+00')",
    )
    .await;
}

#[tokio::test]
async fn old_days_are_dropped_and_younger_ones_stay() {
    let db = log_table().await;
    let store = db.store();
    ensure(&store, LOG, TODAY, 3).await.unwrap();
    let first_kept = TODAY + Duration::days(1);
    let (a, b) = tokio::join!(
        drop_older(&store, LOG, first_kept),
        drop_older(&store, LOG, first_kept)
    );
    assert!(a.unwrap() + b.unwrap() >= 2);
    assert_eq!(
        days(&store).await,
        [
            "test_log_20260228",
            "test_log_20260301",
            "test_log_20260302"
        ]
    );
    assert_eq!(drop_older(&store, LOG, first_kept).await.unwrap(), 0);
}

#[tokio::test]
async fn making_days_does_not_wait_for_readers_and_dropping_leaves_what_is_read() {
    let db = log_table().await;
    let store = db.store();
    ensure(&store, LOG, TODAY, 0).await.unwrap();
    let mut reader = store.upkeep(TerritoryId::ROOT).await.unwrap();
    sqlx::query("select * from kernel.test_log")
        .execute(reader.conn())
        .await
        .unwrap();

    assert_eq!(ensure(&store, LOG, TODAY, 1).await.unwrap(), 1);
    assert_eq!(drop_older(&store, LOG, TODAY).await.unwrap(), 0);
    reader.commit().await.unwrap();
    assert_eq!(drop_older(&store, LOG, TODAY).await.unwrap(), 1);
}
