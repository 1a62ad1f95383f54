//! Bulks, from the selection to the report.

use serde_json::json;

use super::round::DEVICES;
use super::{Wish, begin, get, retry, round, stop};
use crate::fault::AcsError;
use crate::model::bulk::{BulkState, MAX_DEVICES, Selection};
use crate::model::command::{Assignment, Command};
use crate::model::identity::DeviceId;
use crate::model::task::TaskState;
use crate::store::device::DeviceFilter;
use crate::testing::{TESTER, World};

const SLOT: &str = "Device.X_00D09E_Rack.Slot";

fn wish(command: Command, expected: Option<usize>) -> Wish {
    Wish {
        command,
        selection: Selection::Matching(DeviceFilter::default()),
        expected,
        lifetime_seconds: 3_600,
    }
}

/// A fleet of one device more than so many rounds take.
async fn fleet(rounds: i64) -> World {
    let world = World::new().await;
    world.inform("S0", &[(SLOT, "1")]).await;
    world.multiply("S0", rounds * i64::from(DEVICES)).await;
    world
}

async fn finish(world: &World) {
    while round(&world.context).await.unwrap() {}
}

#[tokio::test]
async fn every_selected_device_gets_its_task_however_often_the_node_dies() {
    let world = fleet(2).await;
    let all = 2 * i64::from(DEVICES) + 1;
    world
        .run("update acs.device set standing = 'retired' where serial_number = 'F1'")
        .await;
    let id = begin(&world.context, &TESTER, wish(Command::Reboot {}, None))
        .await
        .unwrap();
    let bulk = get(&world.context, &TESTER, id).await.unwrap();
    assert_eq!((bulk.selected, bulk.placed), (all, i64::from(DEVICES)));
    assert_eq!(bulk.state(), BulkState::Running);
    let world = world.restarted().await;
    finish(&world).await;
    let bulk = get(&world.context, &TESTER, id).await.unwrap();
    assert_eq!(
        (bulk.placed, bulk.tally.of(TaskState::Queued)),
        (all, all - 1)
    );
    assert_eq!((bulk.passed_over(), bulk.over()), (1, 1));
    let twice = "select to_jsonb(count(*)) from (select from acs.task group by device_id
        having count(*) > 1) t";
    assert_eq!(world.value(twice).await, 0);
    let command = "select to_jsonb(sealed_command is null) from acs.bulk";
    assert_eq!(world.value(command).await, true);
}

#[tokio::test]
async fn a_stopped_bulk_takes_back_what_was_not_sent_and_a_retry_goes_on() {
    let world = fleet(1).await;
    let id = begin(&world.context, &TESTER, wish(Command::Reboot {}, None))
        .await
        .unwrap();
    world
        .run("update acs.task set state = 'sent' where task_id in (select min(task_id) from acs.task)")
        .await;
    stop(&world.context, &TESTER, id).await.unwrap();
    finish(&world).await;
    let bulk = get(&world.context, &TESTER, id).await.unwrap();
    let counts = |bulk: &crate::model::bulk::Bulk| {
        use TaskState::{Cancelled, Queued, Sent};
        [Sent, Cancelled, Queued].map(|state| bulk.tally.of(state))
    };
    assert_eq!(counts(&bulk), [1, i64::from(DEVICES) - 1, 0]);
    assert_eq!(bulk.state(), BulkState::Stopped);
    let again = stop(&world.context, &TESTER, id).await;
    assert!(matches!(again, Err(AcsError::BulkState(..))));
    retry(&world.context, &TESTER, id).await.unwrap();
    finish(&world).await;
    let bulk = get(&world.context, &TESTER, id).await.unwrap();
    // The device that had no task yet has one now.
    assert_eq!(counts(&bulk), [1, 0, i64::from(DEVICES)]);
    assert_eq!(bulk.state(), BulkState::Running);
}

