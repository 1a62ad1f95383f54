//! Keys listed, changed and written into the audit trail.

use regia_access::{ApiKeyId, ApiKeySettings};
use regia_keys::{KeyError, KeyFilter, KeyState, OwnerFilter, Reach, Terms};
use regia_store::page::Limit;
use time::Duration;
use time::macros::datetime;

use crate::site::{BOSS, NORTH, NORTHERNER, Site, now, wish};

#[tokio::test]
async fn the_list_is_filtered_and_goes_on_where_it_ended() {
    let site = Site::new().await;
    let (boss, northerner) = (site.person(BOSS).await, site.person(NORTHERNER).await);
    let mut billing = wish(&["*"]);
    billing.terms.name = "Billing".into();
    site.keys.create(&boss, Reach::Own, &billing).await.unwrap();
    let mut reports = wish(&["acs.device.read"]);
    reports.area = Some(NORTH);
    site.keys
        .create(&northerner, Reach::Own, &reports)
        .await
        .unwrap();
    site.run(
        "update access.api_key set expires_at = now() - interval '1 day' where name = 'Billing'",
    )
    .await;
    let filter = KeyFilter::default();
    let text = |text: &str| KeyFilter {
        text: Some(text.into()),
        ..KeyFilter::default()
    };
    let state = |state| KeyFilter {
        state: Some(state),
        ..KeyFilter::default()
    };
    let owner = |owner| KeyFilter {
        owner: Some(owner),
        ..KeyFilter::default()
    };
    let all = ["reports", "Billing", "first key"];
    for (filter, expected) in [
        (filter, &all[..]),
        (text("BILL"), &all[1..2]),
        (text("north"), &all[..1]),
        (text("%"), &[]),
        (text("a\0b"), &[]),
        (state(KeyState::Expired), &all[1..2]),
        (state(KeyState::Active), &["reports", "first key"]),
        (state(KeyState::Revoked), &[]),
        (owner(OwnerFilter::User(NORTHERNER)), &all[..1]),
        (owner(OwnerFilter::Installation), &all[2..]),
    ] {
        let wanted = (Reach::Tenant, &filter);
        let one = Limit::try_from(1).unwrap();
        let (mut names, mut after) = (Vec::new(), None::<ApiKeyId>);
        loop {
            let page = site.keys.list(&boss, wanted, after, one).await.unwrap();
            after = page.items.last().map(|key| key.id);
            names.extend(page.items.into_iter().map(|key| key.name));
            if page.next.is_none() {
                break;
            }
        }
        assert_eq!(names, expected, "{filter:?}");
        let count = site.keys.count(&boss, wanted, 10).await.unwrap();
        assert_eq!(
            usize::try_from(count).unwrap(),
            expected.len(),
            "{filter:?}"
        );
    }
    let of_boss = owner(OwnerFilter::User(BOSS));
    let wanted = (Reach::Own, &of_boss);
    let own = site.keys.list(&northerner, wanted, None, Limit::default());
    assert!(own.await.unwrap().items.is_empty());
}

