//! Tasks: asked once, answered, lost, settled.

use regia_cwmp::{AcsMessage, CpeFault, CpeMessage, Envelope, ParameterInfo};
use serde_json::json;

use crate::cpe::{Cpe, parameter};
use crate::world::World;

/// A world with one device that is discovered, and the device.
async fn one() -> (World, Cpe, i64) {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.call(&[("1 BOOT", "")]).await;
    world.run("update acs.device set discovery = 'done'").await;
    let device = world
        .value("select to_jsonb(device_id) from acs.device")
        .await
        .as_i64()
        .unwrap();
    (world, cpe, device)
}

const STATE: &str = "select to_jsonb(state) from acs.task";

fn names(question: &Envelope<AcsMessage>) -> Vec<String> {
    match &question.message {
        AcsMessage::GetParameterValues(names) => names.clone(),
        other => panic!("{other:?}"),
    }
}

fn values(names: &[String]) -> CpeMessage {
    CpeMessage::GetParameterValuesResponse(names.iter().map(|name| parameter(name, "v")).collect())
}

fn fault(code: u32) -> CpeMessage {
    CpeMessage::Fault(CpeFault {
        code,
        text: "no".to_owned(),
        parameters: Vec::new(),
    })
}

fn info(names: &[String]) -> CpeMessage {
    let info = |name: &String| ParameterInfo {
        name: name.clone(),
        writable: true,
    };
    CpeMessage::GetParameterNamesResponse(names.iter().map(info).collect())
}

#[tokio::test]
async fn a_set_is_sent_and_read_back() {
    let (world, mut cpe, device) = one().await;
    let path = "Device.WiFi.SSID.1.SSID";
    world
        .queue(
            device,
            "set",
            json!({ "values": [{ "path": path, "value": "Home" }] }),
        )
        .await;
    let question = cpe.call(&[("6 CONNECTION REQUEST", "")]).await.unwrap();
    assert!(
        matches!(&question.message, AcsMessage::SetParameterValues { values, .. }
        if values[0] == parameter(path, "Home"))
    );
    let sent = "select jsonb_build_array(state, attempts, command_key <> '') from acs.task";
    assert_eq!(
        world.value(sent).await,
        json!(["sent", 1, true]),
        "recorded before it left"
    );
    let status = CpeMessage::SetParameterValuesResponse { status: 0 };
    let question = cpe.answer(&question, status).await.unwrap();
    assert_eq!(names(&question), [path]);
    let read = CpeMessage::GetParameterValuesResponse(vec![parameter(path, "Home")]);
    assert!(cpe.answer(&question, read).await.is_none());
    let done = "select jsonb_build_array(state, result) from acs.task";
    assert_eq!(
        world.value(done).await,
        json!(["done", { "read": 1, "status": 0 }])
    );
    assert_eq!(
        world
            .value("select to_jsonb(has_work) from acs.device")
            .await,
        false
    );
}

#[tokio::test]
async fn a_fault_keeps_the_devices_own_words() {
    let (world, mut cpe, device) = one().await;
    world
        .queue(
            device,
            "set",
            json!({ "values": [{ "path": "Device.X", "value": "1" }] }),
        )
        .await;
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    let parameters = vec![regia_cwmp::ParameterFault {
        name: "Device.X".to_owned(),
        code: 9008,
        text: "read only".to_owned(),
    }];
    let refused = CpeFault {
        code: 9003,
        text: "Invalid arguments".to_owned(),
        parameters,
    };
    assert!(
        cpe.answer(&question, CpeMessage::Fault(refused))
            .await
            .is_none()
    );
    let expected = json!({
        "code": 9003,
        "text": "Invalid arguments",
        "parameters": [{ "path": "Device.X", "code": 9008, "text": "read only" }],
    });
    assert_eq!(
        world
            .value("select fault from acs.task where state = 'failed'")
            .await,
        expected
    );
}

