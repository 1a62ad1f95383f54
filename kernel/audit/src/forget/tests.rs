//! Days that are dropped.

use regia_clock::Clock;
use regia_testkit::TestDb;

use super::*;
use crate::chain::{self, Block, Row, START};
use crate::store::head::Head;
use crate::{Flaw, Report, Span, Trail};

/// A trail with a block that was sealed yesterday, and one of today.
async fn two_days(db: &TestDb, now: OffsetDateTime) -> Trail {
    let yesterday = now - time::Duration::DAY;
    let mut tx = db.store().upkeep(TerritoryId::ROOT).await.unwrap();
    let key = tx.signing_key().unwrap();
    let row = Row {
        tenant: TerritoryId::ROOT,
        entry_id: 1_000_000,
        recorded_at: yesterday,
        actor_kind: "user".into(),
        actor_id: Some(1),
        actor_name: "admin".into(),
        action: "acs.device.reboot".into(),
        object: "device:1".into(),
        before: None,
        after: None,
        address: None,
        trace_id: None,
    };
    let mac = row.mac(&key);
    entry::insert_signed(&mut tx, row, &mac).await.unwrap();
    store::unsealed::take(&mut tx, 10).await.unwrap();
    let first = Block {
        tenant: TerritoryId::ROOT,
        number: 1,
        sealed_at: yesterday,
        day: yesterday.date(),
        entry_ids: vec![1_000_000],
        rows_mac: chain::rows_mac(&key, &[mac]),
        previous: START,
    };
    let mac = first.mac(&key);
    block::insert(&mut tx, &first, &mac).await.unwrap();
    let head = Head {
        number: 1,
        mac,
        sealed_at: yesterday,
    };
    head::save(&mut tx, TerritoryId::ROOT, &head).await.unwrap();
    let today = Entry::new("acs.device.reboot", "device:2");
    record(&mut tx, Actor::system("test"), today).await.unwrap();
    tx.commit().await.unwrap();
    // Kept for no day but today.
    let trail = Trail::new(db.store(), Clock::by_hand(now), 0);
    trail.seal().await.unwrap();
    let report = verify(&trail).await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.rows, report.blocks), (2, 2));
    trail
}

async fn verify(trail: &Trail) -> Report {
    trail.verify(None, &Span::default()).await.unwrap()
}

/// The database's time, to the second.
async fn now(db: &TestDb) -> OffsetDateTime {
    let mut tx = db.store().upkeep(TerritoryId::ROOT).await.unwrap();
    let now: OffsetDateTime = sqlx::query_scalar("select date_trunc('second', now())")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    now
}

#[tokio::test]
async fn a_day_whose_time_has_come_is_no_tampering() {
    let db = TestDb::new().await;
    let now = now(&db).await;
    let trail = two_days(&db, now).await;
    trail.keep_up().await.unwrap();
    let report = verify(&trail).await;
    assert!(report.is_clean(), "{report:?}");
    // What was done today, and that yesterday was dropped.
    assert_eq!(report.rows, 2);
    assert_eq!(report.kept_from, Some(now.date()));
    trail.seal().await.unwrap();
    // Where nothing is dropped, nothing is said.
    let longer = Trail::new(db.store(), Clock::by_hand(now), 30);
    longer.keep_up().await.unwrap();
    let report = verify(&trail).await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!(report.rows, 2);
}

#[tokio::test]
async fn a_day_that_somebody_else_dropped_is_found() {
    let db = TestDb::new().await;
    let now = now(&db).await;
    let trail = two_days(&db, now).await;
    for table in [ENTRIES, BLOCKS] {
        partitions::drop_older(&db.store(), table, now.date())
            .await
            .unwrap();
    }
    let flaws: Vec<Flaw> = verify(&trail)
        .await
        .findings
        .iter()
        .map(|finding| finding.flaw)
        .collect();
    assert_eq!(flaws, [Flaw::BlockMissing]);
}

#[tokio::test]
async fn a_line_about_a_dropped_day_that_the_server_did_not_write_says_nothing() {
    let db = TestDb::new().await;
    let now = now(&db).await;
    let trail = two_days(&db, now).await;
    partitions::drop_older(&db.store(), BLOCKS, now.date())
        .await
        .unwrap();
    db.own(&format!(
        "insert into access.audit (territory_id, actor_kind, actor_name, action, object, after, mac)
         select 1, 'system', 'upkeep', '{ACTION}', 'day', jsonb_build_object(
             'first_kept', current_date, 'next_block', number,
             'previous', encode(previous, 'hex')), mac
         from access.audit_block"
    ))
    .await;
    let report = verify(&trail).await;
    let missing = report
        .findings
        .iter()
        .filter(|finding| finding.flaw == Flaw::BlockMissing);
    assert_eq!(missing.count(), 1, "{report:?}");
}
