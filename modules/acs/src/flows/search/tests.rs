//! Background searches, from start to forgetting.

use regia_store::page::{Cursor, Limit};
use serde_json::json;

use super::{cancel, get, hits, list, start};
use crate::fault::AcsError;
use crate::model::index::{Match, ParameterFilter};
use crate::model::search::{MAX_HITS, MAX_RUNNING, SearchState};
use crate::tasks::search::{TREES, round};
use crate::testing::{TESTER, World};

const SLOT: &str = "Device.X_00D09E_Rack.Slot";

fn wanted(matching: Match, value: &str) -> ParameterFilter {
    ParameterFilter {
        path: SLOT.to_owned(),
        matching,
        value: value.to_owned(),
    }
}

#[tokio::test]
async fn a_search_reports_its_progress_and_what_it_found() {
    let world = World::new().await;
    world.inform("S0", &[(SLOT, "Seven")]).await;
    world.inform("S1", &[(SLOT, "Eight")]).await;
    world.inform("S2", &[(SLOT, "Seventeen")]).await;
    world.multiply("S0", TREES).await;
    let one = start(&world.context, &TESTER, &wanted(Match::Equals, "EIGHT"))
        .await
        .unwrap();
    let all = start(&world.context, &TESTER, &wanted(Match::Prefix, "seven"))
        .await
        .unwrap();
    assert!(round(&world.context).await.unwrap());
    assert!(round(&world.context).await.unwrap());
    for id in [one, all] {
        let search = get(&world.context, &TESTER, id).await.unwrap();
        assert_eq!(search.state, SearchState::Running);
        assert_eq!((search.scanned, search.total), (TREES, TREES + 3));
    }
    let world = world.restarted().await;
    while round(&world.context).await.unwrap() {}
    for (id, found) in [(one, 1), (all, TREES + 2)] {
        let search = get(&world.context, &TESTER, id).await.unwrap();
        assert_eq!(search.state, SearchState::Done);
        assert_eq!((search.scanned, search.hits), (TREES + 3, found));
    }
    let page = hits(&world.context, &TESTER, one, None, Limit::default())
        .await
        .unwrap();
    let [hit] = page.items.as_slice() else {
        panic!("{page:?}")
    };
    assert_eq!(
        (hit.identity.serial_number.as_str(), hit.value.as_str()),
        ("S1", "eight")
    );
    let page = hits(&world.context, &TESTER, all, None, Limit::default())
        .await
        .unwrap();
    let after = Cursor::parse(&page.next.unwrap()).unwrap();
    let second = hits(&world.context, &TESTER, all, Some(after), Limit::default())
        .await
        .unwrap();
    assert!(second.items[0].device > page.items[49].device);
    let listed = list(&world.context, &TESTER, None, Limit::default())
        .await
        .unwrap();
    let listed: Vec<_> = listed.items.iter().map(|search| search.id).collect();
    assert_eq!(listed, [all, one]);
}

#[tokio::test]
async fn a_cancelled_search_stops_and_keeps_what_it_found() {
    let world = World::new().await;
    world.inform("S0", &[(SLOT, "Seven")]).await;
    world.multiply("S0", 2 * TREES).await;
    let id = start(&world.context, &TESTER, &wanted(Match::Equals, "seven"))
        .await
        .unwrap();
    round(&world.context).await.unwrap();
    cancel(&world.context, &TESTER, id).await.unwrap();
    assert!(!round(&world.context).await.unwrap());
    let search = get(&world.context, &TESTER, id).await.unwrap();
    assert_eq!((search.state, search.hits), (SearchState::Cancelled, TREES));
    let twice = cancel(&world.context, &TESTER, id).await;
    assert!(matches!(twice, Err(AcsError::SearchEnded(_))));
    let lines = "select jsonb_agg(action order by entry_id) from access.audit
        where action like 'acs.search.%'";
    assert_eq!(
        world.value(lines).await,
        json!(["acs.search.start", "acs.search.cancel"])
    );
}

#[tokio::test]
async fn a_search_ends_with_its_ten_thousandth_hit() {
    let world = World::new().await;
    world.inform("S0", &[(SLOT, "Seven")]).await;
    world.multiply("S0", MAX_HITS + 100).await;
    let id = start(&world.context, &TESTER, &wanted(Match::Equals, "seven"))
        .await
        .unwrap();
    while round(&world.context).await.unwrap() {}
    let search = get(&world.context, &TESTER, id).await.unwrap();
    assert_eq!((search.state, search.hits), (SearchState::Done, MAX_HITS));
}

#[tokio::test]
async fn a_search_is_forgotten_after_its_day() {
    let world = World::new().await;
    world.inform("S0", &[(SLOT, "Seven")]).await;
    let id = start(&world.context, &TESTER, &wanted(Match::Equals, "seven"))
        .await
        .unwrap();
    while round(&world.context).await.unwrap() {}
    world
        .run("update acs.search set expires_at = now() - interval '1 second'")
        .await;
    round(&world.context).await.unwrap();
    let gone = get(&world.context, &TESTER, id).await;
    assert!(matches!(gone, Err(AcsError::NoSearch(_))));
    assert_eq!(
        world
            .value("select to_jsonb(count(*)) from acs.search_hit")
            .await,
        0
    );
}

#[tokio::test]
async fn what_cannot_be_searched_is_refused() {
    let world = World::new().await;
    let secret = ParameterFilter {
        path: "Device.Users.User.1.Password".to_owned(),
        ..wanted(Match::Equals, "x")
    };
    let refused = start(&world.context, &TESTER, &secret).await;
    assert!(matches!(refused, Err(AcsError::Field("path", _))));
    let refused = start(&world.context, &TESTER, &wanted(Match::Prefix, "")).await;
    assert!(matches!(refused, Err(AcsError::Field("value", _))));
    for _ in 0..MAX_RUNNING {
        start(&world.context, &TESTER, &wanted(Match::Equals, "x"))
            .await
            .unwrap();
    }
    let refused = start(&world.context, &TESTER, &wanted(Match::Equals, "x")).await;
    assert!(matches!(refused, Err(AcsError::TooManySearches)));
}