#[tokio::test]
async fn a_discovery_survives_every_refusal_and_leaves_out_only_what_cannot_be_read() {
    let (world, mut cpe, device) = one().await;
    world.queue(device, "refresh", json!({ "path": "" })).await;
    let mut all = vec!["Device.".to_owned(), "Device.A.".to_owned()];
    all.extend((0..100).map(|index| format!("Device.A.P{index:03}")));
    let bad = "Device.A.P037".to_owned();
    let mut question = cpe.call(&[("2 PERIODIC", "")]).await;
    let mut asked = 0;
    while let Some(envelope) = question {
        asked += 1;
        assert!(asked < 60, "it ends");
        let answer = match &envelope.message {
            // Too much at once; level by level it works.
            AcsMessage::GetParameterNames {
                next_level: false, ..
            } => fault(9002),
            AcsMessage::GetParameterNames { path, .. } => {
                let depth = path.matches('.').count();
                let below = |name: &&String| {
                    name.starts_with(path.as_str())
                        && name.trim_end_matches('.').matches('.').count() == depth
                        && *name != path
                };
                info(&all.iter().filter(below).cloned().collect::<Vec<_>>())
            }
            AcsMessage::GetParameterValues(names) if names.len() > 40 => fault(9004),
            AcsMessage::GetParameterValues(names) if names.contains(&bad) => fault(9005),
            AcsMessage::GetParameterValues(names) => values(names),
            other => panic!("{other:?}"),
        };
        question = cpe.answer(&envelope, answer).await;
    }
    let done =
        "select jsonb_build_array(state, result -> 'missing', result -> 'read') from acs.task";
    assert_eq!(world.value(done).await, json!(["done", [bad], 99]));
    assert_eq!(
        world
            .value("select to_jsonb(parameters) from acs.tree")
            .await,
        99
    );
}

#[tokio::test]
async fn a_lost_answer_repeats_a_read_and_never_a_reboot() {
    let (world, mut cpe, device) = one().await;
    world
        .queue(device, "get", json!({ "paths": ["Device.A"] }))
        .await;
    for attempt in 1..=3 {
        let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
        assert_eq!(names(&question), ["Device.A"], "attempt {attempt}");
    }
    assert!(cpe.call(&[("2 PERIODIC", "")]).await.is_none());
    assert_eq!(world.value(STATE).await, "failed");
    world.run("delete from acs.task").await;
    world.queue(device, "reboot", json!({})).await;
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    let AcsMessage::Reboot { command_key } = question.message else {
        panic!()
    };
    assert!(cpe.call(&[("2 PERIODIC", "")]).await.is_none());
    assert_eq!(world.value(STATE).await, "uncertain");
    assert!(
        cpe.call(&[("2 PERIODIC", "")]).await.is_none(),
        "it is not sent again"
    );
    assert!(cpe.call(&[("M Reboot", &command_key)]).await.is_none());
    assert_eq!(
        world.value(STATE).await,
        "done",
        "the device said that it rebooted"
    );
}

#[tokio::test]
async fn a_reboot_is_done_when_the_device_has_booted_and_holds_what_comes_after() {
    let (world, mut cpe, device) = one().await;
    world.queue(device, "reboot", json!({})).await;
    world
        .queue(device, "get", json!({ "paths": ["Device.A"] }))
        .await;
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    assert!(
        cpe.answer(&question, CpeMessage::RebootResponse)
            .await
            .is_none()
    );
    let states = "select jsonb_agg(state order by task_id) from acs.task";
    assert_eq!(world.value(states).await, json!(["waiting", "queued"]));
    let question = cpe
        .call(&[("1 BOOT", ""), ("M Reboot", "other")])
        .await
        .unwrap();
    assert_eq!(names(&question), ["Device.A"]);
    assert_eq!(world.value(states).await, json!(["done", "sent"]));
}

#[tokio::test]
async fn a_new_object_is_made_once_and_read() {
    let (world, mut cpe, device) = one().await;
    world
        .queue(
            device,
            "add_object",
            json!({ "path": "Device.NAT.PortMapping." }),
        )
        .await;
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    let made = CpeMessage::AddObjectResponse {
        instance_number: 3,
        status: 0,
    };
    let question = cpe.answer(&question, made).await.unwrap();
    let AcsMessage::GetParameterNames { path, .. } = &question.message else {
        panic!()
    };
    assert_eq!(path, "Device.NAT.PortMapping.3.");
    let leaf = vec!["Device.NAT.PortMapping.3.Enable".to_owned()];
    let question = cpe.answer(&question, info(&leaf)).await.unwrap();
    assert_eq!(names(&question), leaf);
    assert!(cpe.answer(&question, values(&leaf)).await.is_none());
    let result = "select result from acs.task";
    assert_eq!(
        world.value(result).await,
        json!({ "read": 1, "status": 0, "instance": 3 })
    );
}

#[tokio::test]
async fn a_device_that_nobody_prepared_is_discovered_in_a_later_session() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    assert!(
        cpe.call(&[("0 BOOTSTRAP", "")]).await.is_none(),
        "not when it registers"
    );
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    assert!(
        matches!(question.message, AcsMessage::GetParameterNames { ref path, .. } if path == "Device.")
    );
    let names = vec!["Device.DeviceInfo.SoftwareVersion".to_owned()];
    let question = cpe.answer(&question, info(&names)).await.unwrap();
    assert!(cpe.answer(&question, values(&names)).await.is_none());
    let row = "select jsonb_build_array(discovery, software_version) from acs.device";
    assert_eq!(world.value(row).await, json!(["done", "v"]));
}