#[tokio::test]
async fn a_key_is_changed_and_the_trail_says_how_without_its_text() {
    let site = Site::new().await;
    let boss = site.person(BOSS).await;
    let mut new = wish(&["acs.device.read"]);
    new.terms.requests_per_minute = Some(30);
    let (key, text) = site.keys.create(&boss, Reach::Own, &new).await.unwrap();
    let terms = Terms {
        name: " weekly reports ".into(),
        expires_at: Some(datetime!(2099-01-01 00:00 UTC)),
        requests_per_minute: None,
    };
    let change = async |terms: &Terms| site.keys.change(&boss, Reach::Own, key.id, terms).await;
    let changed = change(&terms).await.unwrap();
    assert_eq!(changed.name, "weekly reports");
    assert_eq!(changed.requests_per_minute, None);
    // The same again is no change.
    change(&changed.terms()).await.unwrap();
    let (_, second) = site
        .keys
        .rotate(&boss, Reach::Own, key.id, 1)
        .await
        .unwrap();
    site.keys.revoke(&boss, Reach::Own, key.id).await.unwrap();
    for again in [
        change(&terms).await.map(drop),
        site.keys.revoke(&boss, Reach::Own, key.id).await,
    ] {
        assert!(matches!(again, Err(KeyError::NoKey(_))));
    }
    let trail = site.trail().await;
    assert_eq!(
        trail,
        [
            "first start access.api_key.create api_key:1:  -> {\"name\": \"first key\", \"permissions\": [\"*\"]}",
            "user 50 access.api_key.create api_key:2:  -> {\"name\": \"reports\", \"owner\": 50, \
             \"territory\": 1, \"expires_at\": null, \"permissions\": [\"acs.device.read\"], \
             \"requests_per_minute\": 30}",
            "user 50 access.api_key.change api_key:2: {\"name\": \"reports\", \"expires_at\": null, \
             \"requests_per_minute\": 30} -> {\"name\": \"weekly reports\", \"expires_at\": \
             \"2099-01-01T00:00:00Z\", \"requests_per_minute\": null}",
            "user 50 access.api_key.rotate api_key:2:  -> {\"overlap_hours\": 1}",
            "user 50 access.api_key.revoke api_key:2: {\"name\": \"weekly reports\"} -> ",
        ]
    );
    for text in [text, second] {
        assert!(!trail.iter().any(|line| line.contains(text.expose())));
    }
}

#[tokio::test]
async fn where_keys_must_end_none_lives_longer() {
    let site = Site::with(ApiKeySettings { max_days: Some(30) }).await;
    let boss = site.person(BOSS).await;
    let ends = |days: Option<i64>| {
        let mut new = wish(&["*"]);
        new.terms.expires_at = days.map(|days| now() + Duration::days(days));
        new
    };
    for (days, fits) in [
        (None, false),
        (Some(-1), false),
        (Some(40), false),
        (Some(30), true),
    ] {
        let made = site.keys.create(&boss, Reach::Own, &ends(days)).await;
        assert_eq!(made.is_ok(), fits, "{days:?}");
        if let Err(error) = made {
            assert!(matches!(error, KeyError::Field("expires_at", _)), "{error}");
        }
    }
    // An old text gets no new life; a new one does.
    let (key, _) = site
        .keys
        .create(&boss, Reach::Own, &ends(Some(10)))
        .await
        .unwrap();
    site.run(
        "update access.api_key set created_at = now() - interval '25 days' where user_id = 50",
    )
    .await;
    let longer = ends(Some(20)).terms;
    let refused = site.keys.change(&boss, Reach::Own, key.id, &longer).await;
    assert!(matches!(refused, Err(KeyError::Field("expires_at", _))));
    site.keys
        .rotate(&boss, Reach::Own, key.id, 0)
        .await
        .unwrap();
    site.keys
        .change(&boss, Reach::Own, key.id, &longer)
        .await
        .unwrap();
}

#[tokio::test]
async fn somebody_who_makes_keys_without_end_is_stopped() {
    let site = Site::new().await;
    let boss = site.person(BOSS).await;
    site.run(
        "insert into access.api_key (territory_id, name, key_hash, user_id)
         select 1, 'x', sha256(number::text::bytea), 50 from generate_series(1, 99) as number",
    )
    .await;
    let make = async || site.keys.create(&boss, Reach::Own, &wish(&["*"])).await;
    let (last, _) = make().await.unwrap();
    assert!(matches!(make().await, Err(KeyError::TooMany(100))));
    site.keys.revoke(&boss, Reach::Own, last.id).await.unwrap();
    make().await.unwrap();
}

#[tokio::test]
async fn the_territories_to_choose_from_are_those_below_ones_own() {
    let site = Site::new().await;
    let paths = async |user| {
        let person = site.person(user).await;
        let areas = site.keys.areas(&person, 10).await.unwrap();
        areas.into_iter().map(|area| area.path).collect::<Vec<_>>()
    };
    let all = paths(BOSS).await;
    assert_eq!(all.len(), 4, "{all:?}");
    assert!(
        all[1].ends_with(" / north") && all[2].ends_with(" / north / town"),
        "{all:?}"
    );
    assert_eq!(paths(NORTHERNER).await, all[1..3]);
}
