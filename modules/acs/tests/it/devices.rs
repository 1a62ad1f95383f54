//! An Inform becomes a device.

use regia_cwmp::{AcsMessage, CpeMessage, TransferComplete};

use crate::cpe::{Cpe, parameter};
use crate::world::World;

#[tokio::test]
async fn an_unknown_device_is_registered_by_its_first_inform_and_left_in_peace() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    let answer = cpe.inform(&[("0 BOOTSTRAP", ""), ("1 BOOT", "")]).await;
    assert_eq!(answer.status, 200);
    let envelope = answer.message();
    assert_eq!(envelope.id.as_deref(), Some("1"));
    assert!(matches!(
        envelope.message,
        AcsMessage::InformResponse { max_envelopes: 1 }
    ));
    assert_eq!(cpe.nothing().await.status, 204);
    let row = world
        .value(
            "select jsonb_build_array(oui, product_class, serial_number, manufacturer, root,
                software_version, standing, discovery, peer_address, booted_at is not null,
                last_inform_at is not null, session_epoch) from acs.device",
        )
        .await;
    assert_eq!(
        row,
        serde_json::json!([
            "00D09E",
            "HG1",
            "S1",
            "Acme",
            "Device.",
            "1.0",
            "active",
            "pending",
            "192.0.2.7",
            true,
            true,
            1
        ])
    );
    let kinds = world
        .value("select jsonb_agg(kind || detail::text order by entry_id) from acs.timeline")
        .await;
    assert_eq!(
        kinds,
        serde_json::json!([
            "registered{\"from\": \"192.0.2.7\"}",
            "inform{\"events\": [\"0 BOOTSTRAP\", \"1 BOOT\"]}"
        ])
    );
}

#[tokio::test]
async fn a_periodic_inform_writes_the_device_row_and_nothing_else() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.call(&[("1 BOOT", "")]).await;
    world
        .run("update acs.device set discovery = 'done', last_inform_at = null")
        .await;
    let count = "select jsonb_build_array((select count(*) from acs.timeline),
        (select xmin::text from acs.tree), (select count(*) from acs.task))";
    let before = world.value(count).await;
    assert!(cpe.call(&[("2 PERIODIC", "")]).await.is_none());
    assert_eq!(world.value(count).await, before);
    let seen = "select to_jsonb(last_inform_at is not null) from acs.device";
    assert_eq!(world.value(seen).await, true);
}

#[tokio::test]
async fn a_changed_inform_is_read_into_row_and_tree() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.call(&[("1 BOOT", "")]).await;
    cpe.parameters[0] = parameter("Device.DeviceInfo.SoftwareVersion", "2.0");
    cpe.parameters.push(parameter(
        "Device.IP.Interface.1.IPv4Address.1.IPAddress",
        "198.51.100.4",
    ));
    cpe.inform(&[("4 VALUE CHANGE", "")]).await;
    let row = "select jsonb_build_array(software_version, external_address, parameters)
        from acs.device join acs.tree using (territory_id, device_id)";
    assert_eq!(
        world.value(row).await,
        serde_json::json!(["2.0", "198.51.100.4", 3])
    );
}

#[tokio::test]
async fn many_devices_at_once_are_all_registered_once() {
    let world = World::new().await;
    let mut calls = tokio::task::JoinSet::new();
    for index in 0..200 {
        // Each serial twice: the second may find the first one's row or make it.
        let mut cpe = Cpe::new(world.acs.cwmp(), &format!("S{}", index % 100));
        calls.spawn(async move { cpe.inform(&[("1 BOOT", "")]).await.status });
    }
    while let Some(status) = calls.join_next().await {
        assert_eq!(status.unwrap(), 200);
    }
    assert_eq!(
        world
            .value("select to_jsonb(count(*)) from acs.device")
            .await,
        100
    );
}

#[tokio::test]
async fn the_database_counts_a_young_fleet_so_that_its_plans_do_not_read_all_of_it() {
    let world = World::new().await;
    let counted = "select to_jsonb(reltuples >= 0) from pg_class
        where oid = 'acs.device'::regclass";
    for serial in 0..99 {
        let mut cpe = Cpe::new(world.acs.cwmp(), &format!("S{serial}"));
        assert_eq!(cpe.inform(&[("0 BOOTSTRAP", "")]).await.status, 200);
    }
    assert_eq!(world.value(counted).await, false);
    let mut cpe = Cpe::new(world.acs.cwmp(), "S99");
    assert_eq!(cpe.inform(&[("0 BOOTSTRAP", "")]).await.status, 200);
    assert_eq!(world.value(counted).await, true);
}

#[tokio::test]
async fn a_new_inform_supersedes_the_devices_old_session() {
    let world = World::new().await;
    let mut first = Cpe::new(world.acs.cwmp(), "S1");
    first.inform(&[("1 BOOT", "")]).await;
    world.run("update acs.device set discovery = 'done'").await;
    let mut second = Cpe::new(world.acs.cwmp(), "S1");
    second.inform(&[("1 BOOT", "")]).await;
    assert_eq!(first.nothing().await.status, 400);
    assert_eq!(second.nothing().await.status, 204);
}

#[tokio::test]
async fn requests_of_the_device_are_answered_inside_its_session() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.inform(&[("7 TRANSFER COMPLETE", "")]).await;
    let done = TransferComplete {
        command_key: "k".to_owned(),
        ..TransferComplete::default()
    };
    let answer = cpe
        .say(Some("7"), CpeMessage::TransferComplete(done))
        .await
        .message();
    assert_eq!(answer.id.as_deref(), Some("7"));
    assert_eq!(answer.message, AcsMessage::TransferCompleteResponse);
    let answer = cpe
        .say(Some("8"), CpeMessage::GetRpcMethods)
        .await
        .message();
    assert!(
        matches!(answer.message, AcsMessage::GetRpcMethodsResponse(ref names) if names.len() == 8)
    );
    let answer = cpe
        .say(
            None,
            CpeMessage::Unknown {
                name: "X_Y".to_owned(),
                content: regia_cwmp::Fragment::default(),
            },
        )
        .await
        .message();
    assert!(matches!(answer.message, AcsMessage::Fault(ref fault) if fault.code == 8000));
    assert_eq!(cpe.nothing().await.status, 204);
    let kinds = "select jsonb_agg(kind) from acs.timeline where kind = 'transfer_complete'";
    assert_eq!(
        world.value(kinds).await,
        serde_json::json!(["transfer_complete"])
    );
}

#[tokio::test]
async fn another_node_goes_on_with_a_session() {
    let world = World::new().await;
    let other = world.second_node().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.call(&[("1 BOOT", "")]).await;
    world.run("update acs.device set discovery = 'done'").await;
    let device = world
        .value("select to_jsonb(device_id) from acs.device")
        .await
        .as_i64()
        .unwrap();
    let paths = serde_json::json!({ "paths": ["Device.DeviceInfo.SoftwareVersion"] });
    world.queue(device, "get", paths).await;
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    let mut moved = Cpe::new(other.cwmp(), "S1");
    moved.cookie = cpe.cookie.clone();
    let value = parameter("Device.DeviceInfo.SoftwareVersion", "9");
    let answer = CpeMessage::GetParameterValuesResponse(vec![value]);
    assert!(moved.answer(&question, answer.clone()).await.is_none());
    let state = "select jsonb_build_array(state, attempts) from acs.task";
    assert_eq!(world.value(state).await, serde_json::json!(["done", 1]));
    // The node that lost the session can write nothing for it.
    let late = cpe.say(question.id.as_deref(), answer).await;
    assert_eq!(late.status, 400);
}