#[tokio::test]
async fn what_nobody_asked_for_is_not_believed() {
    let (world, mut cpe, device) = one().await;
    world
        .queue(device, "get", json!({ "paths": ["Device.A"] }))
        .await;
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    let answer = CpeMessage::GetParameterValuesResponse(vec![
        parameter("Device.A", "1"),
        parameter("Device.ManagementServer.URL", "http://evil.example/"),
    ]);
    assert!(cpe.answer(&question, answer).await.is_none());
    assert_eq!(
        world
            .value("select to_jsonb(parameters) from acs.tree")
            .await,
        3
    );
}

#[tokio::test]
async fn an_answer_writes_a_history_only_when_it_replaces_a_value() {
    let (world, mut cpe, device) = one().await;
    let rows = "select to_jsonb(count(*)) from acs.history";
    let path = "Device.WiFi.SSID.1.SSID";
    for (value, histories) in [("Home", 0), ("Home", 0), ("Away", 1)] {
        world.queue(device, "get", json!({ "paths": [path] })).await;
        let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
        let answer = CpeMessage::GetParameterValuesResponse(vec![parameter(path, value)]);
        assert!(cpe.answer(&question, answer).await.is_none());
        assert_eq!(world.value(rows).await, histories, "{value}");
    }
    world.run("delete from acs.device").await;
    assert_eq!(world.value(rows).await, 0);
}

#[tokio::test]
async fn a_parameter_that_the_device_no_longer_has_leaves_the_index() {
    let (world, mut cpe, device) = one().await;
    let path = "Device.WiFi.SSID.1.SSID";
    world.queue(device, "get", json!({ "paths": [path] })).await;
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    let answer = CpeMessage::GetParameterValuesResponse(vec![parameter(path, "Home")]);
    assert!(cpe.answer(&question, answer).await.is_none());
    let indexed = "select coalesce(jsonb_agg(value), '[]') from acs.indexed_value v
        join acs.index_path p using (territory_id, path_id) where p.path like '%SSID'";
    assert_eq!(world.value(indexed).await, json!(["home"]));
    let object = json!({ "path": "Device.WiFi.SSID.1." });
    world.queue(device, "delete_object", object).await;
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    let gone = CpeMessage::DeleteObjectResponse { status: 0 };
    assert!(cpe.answer(&question, gone).await.is_none());
    assert_eq!(world.value(indexed).await, json!([]));
}

#[tokio::test]
async fn a_set_that_is_read_back_otherwise_says_so() {
    let (world, mut cpe, device) = one().await;
    let values = json!([
        { "path": "Device.Time.Enable", "value": "true" },
        { "path": "Device.Time.NTPServer1", "value": "a" },
        { "path": "Device.Time.Gone", "value": "b" },
    ]);
    world
        .queue(device, "set", json!({ "values": values }))
        .await;
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    let status = CpeMessage::SetParameterValuesResponse { status: 0 };
    let question = cpe.answer(&question, status).await.unwrap();
    let read = CpeMessage::GetParameterValuesResponse(vec![
        parameter("Device.Time.Enable", "1"),
        parameter("Device.Time.NTPServer1", "other"),
    ]);
    assert!(cpe.answer(&question, read).await.is_none());
    let expected = json!({
        "read": 2,
        "status": 0,
        "differs": ["Device.Time.NTPServer1"],
        "missing": ["Device.Time.Gone"],
    });
    assert_eq!(world.value("select result from acs.task").await, expected);
}

#[tokio::test]
async fn evidence_counts_although_its_session_ends_at_once() {
    let (world, mut cpe, device) = one().await;
    world.queue(device, "reboot", json!({})).await;
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    assert!(
        cpe.answer(&question, CpeMessage::RebootResponse)
            .await
            .is_none()
    );
    assert_eq!(world.value(STATE).await, "waiting");
    cpe.inform(&[("1 BOOT", ""), ("M Reboot", "")]).await;
    assert_eq!(
        world.value(STATE).await,
        "done",
        "in the Inform's own transaction"
    );
}

#[tokio::test]
async fn one_discovery_is_enough_at_a_time() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    for _ in 0..4 {
        cpe.call(&[("0 BOOTSTRAP", "")]).await;
    }
    let open = "select to_jsonb(count(*)) from acs.task where state in ('queued', 'sent')";
    assert_eq!(world.value(open).await, 1);
}
