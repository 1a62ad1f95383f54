//! Indexed parameters, from marking to searching.

use regia_ident::TerritoryId;
use regia_store::page::Limit;
use serde_json::json;

use super::{list, mark, unmark};
use crate::fault::AcsError;
use crate::flows::inspect::Part;
use crate::flows::{inspect, operate};
use crate::model::index::{IndexState, MAX_INDEXED, Match, ParameterFilter};
use crate::store::backfill;
use crate::store::device::{DeviceFilter, Sort};
use crate::tasks::backfill::{TREES, round};
use crate::testing::{TESTER, World};

const SSID: &str = "Device.WiFi.SSID.1.SSID";
const SLOT: &str = "Device.X_00D09E_Rack.Slot";

fn with(path: &str, matching: Match, value: &str) -> DeviceFilter {
    let parameter = ParameterFilter {
        path: path.to_owned(),
        matching,
        value: value.to_owned(),
    };
    DeviceFilter {
        parameter: Some(parameter),
        ..DeviceFilter::default()
    }
}

async fn found(world: &World, filter: &DeviceFilter) -> Result<Vec<String>, AcsError> {
    let (sort, limit) = (Sort::Serial, Limit::default());
    let page = inspect::devices(
        &world.context,
        &TESTER,
        filter,
        Part {
            sort,
            after: None,
            limit,
        },
    )
    .await?;
    let count = inspect::count(&world.context, &TESTER, filter, i64::MAX).await?;
    assert_eq!(usize::try_from(count).unwrap(), page.items.len());
    Ok(page
        .items
        .into_iter()
        .map(|device| device.identity.serial_number)
        .collect())
}

/// Rounds until nothing is left to do; waits for the transactions of other tests in the cluster.
async fn work(world: &World) {
    let left = "select to_jsonb(count(*)) from acs.index_path where state <> 'ready'";
    while world.value(left).await != 0 {
        round(&world.context).await.unwrap();
    }
}

#[tokio::test]
async fn a_device_is_found_under_its_new_value_and_no_longer_under_the_old() {
    let world = World::new().await;
    world.inform("S1", &[(SSID, "Home One")]).await;
    world.inform("S2", &[(SSID, "Home Two")]).await;
    let igd = "InternetGatewayDevice.DeviceInfo.SoftwareVersion";
    world.inform("S3", &[(igd, "V1.0_b")]).await;
    let cases: [(&str, Match, &str, &[&str]); 8] = [
        (SSID, Match::Equals, "home one", &["S1"]),
        (SSID, Match::Equals, "Home", &[]),
        (SSID, Match::Prefix, "HOME", &["S1", "S2"]),
        (SSID, Match::Prefix, "home t", &["S2"]),
        (SSID, Match::Prefix, "hom%", &[]),
        (
            "Device.DeviceInfo.SoftwareVersion",
            Match::Equals,
            "v1.0_B",
            &["S3"],
        ),
        (
            "DeviceInfo.SoftwareVersion",
            Match::Prefix,
            "v1.0_",
            &["S3"],
        ),
        ("DeviceInfo.SoftwareVersion", Match::Prefix, "v1.0%", &[]),
    ];
    for (path, matching, value, expected) in cases {
        let filter = with(path, matching, value);
        assert_eq!(
            found(&world, &filter).await.unwrap(),
            expected,
            "{path} {value}"
        );
    }
    world.inform("S1", &[(SSID, "Away")]).await;
    let serials = found(&world, &with(SSID, Match::Equals, "home one")).await;
    assert!(serials.unwrap().is_empty());
    assert_eq!(
        found(&world, &with(SSID, Match::Equals, "away"))
            .await
            .unwrap(),
        ["S1"]
    );
}

#[tokio::test]
async fn a_page_of_found_devices_goes_on_in_the_next() {
    let world = World::new().await;
    for serial in ["S1", "S2", "S3"] {
        world.inform(serial, &[(SSID, "Home")]).await;
    }
    let filter = with(SSID, Match::Equals, "home");
    let limit = Limit::try_from(2).unwrap();
    let page = |after| {
        inspect::devices(
            &world.context,
            &TESTER,
            &filter,
            Part {
                sort: Sort::Newest,
                after,
                limit,
            },
        )
    };
    let first = page(None).await.unwrap();
    assert_eq!(first.items.len(), 2);
    let after = regia_store::page::Cursor::parse(&first.next.unwrap()).unwrap();
    let second = page(Some(after)).await.unwrap();
    assert_eq!(second.items.len(), 1);
    assert_eq!(second.items[0].identity.serial_number, "S1");
    assert!(second.next.is_none());
}

#[tokio::test]
async fn an_unchanged_value_writes_nothing_and_a_deleted_device_leaves_nothing() {
    let world = World::new().await;
    let device = world.inform("S1", &[(SSID, "Home"), (SLOT, "1")]).await;
    let row = "select jsonb_agg(v.xmin::text || value) from acs.indexed_value v";
    let before = world.value(row).await;
    world.inform("S1", &[(SSID, "Home"), (SLOT, "2")]).await;
    assert_eq!(world.value(row).await, before);
    operate::delete(&world.context, &TESTER, device)
        .await
        .unwrap();
    assert_eq!(
        world
            .value("select to_jsonb(count(*)) from acs.indexed_value")
            .await,
        0
    );
}

