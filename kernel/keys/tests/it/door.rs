//! Which texts open something.

use regia_access::{Origin, Principal};
use regia_keys::{Reach, Terms};
use regia_store::page::Limit;
use time::Duration;

use crate::site::{BOSS, FIRST_KEY, NOBODY, READ, RUN, Site, now, reach, wish};

#[tokio::test]
async fn a_key_names_itself_until_it_is_revoked() {
    let site = Site::new().await;
    let boss = site.person(BOSS).await;
    let new = wish(&["acs.device.read"]);
    let made = site.keys.create(&boss, Reach::Own, &new).await;
    let (key, text) = made.unwrap();
    assert!(text.expose().starts_with("regia_") && text.expose().len() == 54);
    let principal = site.ask(&text).await.unwrap();
    assert_eq!(principal.to_string(), "key reports");
    assert_eq!(reach(&principal, &READ), "Whole");
    assert_eq!(
        reach(&principal, &RUN),
        "the permission acs.bulk.run is missing"
    );
    assert!(site.keys.still_valid(&principal).await.unwrap());
    site.keys.revoke(&boss, Reach::Own, key.id).await.unwrap();
    assert!(site.ask(&text).await.is_none());
    assert!(!site.keys.still_valid(&principal).await.unwrap());
}

#[tokio::test]
async fn junk_is_nobodys_key() {
    let site = Site::new().await;
    for junk in [
        "",
        "x",
        "regia_",
        &FIRST_KEY[1..],
        &"A".repeat(10_000),
        "' or true --",
        "a\0b",
        "chiavé",
    ] {
        assert!(site.ask(&junk.into()).await.is_none(), "{junk:.20}");
    }
}

#[tokio::test]
async fn keys_of_earlier_versions_and_before_a_rotation_of_the_secret_go_on() {
    let site = Site::new().await;
    let first = site.ask(&FIRST_KEY.into()).await.unwrap();
    assert_eq!(first.to_string(), "key first key");
    assert_eq!(reach(&first, &RUN), "Whole");
    let rotated = site.with_rotated_secret();
    let found = rotated
        .authenticate(&FIRST_KEY.into(), Origin::default())
        .await;
    assert!(found.unwrap().is_some());
}

#[tokio::test]
async fn a_first_start_draws_a_key_that_opens_everything() {
    let site = Site::new().await;
    let drawn = site.keys.seed(None).await.unwrap().unwrap();
    let found = site.ask(&drawn).await.unwrap();
    assert_eq!(reach(&found, &RUN), "Whole");
}

#[tokio::test]
async fn a_key_ends_by_the_clock_of_the_database() {
    let site = Site::new().await;
    let boss = site.person(BOSS).await;
    let mut new = wish(&["*"]);
    new.terms.expires_at = Some(now() + Duration::hours(1));
    let (key, text) = site.keys.create(&boss, Reach::Own, &new).await.unwrap();
    let principal = site.ask(&text).await.unwrap();
    site.run(
        "update access.api_key set expires_at = now() - interval '1 second' where user_id = 50",
    )
    .await;
    assert!(site.ask(&text).await.is_none());
    assert!(!site.keys.still_valid(&principal).await.unwrap());
    // It is no ghost: with another end it works again.
    let terms = Terms {
        expires_at: None,
        ..new.terms
    };
    let changed = site.keys.change(&boss, Reach::Own, key.id, &terms).await;
    assert_eq!(changed.unwrap().expires_at, None);
    assert!(site.ask(&text).await.is_some());
}

#[tokio::test]
async fn a_replaced_text_goes_on_for_as_long_as_was_said() {
    let site = Site::new().await;
    let boss = site.person(BOSS).await;
    let (key, first) = site
        .keys
        .create(&boss, Reach::Own, &wish(&["*"]))
        .await
        .unwrap();
    let rotate = async |hours| {
        let rotated = site.keys.rotate(&boss, Reach::Own, key.id, hours).await;
        rotated.unwrap()
    };
    let (shown, second) = rotate(24).await;
    let left = shown.old_until.unwrap() - now();
    assert!((23..=24).contains(&left.whole_hours()), "{left}");
    for text in [&first, &second] {
        let same = site.ask(text).await.unwrap();
        assert!(matches!(same, Principal::ApiKey { id, .. } if id == key.id));
    }
    // A second time: of the texts before only the last goes on.
    let (_, third) = rotate(1).await;
    let good = async || {
        let mut good = Vec::new();
        for text in [&first, &second, &third] {
            good.push(site.ask(text).await.is_some());
        }
        good
    };
    assert_eq!(good().await, [false, true, true]);
    site.run(
        "update access.api_key set old_until = now() - interval '1 second' where user_id = 50",
    )
    .await;
    assert_eq!(good().await, [false, false, true]);
    site.keys.upkeep().await.unwrap();
    let (shown, fourth) = rotate(0).await;
    assert_eq!(shown.old_until, None);
    assert_eq!(good().await, [false, false, false]);
    assert!(site.ask(&fourth).await.is_some());
    // What is revoked leaves nothing behind that opens.
    let (_, fifth) = rotate(24).await;
    site.keys.revoke(&boss, Reach::Own, key.id).await.unwrap();
    for text in [&fourth, &fifth] {
        assert!(site.ask(text).await.is_none());
    }
}

#[tokio::test]
async fn the_last_use_is_noted_with_its_address_and_not_at_every_request() {
    let site = Site::new().await;
    let boss = site.person(BOSS).await;
    let used = async || {
        let filter = Default::default();
        let wanted = (Reach::Tenant, &filter);
        let page = site.keys.list(&boss, wanted, None, Limit::default()).await;
        let first = page.unwrap().items.pop().unwrap();
        (first.last_used_at, first.last_used_from)
    };
    assert_eq!(used().await, (None, None));
    site.ask(&FIRST_KEY.into()).await.unwrap();
    let (at, from) = used().await;
    assert_eq!(from.as_deref(), Some("192.0.2.7"));
    site.ask(&FIRST_KEY.into()).await.unwrap();
    assert_eq!(used().await.0, at);
    // From somewhere else after a minute, or from the same place after ten.
    for (aged, noted) in [
        (
            "update access.api_key set last_used_at = now() - interval '9 minutes'",
            false,
        ),
        (
            "update access.api_key set last_used_at = now() - interval '2 minutes',
             last_used_from = '198.51.100.1'",
            true,
        ),
        (
            "update access.api_key set last_used_at = now() - interval '11 minutes'",
            true,
        ),
    ] {
        site.run(aged).await;
        let before = used().await.0;
        site.ask(&FIRST_KEY.into()).await.unwrap();
        assert_eq!(used().await.0 != before, noted, "{aged}");
    }
}

#[tokio::test]
async fn ended_keys_are_forgotten_after_a_year() {
    let site = Site::new().await;
    let boss = site.person(BOSS).await;
    for _ in 0..3 {
        let made = site.keys.create(&boss, Reach::Own, &wish(&["*"])).await;
        made.unwrap();
    }
    site.run("update access.api_key set revoked_at = now() - interval '366 days' where key_id = 2")
        .await;
    site.run("update access.api_key set expires_at = now() - interval '364 days' where key_id = 3")
        .await;
    site.keys.upkeep().await.unwrap();
    let filter = Default::default();
    let count = site.keys.count(&boss, (Reach::Own, &filter), 10).await;
    assert_eq!(count.unwrap(), 2);
    let of_nobody = site.person(NOBODY).await;
    let count = site.keys.count(&of_nobody, (Reach::Own, &filter), 10).await;
    assert_eq!(count.unwrap(), 0);
}
