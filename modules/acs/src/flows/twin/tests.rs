//! Doubled devices: found, told apart, made one.

use regia_ident::TerritoryId;
use serde_json::json;

use super::{Merge, distinct, merge, others};
use crate::fault::AcsError;
use crate::model::command::{Assignment, Command};
use crate::model::identity::DeviceId;
use crate::store::{history, task};
use crate::tasks::twin::round;
use crate::testing::{TESTER, World};

const SLOT: &str = "Device.X_00D09E_Rack.Slot";
const KEY: &str = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase";

const FLAGS: &str = "select jsonb_object_agg(product_class || oui, twin) from acs.device";

async fn look(world: &World) {
    world
        .run("update acs.device set registered_at = now() - interval '1 minute'")
        .await;
    while round(&world.context).await.unwrap() {}
}

/// A device and a row of the same serial number under another product class.
async fn twins(world: &World) -> (DeviceId, DeviceId) {
    let first = world
        .inform("S1", &[(SLOT, "1"), (KEY, "old secret")])
        .await;
    world
        .inform("S1", &[(SLOT, "2"), (KEY, "new secret")])
        .await;
    world
        .run("update acs.device set product_class = 'HG0'")
        .await;
    let second = world.inform("S1", &[(SLOT, "3")]).await;
    (first, second)
}

#[tokio::test]
async fn the_same_serial_number_under_another_class_or_oui_is_flagged_until_told_apart() {
    let world = World::new().await;
    let (first, _) = twins(&world).await;
    world.inform("S2", &[]).await;
    look(&world).await;
    let flags = "select jsonb_agg(jsonb_build_array(serial_number, twin) order by device_id)
        from acs.device";
    let flagged = json!([["S1", "suspected"], ["S1", "suspected"], ["S2", ""]]);
    assert_eq!(world.value(flags).await, flagged);
    let found = others(&world.context, &TESTER, first).await.unwrap();
    assert_eq!(found.len(), 1);

    distinct(&world.context, &TESTER, first).await.unwrap();
    look(&world).await;
    world
        .run("delete from acs.device where serial_number = 'S2'")
        .await;
    assert_eq!(
        world.value(FLAGS).await,
        json!({ "HG000D09E": "distinct", "HG100D09E": "distinct" })
    );

    // A third one is another question.
    world
        .run("update acs.device set oui = '0000AA' where product_class = 'HG1'")
        .await;
    world.inform("S1", &[]).await;
    look(&world).await;
    assert_eq!(
        world.value(FLAGS).await,
        json!({ "HG000D09E": "distinct", "HG10000AA": "distinct", "HG100D09E": "suspected" })
    );
}

#[tokio::test]
async fn a_scan_begins_again_for_what_was_committed_late() {
    let world = World::new().await;
    twins(&world).await;
    world
        .run("update acs.twin_scan set position = 1000000")
        .await;
    look(&world).await;
    assert_eq!(
        world.value(FLAGS).await,
        json!({ "HG000D09E": "", "HG100D09E": "" })
    );
    world
        .run("update acs.twin_scan set began_at = now() - interval '7 hours'")
        .await;
    look(&world).await;
    look(&world).await;
    assert_eq!(
        world.value(FLAGS).await,
        json!({ "HG000D09E": "suspected", "HG100D09E": "suspected" })
    );
}

/// Queues a set of a secret.
async fn queue_secret(world: &World, device: DeviceId) {
    let values = vec![Assignment {
        path: KEY.to_owned(),
        value: world.context.secrecy.seal(device, KEY, "next secret"),
        kind: None,
        sealed: true,
    }];
    let mut tx = world.context.store.upkeep(TerritoryId::ROOT).await.unwrap();
    let command = Command::Set { values };
    task::enqueue(&mut tx, &[device], &command, "test", 3_600)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn of_two_rows_one_lives_on_with_all_that_belongs_to_both() {
    let world = World::new().await;
    let (from, into) = twins(&world).await;
    look(&world).await;
    world
        .run("update acs.device set notes = product_class, tags = array['both', product_class]")
        .await;
    queue_secret(&world, from).await;
    let wish = |confirmation: &str| Merge {
        into,
        from,
        confirmation: confirmation.to_owned(),
    };
    let refused = merge(&world.context, &TESTER, wish("S1")).await;
    assert!(matches!(refused, Err(AcsError::Field("confirmation", _))));
    merge(&world.context, &TESTER, wish("00D09E-HG0-S1"))
        .await
        .unwrap();

    let row = "select jsonb_build_array(product_class, tags, notes, twin, has_work,
            (select count(*) from acs.task t where t.device_id = d.device_id),
            (select jsonb_agg(kind order by entry_id) from acs.timeline t
             where t.device_id = d.device_id),
            (select count(*) from acs.timeline))
        from acs.device d";
    assert_eq!(
        world.value(row).await,
        json!([
            "HG1",
            ["both", "HG1", "HG0"],
            "HG1\n\nHG0",
            "",
            true,
            1,
            ["registered", "registered", "merged"],
            3
        ])
    );
    let mut tx = world.context.store.upkeep(TerritoryId::ROOT).await.unwrap();
    let past = history::load(&mut tx, into).await.unwrap();
    let open = task::list_open(&mut tx, into).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(past.of(SLOT)[0].value.text, "1");
    let secrecy = &world.context.secrecy;
    let kept = &past.of(KEY)[0].value.text;
    assert_eq!(secrecy.open(into, KEY, kept).as_deref(), Some("old secret"));
    let Command::Set { values } = &open[0].command else {
        panic!("{open:?}")
    };
    assert_eq!(
        secrecy.open(into, KEY, &values[0].value).as_deref(),
        Some("next secret")
    );
    let lines = "select jsonb_agg(before -> 1 -> 'identity') from access.audit
        where action = 'acs.device.merge'";
    assert_eq!(world.value(lines).await, json!(["00D09E-HG0-S1"]));

    // The device still calls itself by the old name: it is there again, and flagged again.
    world
        .run("update acs.device set product_class = 'HG2'")
        .await;
    world.inform("S1", &[]).await;
    look(&world).await;
    assert_eq!(
        world.value(FLAGS).await,
        json!({ "HG100D09E": "suspected", "HG200D09E": "suspected" })
    );
}

#[tokio::test]
async fn devices_that_are_surely_two_are_not_merged() {
    let world = World::new().await;
    let one = world.inform("S1", &[]).await;
    let two = world.inform("S2", &[]).await;
    for (into, from) in [(one, two), (one, one), (one, DeviceId(99_999))] {
        let wish = Merge {
            into,
            from,
            confirmation: "00D09E-HG1-S2".to_owned(),
        };
        assert!(merge(&world.context, &TESTER, wish).await.is_err());
    }
    assert_eq!(
        world
            .value("select to_jsonb(count(*)) from acs.device")
            .await,
        2
    );
}