#[tokio::test]
async fn a_retry_leaves_alone_what_is_done_or_uncertain() {
    let world = World::new().await;
    for serial in ["S0", "S1", "S2", "S3"] {
        world.inform(serial, &[(SLOT, "1")]).await;
    }
    let id = begin(&world.context, &TESTER, wish(Command::Reboot {}, Some(4)))
        .await
        .unwrap();
    finish(&world).await;
    world
        .run(
            "update acs.task set finished_at = now(), state = (array['done', 'failed', 'expired',
            'uncertain'])[1 + device_id % 4]",
        )
        .await;
    retry(&world.context, &TESTER, id).await.unwrap();
    finish(&world).await;
    let bulk = get(&world.context, &TESTER, id).await.unwrap();
    use TaskState::{Done, Queued, Uncertain};
    assert_eq!(
        [Done, Queued, Uncertain].map(|state| bulk.tally.of(state)),
        [1, 2, 1]
    );
    world
        .run("update acs.task set state = 'done', finished_at = now()")
        .await;
    let nothing = retry(&world.context, &TESTER, id).await;
    assert!(matches!(nothing, Err(AcsError::BulkState(..))));
}

#[tokio::test]
async fn a_secret_of_a_bulk_is_masked_and_sealed_for_each_device() {
    let world = World::new().await;
    let path = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase";
    for serial in ["S0", "S1"] {
        world.inform(serial, &[(SLOT, "1")]).await;
    }
    let values = vec![Assignment {
        path: path.to_owned(),
        value: "correct horse".to_owned(),
        kind: None,
        sealed: false,
    }];
    let id = begin(
        &world.context,
        &TESTER,
        wish(Command::Set { values }, Some(2)),
    )
    .await
    .unwrap();
    finish(&world).await;
    let rows = world
        .value(
            "select jsonb_build_array(
                (select jsonb_agg(arguments) from acs.task),
                (select to_jsonb(arguments) from acs.bulk),
                (select jsonb_agg(after) from access.audit where action = 'acs.bulk.begin'))",
        )
        .await;
    assert!(!rows.to_string().contains("horse"), "{rows}");
    assert_eq!(rows[0].as_array().unwrap().len(), 2);
    for arguments in rows[0].as_array().unwrap() {
        assert_eq!(arguments["values"][0]["sealed"], true);
    }
    let bulk = get(&world.context, &TESTER, id).await.unwrap();
    assert_eq!(bulk.command["values"][0]["value"], "••••••••");
}

#[tokio::test]
async fn what_was_not_confirmed_or_is_not_for_many_is_refused() {
    let world = World::new().await;
    let device = world.inform("S0", &[(SLOT, "1")]).await;
    let refused = begin(&world.context, &TESTER, wish(Command::Reboot {}, Some(2))).await;
    assert!(matches!(
        refused,
        Err(AcsError::SelectionChanged {
            expected: 2,
            found: 1
        })
    ));
    let refused = begin(
        &world.context,
        &TESTER,
        wish(Command::FactoryReset {}, None),
    )
    .await;
    assert!(matches!(refused, Err(AcsError::Field("command", _))));
    let most = i64::try_from(MAX_DEVICES).unwrap();
    for devices in [Vec::new(), (0..=most).map(DeviceId).collect()] {
        let wish = Wish {
            selection: Selection::Devices(devices),
            ..wish(Command::Reboot {}, None)
        };
        let refused = begin(&world.context, &TESTER, wish).await;
        assert!(matches!(refused, Err(AcsError::Field("devices", _))));
    }
    let twice = Wish {
        selection: Selection::Devices(vec![device, device]),
        ..wish(Command::Reboot {}, Some(1))
    };
    begin(&world.context, &TESTER, twice).await.unwrap();
    let lines =
        "select jsonb_agg(after -> 'devices') from access.audit where action = 'acs.bulk.begin'";
    assert_eq!(world.value(lines).await, json!([1]));
}
