//! A key never does more than its owner may now.

use regia_access::Principal;
use regia_keys::{Keys, NewKey, Reach};
use regia_secrets::Secret;

use crate::site::{BOSS, NORTH, NORTHERNER, READ, RUN, SOUTH, Site, TOWN, reach, wish};

/// Where somebody of the north is.
const NORTH_AND_TOWN: &str =
    "Below { tops: [TerritoryId(10)], few: Some([TerritoryId(10), TerritoryId(12)]) }";

async fn made(keys: &Keys, principal: &Principal, new: &NewKey) -> Secret {
    let made = keys.create(principal, Reach::Own, new).await;
    made.unwrap().1
}

#[tokio::test]
async fn what_the_owner_loses_the_key_loses_with_its_next_request() {
    let site = Site::new().await;
    let boss = site.person(BOSS).await;
    let text = made(
        &site.keys,
        &boss,
        &wish(&["acs.device.read", "acs.bulk.run"]),
    )
    .await;
    let began = site.ask(&text).await.unwrap();
    let whole = ("Whole", "Whole");
    let missing = |name| format!("the permission {name} is missing");
    let (no_read, no_run) = (missing("acs.device.read"), missing("acs.bulk.run"));
    for (change, (read, run)) in [
        ("select 1", whole),
        (
            "update access.mandate set system_role = 'viewer' where user_id = 50",
            ("Whole", &*no_run),
        ),
        (
            "update access.mandate set area_id = 11 where user_id = 50",
            ("Only(TerritoryId(11))", &no_run),
        ),
        (
            "update access.mandate set system_role = 'operator', area_id = 10 where user_id = 50",
            (NORTH_AND_TOWN, NORTH_AND_TOWN),
        ),
        (
            "update access.mandate set valid_from = now() - interval '2 days',
             valid_until = now() - interval '1 day' where user_id = 50",
            (&no_read, &no_run),
        ),
        (
            "update access.mandate set valid_until = null, area_id = 1 where user_id = 50",
            whole,
        ),
        (
            "delete from access.mandate where user_id = 50",
            (&no_read, &no_run),
        ),
    ] {
        site.run(change).await;
        let principal = site.ask(&text).await.unwrap();
        let found = (reach(&principal, &READ), reach(&principal, &RUN));
        assert_eq!((&*found.0, &*found.1), (read, run), "{change}");
        // A stream that began before ends where something has changed.
        let goes_on = site.keys.still_valid(&began).await.unwrap();
        assert_eq!(
            goes_on,
            began.authority() == principal.authority(),
            "{change}"
        );
    }
}

#[tokio::test]
async fn a_role_that_the_owner_gains_adds_nothing_that_was_not_named() {
    let site = Site::new().await;
    let northerner = site.person(NORTHERNER).await;
    let mut new = wish(&["acs.device.read"]);
    new.area = Some(NORTH);
    let text = made(&site.keys, &northerner, &new).await;
    site.run("update access.mandate set system_role = 'super_administrator', area_id = 1 where user_id = 51")
        .await;
    let principal = site.ask(&text).await.unwrap();
    assert_eq!(reach(&principal, &READ), NORTH_AND_TOWN);
    assert_eq!(
        reach(&principal, &RUN),
        "the permission acs.bulk.run is missing"
    );
    assert!(!principal.authority().unwrap().is_unlimited());
}

#[tokio::test]
async fn of_two_territories_the_lower_one_counts() {
    let site = Site::new().await;
    let boss = site.person(BOSS).await;
    for (mandate, key, expected) in [
        (
            "update access.mandate set area_id = 1 where user_id = 50",
            NORTH,
            NORTH_AND_TOWN,
        ),
        (
            "update access.mandate set area_id = 1 where user_id = 50",
            TOWN,
            "Only(TerritoryId(12))",
        ),
        (
            "update access.mandate set area_id = 10 where user_id = 50",
            NORTH,
            NORTH_AND_TOWN,
        ),
        (
            "update access.mandate set area_id = 12 where user_id = 50",
            NORTH,
            "Only(TerritoryId(12))",
        ),
        (
            "update access.mandate set area_id = 11 where user_id = 50",
            NORTH,
            "the permission acs.device.read is missing",
        ),
        (
            "update access.mandate set area_id = 12 where user_id = 50",
            SOUTH,
            "the permission acs.device.read is missing",
        ),
    ] {
        let mut new = wish(&["acs.device.read"]);
        new.area = Some(key);
        let text = made(&site.keys, &boss, &new).await;
        site.run(mandate).await;
        let principal = site.ask(&text).await.unwrap();
        assert_eq!(reach(&principal, &READ), expected, "{mandate} {key}");
    }
}

#[tokio::test]
async fn everything_is_what_the_owner_may() {
    let site = Site::new().await;
    let boss = site.person(BOSS).await;
    let text = made(&site.keys, &boss, &wish(&["*"])).await;
    let principal = site.ask(&text).await.unwrap();
    assert!(principal.authority().unwrap().is_unlimited());
    site.run("update access.mandate set system_role = 'viewer' where user_id = 50")
        .await;
    let principal = site.ask(&text).await.unwrap();
    assert!(!principal.authority().unwrap().is_unlimited());
    assert_eq!(
        reach(&principal, &RUN),
        "the permission acs.bulk.run is missing"
    );
}

#[tokio::test]
async fn keys_rest_with_a_suspended_owner_and_go_with_a_deleted_one() {
    let site = Site::new().await;
    let boss = site.person(BOSS).await;
    let northerner = site.person(NORTHERNER).await;
    let mut new = wish(&["acs.device.read"]);
    new.area = Some(NORTH);
    let (key, text) = site
        .keys
        .create(&northerner, Reach::Own, &new)
        .await
        .unwrap();
    let principal = site.ask(&text).await.unwrap();
    site.run("update access.user_account set state = 'suspended' where user_id = 51")
        .await;
    assert!(site.ask(&text).await.is_none());
    assert!(!site.keys.still_valid(&principal).await.unwrap());
    let shown = site.keys.get(&boss, Reach::Tenant, key.id).await.unwrap();
    assert_eq!(shown.state, regia_keys::KeyState::Suspended);
    site.run("update access.user_account set state = 'active' where user_id = 51")
        .await;
    assert!(site.ask(&text).await.is_some());
    site.run("delete from access.user_account where user_id = 51")
        .await;
    assert!(site.ask(&text).await.is_none());
    let gone = site.keys.get(&boss, Reach::Tenant, key.id).await;
    assert!(matches!(gone, Err(regia_keys::KeyError::NoKey(_))));
}
