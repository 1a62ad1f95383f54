//! What is noted.

use regia_ident::TerritoryId;
use regia_lifecycle::Lifecycle;
use regia_security::{Event, EventFilter, Kind, PerHour, SecurityLog};
use time::Duration;

use crate::site::{Site, event};

#[tokio::test]
async fn what_repeats_is_one_row_that_counts_up() {
    let site = Site::new().await;
    for _ in 0..500 {
        site.log.note(event(Kind::LoginFailed, "192.0.2.1"));
    }
    site.log.write().await;
    // Written in between, by this node or another: the row counts on.
    for _ in 0..7 {
        site.log.note(event(Kind::LoginFailed, "192.0.2.1"));
    }
    site.log.note(event(Kind::LoginFailed, "192.0.2.2"));
    site.log.note(event(Kind::Denied, "192.0.2.1"));
    let rows = site.logged(&EventFilter::default()).await;
    let mut found: Vec<_> = rows
        .iter()
        .map(|row| (row.kind.as_str(), row.address.as_str(), row.count))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("denied", "192.0.2.1", 1),
            ("login_failed", "192.0.2.1", 507),
            ("login_failed", "192.0.2.2", 1),
        ]
    );
}

#[tokio::test]
async fn a_flood_from_everywhere_makes_few_rows_and_loses_no_count() {
    let site = Site::new().await;
    for number in 0..20_000_u32 {
        let address = std::net::IpAddr::from(number.to_be_bytes());
        site.log.note(Event {
            address: Some(address),
            ..Event::new(Kind::BadKey)
        });
    }
    site.log.write().await;
    let mut tx = site.db.store().upkeep(TerritoryId::ROOT).await.unwrap();
    let (rows, sum): (i64, i64) =
        sqlx::query_as("select count(*), sum(count)::bigint from access.security_event")
            .fetch_one(tx.conn())
            .await
            .unwrap();
    assert!(rows < 300, "{rows}");
    assert_eq!(sum, 20_000);
}

#[tokio::test]
async fn rows_are_found_by_what_happened_from_where_and_by_whom() {
    let site = Site::new().await;
    site.log.note(event(Kind::LoginFailed, "192.0.2.1"));
    site.log.note(Event {
        actor: "user maria".into(),
        tenant: TerritoryId::ROOT,
        ..event(Kind::Denied, "192.0.2.2")
    });
    site.log.note(Event {
        tenant: TerritoryId(7),
        ..event(Kind::Denied, "192.0.2.3")
    });
    let now = site.clock.now();
    for (filter, found) in [
        (EventFilter::default(), 2),
        (
            EventFilter {
                kind: Some(Kind::Denied),
                ..EventFilter::default()
            },
            1,
        ),
        (
            EventFilter {
                address: Some("192.0.2.1".into()),
                ..EventFilter::default()
            },
            1,
        ),
        (
            EventFilter {
                actor: Some("user maria".into()),
                ..EventFilter::default()
            },
            1,
        ),
        (
            EventFilter {
                from: Some(now + Duration::HOUR),
                ..EventFilter::default()
            },
            0,
        ),
        (
            EventFilter {
                to: Some(now - Duration::HOUR),
                ..EventFilter::default()
            },
            0,
        ),
    ] {
        assert_eq!(site.logged(&filter).await.len(), found, "{filter:?}");
    }
    let since = now - Duration::DAY;
    let hours = PerHour::list(&site.db.store(), TerritoryId::ROOT, since)
        .await
        .unwrap();
    assert_eq!(hours.iter().map(|hour| hour.count).sum::<i64>(), 2);
}

#[tokio::test]
async fn a_database_that_is_away_loses_nothing_that_there_is_room_for() {
    let site = Site::new().await;
    site.db.shut().await;
    for _ in 0..3 {
        site.log.note(event(Kind::Denied, "192.0.2.1"));
        site.log.write().await;
    }
    site.db.open().await;
    let rows = site.logged(&EventFilter::default()).await;
    assert_eq!(rows.iter().map(|row| row.count).sum::<i64>(), 3);
}

#[tokio::test]
async fn what_waits_is_written_before_the_server_stops() {
    let site = Site::new().await;
    let lifecycle = Lifecycle::new();
    site.log.run(&lifecycle);
    site.log.note(event(Kind::Denied, "192.0.2.1"));
    let stopped = lifecycle.stop(std::time::Duration::from_secs(30)).await;
    assert!(stopped.clean());
    assert_eq!(site.logged(&EventFilter::default()).await.len(), 1);
    // Nobody started this one: it forgets.
    SecurityLog::default().note(event(Kind::Denied, "192.0.2.1"));
}