#[tokio::test]
async fn marking_fills_the_index_from_the_trees_even_when_it_is_interrupted() {
    let world = World::new().await;
    world.inform("S0", &[(SLOT, "Seven")]).await;
    world.multiply("S0", 3 * TREES).await;
    let made = mark(&world.context, &TESTER, SLOT).await.unwrap();
    assert_eq!(
        (made.state, made.path.as_str()),
        (IndexState::Building, "X_00D09E_Rack.Slot")
    );
    let filter = with(SLOT, Match::Equals, "seven");
    let early = found(&world, &filter).await;
    assert!(matches!(
        early,
        Err(AcsError::IndexState(_, IndexState::Building))
    ));
    let progress = "select jsonb_build_array(state, scanned, total) from acs.index_path
        where path like '%Slot'";
    while world.value(progress).await != json!(["building", 2 * TREES, 3 * TREES + 1]) {
        round(&world.context).await.unwrap();
    }
    // A round that was under way when its node was killed; nobody else had its part meanwhile.
    let mut killed = world.context.store.upkeep(TerritoryId::ROOT).await.unwrap();
    let one = backfill::take(&mut killed).await.unwrap().unwrap();
    let position = one.position;
    backfill::progress(&mut killed, &[one], position, 100, true)
        .await
        .unwrap();
    assert!(!round(&world.context).await.unwrap());
    drop(killed);
    let world = world.restarted().await;
    work(&world).await;
    let all = 3 * TREES + 1;
    assert_eq!(world.value(progress).await, json!(["ready", all, all]));
    let count = inspect::count(&world.context, &TESTER, &filter, i64::MAX)
        .await
        .unwrap();
    assert_eq!(count, all);
}

#[tokio::test]
async fn a_backfill_waits_for_transactions_that_do_not_know_the_path() {
    let world = World::new().await;
    world.inform("S0", &[(SLOT, "Seven")]).await;
    let mut old = world.context.store.upkeep(TerritoryId::ROOT).await.unwrap();
    sqlx::query("update acs.device set notes = 'x'")
        .execute(old.conn())
        .await
        .unwrap();
    mark(&world.context, &TESTER, SLOT).await.unwrap();
    assert!(
        round(&world.context).await.unwrap(),
        "it notes whom to wait for"
    );
    for _ in 0..3 {
        assert!(!round(&world.context).await.unwrap(), "it waits");
    }
    old.commit().await.unwrap();
    work(&world).await;
    assert_eq!(
        found(&world, &with(SLOT, Match::Equals, "seven"))
            .await
            .unwrap(),
        ["S0"]
    );
}

#[tokio::test]
async fn several_nodes_read_every_tree_once() {
    let world = World::new().await;
    world.inform("S0", &[(SLOT, "Seven")]).await;
    world.multiply("S0", 5 * TREES).await;
    mark(&world.context, &TESTER, SLOT).await.unwrap();
    tokio::join!(work(&world), work(&world), work(&world));
    let progress = "select jsonb_build_array(scanned, total) from acs.index_path
        where path like '%Slot'";
    let all = 5 * TREES + 1;
    assert_eq!(world.value(progress).await, json!([all, all]));
}

#[tokio::test]
async fn an_index_given_up_loses_its_values_and_can_be_marked_again() {
    let world = World::new().await;
    world.inform("S1", &[(SSID, "Home")]).await;
    unmark(&world.context, &TESTER, SSID).await.unwrap();
    let filter = with(SSID, Match::Equals, "home");
    assert!(matches!(
        found(&world, &filter).await,
        Err(AcsError::NotIndexed(_))
    ));
    let again = mark(&world.context, &TESTER, SSID).await;
    assert!(matches!(
        again,
        Err(AcsError::IndexState(_, IndexState::Removing))
    ));
    let twice = unmark(&world.context, &TESTER, SSID).await;
    assert!(matches!(twice, Err(AcsError::NotIndexed(_))));
    work(&world).await;
    assert_eq!(
        world
            .value("select to_jsonb(count(*)) from acs.indexed_value")
            .await,
        0
    );
    mark(&world.context, &TESTER, SSID).await.unwrap();
    work(&world).await;
    assert_eq!(found(&world, &filter).await.unwrap(), ["S1"]);
    let lines = "select jsonb_agg(action order by entry_id) from access.audit
        where action like 'acs.index.%'";
    let expected = json!(["acs.index.unmark", "acs.index.mark"]);
    assert_eq!(world.value(lines).await, expected);
}

#[tokio::test]
async fn only_parameters_that_are_no_secrets_are_indexed_and_not_too_many() {
    let world = World::new().await;
    let shipped = list(&world.context, &TESTER).await.unwrap();
    assert_eq!(shipped.len(), 12);
    assert!(shipped.iter().all(|path| path.state == IndexState::Ready));
    for path in [
        "Device.WiFi.AccessPoint.1.Security.KeyPassphrase",
        "Device.WiFi.",
        "",
    ] {
        let refused = mark(&world.context, &TESTER, path).await;
        assert!(matches!(refused, Err(AcsError::Field("path", _))), "{path}");
    }
    let twice = mark(&world.context, &TESTER, SSID).await;
    assert!(matches!(
        twice,
        Err(AcsError::IndexState(_, IndexState::Ready))
    ));
    for index in 12..MAX_INDEXED {
        let path = format!("Device.X.P{index}");
        mark(&world.context, &TESTER, &path).await.unwrap();
    }
    let more = mark(&world.context, &TESTER, SLOT).await;
    assert!(matches!(more, Err(AcsError::TooManyIndexed)));
    let empty = found(&world, &with(SSID, Match::Prefix, " ")).await;
    assert!(matches!(empty, Err(AcsError::Field("value", _))));
}
