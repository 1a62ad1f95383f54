//! Who is kept out, and who never is.

use std::time::Duration;

use regia_ident::TerritoryId;
use regia_lifecycle::Lifecycle;
use regia_security::{Ban, BanError, BanSettings, Bans, Event, EventFilter, Kind, NewBan};

use crate::site::{PROXY, Site, event};

#[tokio::test]
async fn who_breaks_the_limits_three_times_is_kept_out_for_an_hour() {
    let site = Site::new().await;
    site.break_limits("198.51.100.7", 2);
    assert!(!site.is_banned("198.51.100.7"));
    site.break_limits("198.51.100.7", 1);
    assert!(site.is_banned("198.51.100.7"));
    assert!(!site.is_banned("198.51.100.8"));
    site.clock.advance(Duration::from_secs(59 * 60));
    assert!(site.is_banned("198.51.100.7"));
    site.clock.advance(Duration::from_secs(60));
    assert!(!site.is_banned("198.51.100.7"));
    let banned = EventFilter {
        kind: Some(Kind::Banned),
        ..EventFilter::default()
    };
    assert_eq!(site.logged(&banned).await[0].detail, "198.51.100.7");
}

#[tokio::test]
async fn of_ipv6_the_network_is_kept_out() {
    let site = Site::new().await;
    for host in 1..=3 {
        site.break_limits(&format!("2001:db8:1:2::{host}"), 1);
    }
    assert!(site.is_banned("2001:db8:1:2:ffff::1"));
    assert!(!site.is_banned("2001:db8:1:3::1"));
}

#[tokio::test]
async fn some_are_never_kept_out_by_themselves() {
    let site = Site::new().await;
    for address in [PROXY, "127.0.0.1", "10.0.0.7", "::1", "fd00::7"] {
        site.break_limits(address, 9);
        assert!(!site.is_banned(address), "{address}");
    }
    // With a valid key.
    for _ in 0..9 {
        site.log.note(Event {
            with_key: true,
            ..event(Kind::Limited, "198.51.100.7")
        });
        site.clock.advance(Duration::from_secs(15));
    }
    // For anything else than limits.
    for _ in 0..9 {
        site.log.note(event(Kind::Denied, "198.51.100.7"));
        site.clock.advance(Duration::from_secs(15));
    }
    assert!(!site.is_banned("198.51.100.7"));
    let everywhere = Site::with(BanSettings {
        private_ranges: true,
        ..BanSettings::default()
    })
    .await;
    everywhere.break_limits("10.0.0.7", 3);
    assert!(everywhere.is_banned("10.0.0.7"));
    let never = Site::with(BanSettings {
        automatic: false,
        ..BanSettings::default()
    })
    .await;
    never.break_limits("198.51.100.7", 9);
    assert!(!never.is_banned("198.51.100.7"));
}

#[tokio::test]
async fn a_ban_counts_on_every_node_and_after_a_restart() {
    let site = Site::new().await;
    let lifecycle = Lifecycle::new();
    let other = Site::node(&site.db, &site.clock, BanSettings::default());
    site.bans.run(&lifecycle);
    site.break_limits("198.51.100.7", 3);
    let address = "198.51.100.7".parse().unwrap();
    // The other node reads when it is told, or after a time.
    let read = async || {
        other.read().await.unwrap();
        other.left(address).is_some()
    };
    let told = tokio::time::timeout(Duration::from_secs(30), async {
        while !read().await {
            tokio::task::yield_now().await;
        }
    });
    told.await.unwrap();
    let ban = site.bans.list().await.unwrap().remove(0);
    assert_eq!(
        (ban.network.as_str(), ban.banned_by.as_str()),
        ("198.51.100.7", "")
    );
    let mut tx = site.db.store().begin(TerritoryId::ROOT).await.unwrap();
    assert!(Bans::remove(&mut tx, ban.id).await.unwrap().is_some());
    tx.commit().await.unwrap();
    for node in [&site.bans, &other] {
        node.read().await.unwrap();
        assert_eq!(node.left(address), None);
    }
    assert!(lifecycle.stop(Duration::from_secs(30)).await.clean());
}

#[tokio::test]
async fn a_node_hears_at_once_that_an_address_is_banned_and_let_in_again() {
    let site = Site::new().await;
    let lifecycle = Lifecycle::new();
    let other = Site::node(&site.db, &site.clock, BanSettings::default());
    other.run(&lifecycle);
    let address = "198.51.100.7".parse().unwrap();
    // Sooner than it reads unasked.
    let told = async |banned: bool| {
        let so = async {
            while other.left(address).is_some() != banned {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), so)
            .await
            .is_ok()
    };
    // Known from its first reading at the latest, before which it listens already.
    let ban = add(&site, &scanner()).await.unwrap();
    assert!(told(true).await, "the ban");
    let mut tx = site.db.store().begin(TerritoryId::ROOT).await.unwrap();
    assert!(Bans::remove(&mut tx, ban.id).await.unwrap().is_some());
    tx.commit().await.unwrap();
    assert!(told(false).await, "the end of the ban");
    add(&site, &scanner()).await.unwrap();
    assert!(told(true).await, "the second ban");
    assert!(lifecycle.stop(Duration::from_secs(30)).await.clean());
}

fn scanner() -> NewBan {
    NewBan {
        address: "198.51.100.7".into(),
        reason: "scans".into(),
        minutes: 60,
        banned_by: "user admin".into(),
    }
}

async fn add(site: &Site, ban: &NewBan) -> Result<Ban, BanError> {
    let mut tx = site.db.store().begin(TerritoryId::ROOT).await.unwrap();
    let made = site.bans.add(&mut tx, ban).await;
    tx.commit().await.unwrap();
    made
}

#[tokio::test]
async fn what_cannot_be_banned_is_said() {
    let site = Site::new().await;
    let address = |address: &str| NewBan {
        address: address.into(),
        ..scanner()
    };
    let minutes = |minutes| NewBan {
        minutes,
        ..scanner()
    };
    let reason = |reason: &str| NewBan {
        reason: reason.into(),
        ..scanner()
    };
    for (ban, wrong) in [
        (address("everybody"), "Address"),
        (address("10.0.0.0/8"), "Address"),
        (address(PROXY), "Exempt"),
        (minutes(0), "Minutes"),
        (minutes(525_601), "Minutes"),
        (reason(" "), "Reason"),
        (reason(&"x".repeat(201)), "Reason"),
    ] {
        let refused = add(&site, &ban).await.unwrap_err();
        assert_eq!(format!("{refused:?}"), wrong, "{ban:?}");
    }
}

#[tokio::test]
async fn of_two_bans_of_an_address_the_newer_counts() {
    let site = Site::new().await;
    let first = add(&site, &scanner()).await.unwrap();
    let shorter = NewBan {
        minutes: 5,
        ..scanner()
    };
    let again = add(&site, &shorter).await.unwrap();
    assert!(again.until < first.until);
    site.bans.read().await.unwrap();
    assert!(site.is_banned("198.51.100.7"));
    assert_eq!(site.bans.list().await.unwrap().len(), 1);
}
