//! Rows become blocks, whoever writes them when.

use regia_audit::{Head, Span};
use regia_clock::Clock;
use regia_ident::TerritoryId;
use regia_secrets::KeyRing;
use regia_testkit::ring;

use crate::site::{Site, add};

#[tokio::test]
async fn what_the_server_writes_is_right_before_and_after_it_is_sealed() {
    let site = Site::new().await;
    site.write(3).await;
    let before = site.verify().await;
    assert!(before.is_clean(), "{before:?}");
    assert_eq!((before.rows, before.waiting, before.blocks), (3, 3, 0));
    assert_eq!(site.trail.seal().await.unwrap(), 3);
    assert_eq!(site.trail.seal().await.unwrap(), 0);
    let after = site.verify().await;
    assert!(after.is_clean(), "{after:?}");
    assert_eq!((after.rows, after.waiting, after.blocks), (3, 0, 1));
    assert_eq!(after.heads.len(), 1);
}

#[tokio::test]
async fn a_row_that_commits_late_is_in_a_later_block() {
    let site = Site::new().await;
    let mut late = site.begin().await;
    add(&mut late, 1).await;
    site.write(2).await;
    assert_eq!(site.trail.seal().await.unwrap(), 2);
    assert!(site.verify().await.is_clean());
    late.commit().await.unwrap();
    assert!(site.verify().await.is_clean());
    assert_eq!(site.trail.seal().await.unwrap(), 1);
    let report = site.verify().await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.rows, report.blocks), (3, 2));
}

#[tokio::test]
async fn writers_wait_neither_for_each_other_nor_for_the_sealer() {
    let site = Site::new().await;
    let mut open = Vec::new();
    for row in 0..4 {
        let mut tx = site.begin().await;
        add(&mut tx, row).await;
        open.push(tx);
    }
    assert_eq!(site.trail.seal().await.unwrap(), 0);
    for tx in open.into_iter().rev() {
        tx.commit().await.unwrap();
    }
    assert_eq!(site.trail.seal().await.unwrap(), 4);
    assert!(site.verify().await.is_clean());
}

#[tokio::test]
async fn a_change_that_is_rolled_back_leaves_nothing() {
    let site = Site::new().await;
    let mut tx = site.begin().await;
    add(&mut tx, 1).await;
    drop(tx);
    site.write(1).await;
    assert_eq!(site.trail.seal().await.unwrap(), 1);
    assert!(site.verify().await.is_clean());
}

#[tokio::test]
async fn of_two_sealers_one_makes_each_block() {
    let site = Site::new().await;
    let write = async {
        for _ in 0..10 {
            site.write(3).await;
        }
    };
    let seal = async || {
        for _ in 0..20 {
            site.trail.seal().await.unwrap();
        }
    };
    tokio::join!(write, seal(), seal());
    site.trail.seal().await.unwrap();
    let report = site.verify().await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.rows, report.waiting), (30, 0));
}

#[tokio::test]
async fn a_sealer_that_dies_leaves_every_row_waiting() {
    let site = Site::new().await;
    site.write(3).await;
    // What a round does until its commit, which never comes.
    let mut tx = site.db.store().upkeep(TerritoryId::ROOT).await.unwrap();
    let statements = [
        "select pg_advisory_xact_lock(8243108395274433381)",
        "delete from access.audit_unsealed",
    ];
    for statement in statements {
        sqlx::query(statement).execute(tx.conn()).await.unwrap();
    }
    drop(tx);
    assert!(site.verify().await.is_clean());
    assert_eq!(site.trail.seal().await.unwrap(), 3);
    assert!(site.verify().await.is_clean());
}

#[tokio::test]
async fn tenants_have_chains_of_their_own() {
    let site = Site::sealed().await;
    site.db
        .own("insert into kernel.territory (territory_id, tenant_id, name) values (7, 7, 'other')")
        .await;
    let mut tx = site.db.store().begin(TerritoryId(7)).await.unwrap();
    add(&mut tx, 1).await;
    tx.commit().await.unwrap();
    site.trail.seal().await.unwrap();
    let report = site.verify().await;
    assert!(report.is_clean(), "{report:?}");
    let heads: Vec<(i64, i64)> = report
        .heads
        .iter()
        .map(|head| (head.tenant.0, head.number))
        .collect();
    assert_eq!(heads, [(1, 2), (7, 1)]);
    let span = Span::default();
    let own = site.trail.verify(Some(TerritoryId(7)), &span).await;
    assert_eq!(own.unwrap().rows, 1);
}

#[tokio::test]
async fn many_rows_are_many_blocks() {
    let site = Site::new().await;
    let mut tx = site.begin().await;
    for row in 0..1_201 {
        add(&mut tx, row).await;
    }
    tx.commit().await.unwrap();
    assert_eq!(site.trail.seal().await.unwrap(), 1_201);
    let report = site.verify().await;
    assert!(report.is_clean(), "{report:?}");
    assert_eq!((report.rows, report.blocks), (1_201, 3));
}

#[tokio::test]
async fn a_rotated_key_is_right_as_long_as_the_old_one_is_listed() {
    let site = Site::sealed().await;
    let verify = async |keys: KeyRing| {
        let store = site.db.store().signing_with(&keys);
        let trail = regia_audit::Trail::new(store, Clock::system(), 30);
        trail.verify(None, &Span::default()).await.unwrap()
    };
    assert!(verify(ring("bb", &["5a"])).await.is_clean());
    assert!(!verify(ring("bb", &[])).await.is_clean());
}

#[tokio::test]
async fn one_day_is_looked_at_alone() {
    let site = Site::sealed().await;
    let today = time::OffsetDateTime::from_unix_timestamp(
        site.count("select extract(epoch from now())::bigint").await,
    );
    let today = today.unwrap().date();
    for (from, to, rows) in [
        (Some(today), Some(today), 5),
        (today.previous_day(), today.previous_day(), 0),
        (today.next_day(), None, 0),
    ] {
        let span = Span {
            from,
            to,
            ..Span::default()
        };
        let report = site.trail.verify(None, &span).await.unwrap();
        assert!(report.is_clean(), "{span:?} {report:?}");
        assert_eq!(report.rows, rows, "{span:?}");
    }
}

#[tokio::test]
async fn an_end_that_somebody_noted_must_still_be_there() {
    let site = Site::sealed().await;
    let head = site.verify().await.heads.remove(0);
    let other = Head {
        hash: "00".repeat(32),
        ..head.clone()
    };
    let later = Head {
        number: 9,
        ..head.clone()
    };
    site.write(1).await;
    site.trail.seal().await.unwrap();
    for (noted, clean) in [(head, true), (other, false), (later, false)] {
        let span = Span {
            noted: vec![noted],
            ..Span::default()
        };
        assert_eq!(
            site.trail.verify(None, &span).await.unwrap().is_clean(),
            clean
        );
    }
}
