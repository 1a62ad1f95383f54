//! The protocol trace: what a device and the server said, word for word, without secrets.

use regia_cwmp::{AcsMessage, CpeFault, CpeMessage};
use serde_json::{Value as Json, json};

use crate::api::Api;
use crate::cpe::{Answer, Cpe, basic, parameter};
use crate::world::World;

const KINDS: &str = "select coalesce(jsonb_agg(jsonb_build_array(kind, status, remark)
    order by entry_id), '[]') from acs.trace_message";

/// Everything that is stored, as one text.
const ALL: &str = "select to_jsonb(coalesce(string_agg(encode(session_id, 'hex') || ' '
    || convert_from(body, 'UTF8'), ' ' order by entry_id), '')) from acs.trace_message";

/// A device that is known and traced.
async fn traced() -> (World, Cpe, i64) {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.call(&[("1 BOOT", "")]).await;
    world.run("update acs.device set discovery = 'done'").await;
    let device = world
        .value("select to_jsonb(device_id) from acs.device")
        .await;
    let device = device.as_i64().unwrap();
    let (status, _) = start(&world, device, 30).await;
    assert_eq!(status, 204);
    (world, cpe, device)
}

async fn start(world: &World, device: i64, minutes: i64) -> (u16, Json) {
    let path = format!("/devices/{device}/trace");
    let body = json!({ "minutes": minutes });
    Api::new(world).ask("POST", &path, Some(body)).await
}

#[tokio::test]
async fn both_directions_of_a_session_are_kept_word_for_word() {
    let (world, mut cpe, device) = traced().await;
    let asked = json!({ "paths": ["Device.A"] });
    world.queue(device, "get", asked).await;
    let informed = cpe.inform(&[("2 PERIODIC", "")]).await;
    let question = cpe.nothing().await;
    let value = CpeMessage::GetParameterValuesResponse(vec![parameter("Device.A", "x < y & z")]);
    let id = question.message().id;
    assert_eq!(cpe.say(id.as_deref(), value).await.status, 204);
    world.stop().await;
    let expected = json!([
        ["received", null, ""],
        ["sent", 200, ""],
        ["received", null, ""],
        ["sent", 200, ""],
        ["received", null, ""],
        ["sent", 204, ""],
    ]);
    assert_eq!(world.value(KINDS).await, expected);
    let all = world.value(ALL).await;
    let all = all.as_str().unwrap();
    for text in [&informed.text, &question.text] {
        assert!(all.contains(text.as_str()), "{text}");
    }
    assert!(all.contains("<SerialNumber>S1</SerialNumber>"), "{all}");
    assert!(all.contains("x &lt; y &amp; z"), "{all}");
    let api = Api::new(&world);
    let (_, page) = api.get(&format!("/devices/{device}/trace?limit=4")).await;
    assert_eq!(page["items"][0]["status"], 204);
    assert_eq!(page["started_by"], "system test");
    let next = page["next"].as_str().unwrap();
    let (_, rest) = api
        .get(&format!("/devices/{device}/trace?limit=4&cursor={next}"))
        .await;
    assert_eq!(rest["items"].as_array().unwrap().len(), 2);
    assert_eq!(rest["items"][1]["kind"], "received");
    assert_eq!(rest["items"][1]["session"], page["items"][0]["session"]);
    let text = api
        .download(&format!("/devices/{device}/trace/text"))
        .await
        .1;
    assert_eq!(text.matches("\n=== ").count(), 6);
    assert!(text.find("Inform").unwrap() < text.find("status=204").unwrap());
}

#[tokio::test]
async fn a_device_that_is_not_traced_leaves_nothing() {
    let (world, mut cpe, device) = traced().await;
    let path = format!("/devices/{device}/trace");
    let (status, _) = Api::new(&world).ask("DELETE", &path, None).await;
    assert_eq!(status, 204);
    cpe.call(&[("2 PERIODIC", "")]).await;
    let mut other = Cpe::new(world.acs.cwmp(), "S2");
    other.call(&[("1 BOOT", "")]).await;
    world.stop().await;
    assert_eq!(world.value(KINDS).await, json!([]));
}

#[tokio::test]
async fn switching_leaves_its_audit_lines_and_bad_input_is_refused() {
    let (world, _, device) = traced().await;
    let api = Api::new(&world);
    let path = format!("/devices/{device}/trace");
    for body in [
        json!({ "minutes": 0 }),
        json!({ "minutes": 1_441 }),
        json!({ "minutes": -1 }),
        json!({ "minutes": "x" }),
        json!({ "minutes": 5, "more": 1 }),
        json!({}),
    ] {
        let (status, _) = api.ask("POST", &path, Some(body.clone())).await;
        assert!(matches!(status, 400 | 422), "{body} {status}");
    }
    for (method, path) in [
        ("POST", "/devices/999999/trace"),
        ("DELETE", "/devices/999999/trace"),
        ("GET", "/devices/999999/trace"),
        ("GET", "/devices/999999/trace/text"),
    ] {
        let body = (method == "POST").then(|| json!({ "minutes": 1 }));
        assert_eq!(api.ask(method, path, body).await.0, 404, "{method} {path}");
    }
    for query in ["?limit=0", "?limit=201", "?cursor=x", "?odd=1"] {
        let (status, _) = api.get(&format!("{path}{query}")).await;
        assert!(matches!(status, 400 | 422), "{query} {status}");
    }
    assert_eq!(start(&world, device, 1_440).await.0, 204);
    assert_eq!(api.ask("DELETE", &path, None).await.0, 204);
    assert_eq!(api.ask("DELETE", &path, None).await.0, 204);
    let lines = "select jsonb_agg(action order by recorded_at, entry_id) from access.audit
        where action like 'acs.trace.%'";
    let expected = json!(["acs.trace.start", "acs.trace.start", "acs.trace.stop"]);
    assert_eq!(world.value(lines).await, expected);
    let (_, off) = api.get(&path).await;
    assert_eq!(off["until"], Json::Null);
}

/// The heart of every secret in these tests: it stands nowhere else.
const HEART: &str = "zQxJkVwYs3cr3t";

#[tokio::test]
async fn no_secret_of_any_kind_is_ever_stored() {
    let (world, mut cpe, device) = traced().await;
    let api = Api::new(&world);
    cpe.authorization = Some(basic("fleet", crate::world::FLEET_PASSWORD));
    cpe.parameters
        .push(parameter("Device.Users.User.1.Password", HEART));
    let path = format!("/devices/{device}/tasks");
    let order = |command: Json| json!({ "command": command });
    // What we send: a secret value, and one with markup in it.
    let values = json!([
        { "path": "Device.WiFi.AccessPoint.1.Security.KeyPassphrase", "value": format!("<&{HEART}\">") },
        { "path": "Device.WiFi.SSID.1.SSID", "value": "Home" },
    ]);
    let set = order(json!({ "kind": "set", "values": values }));
    assert_eq!(api.ask("POST", &path, Some(set)).await.0, 201);
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    assert!(matches!(
        question.message,
        AcsMessage::SetParameterValues { .. }
    ));
    // What the device says about it: its value in a fault's text.
    let fault = CpeFault {
        code: 9_007,
        text: format!("The value <&{HEART}\"> is too odd"),
        ..CpeFault::default()
    };
    assert!(
        cpe.answer(&question, CpeMessage::Fault(fault))
            .await
            .is_none()
    );
    // A file's token, in our question and in the device's report.
    let (_, file) = api
        .put_file("a.bin?type=1%20Firmware%20Upgrade%20Image", "x".into())
        .await;
    let download = order(json!({ "kind": "download", "file": file["id"] }));
    assert_eq!(api.ask("POST", &path, Some(download)).await.0, 201);
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    let AcsMessage::Download(download) = &question.message else {
        panic!("{question:?}");
    };
    let token = download.url.split('/').nth_back(1).unwrap().to_owned();
    assert_eq!(token.len(), 24);
    let fault = CpeFault {
        code: 9_016,
        text: format!("cannot get {}", download.url),
        ..CpeFault::default()
    };
    assert!(
        cpe.answer(&question, CpeMessage::Fault(fault))
            .await
            .is_none()
    );
    // What cannot be read, within a session.
    cpe.inform(&[("2 PERIODIC", "")]).await;
    let odd = format!("<Body><Name>Device.X.Password</Name><Value>a<{HEART}</Value>");
    assert_eq!(cpe.post(odd).await.status, 400);
    cpe.inform(&[("2 PERIODIC", "")]).await;
    assert_eq!(cpe.post(format!("<x>{HEART}</x>")).await.status, 400);
    cpe.inform(&[("2 PERIODIC", "")]).await;
    let large = cpe.post(HEART.repeat(400_000)).await;
    assert_eq!(large.status, 413);
    world.stop().await;
    let all = world.value(ALL).await;
    let all = all.as_str().unwrap();
    assert!(!all.contains(HEART), "{all}");
    assert!(!all.contains(&token), "{all}");
    assert!(!all.to_lowercase().contains("authorization"), "{all}");
    assert!(all.contains("KeyPassphrase</Name>"), "{all}");
    assert!(all.contains("is too odd"), "{all}");
    assert!(all.contains(">Home<"), "{all}");
    let kinds = world.value(KINDS).await.to_string();
    assert_eq!(kinds.matches("unreadable").count(), 2, "{kinds}");
    assert_eq!(kinds.matches("refused").count(), 1, "{kinds}");
}

#[tokio::test]
async fn an_individual_credential_is_set_without_being_kept() {
    let world = World::with(|settings| {
        settings.onboarding.mode = serde_json::from_value(json!("manage")).unwrap();
    })
    .await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.call(&[("1 BOOT", "")]).await;
    world.run("update acs.device set discovery = 'done'").await;
    let device = world
        .value("select to_jsonb(device_id) from acs.device")
        .await;
    start(&world, device.as_i64().unwrap(), 5).await;
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    let AcsMessage::SetParameterValues { values, .. } = &question.message else {
        panic!("{question:?}");
    };
    let secrets: Vec<String> = values
        .iter()
        .filter(|value| value.name.ends_with("Password"))
        .map(|value| value.value.clone())
        .collect();
    assert!(!secrets.is_empty());
    let done = CpeMessage::SetParameterValuesResponse { status: 0 };
    cpe.answer(&question, done).await;
    world.stop().await;
    let all = world.value(ALL).await;
    let all = all.as_str().unwrap();
    assert!(all.contains("SetParameterValuesResponse"), "{all}");
    for secret in secrets {
        assert!(!all.contains(&secret), "{all}");
    }
}

#[tokio::test]
async fn odd_characters_and_charsets_are_kept_as_far_as_they_go() {
    let (world, mut cpe, device) = traced().await;
    let asked = json!({ "paths": ["Device.A"] });
    world.queue(device, "get", asked).await;
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    let value = CpeMessage::GetParameterValuesResponse(vec![parameter("Device.A", "caf\u{e9}")]);
    let envelope = regia_cwmp::Envelope::new(question.id, regia_cwmp::Dialect::cwmp(0), value);
    let text = String::from_utf8(regia_cwmp::write_cpe(&envelope)).unwrap();
    let latin: Vec<u8> = text
        .replace("caf", "c\u{0}f")
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    assert_eq!(cpe.post(latin).await.status, 204);
    world.stop().await;
    let found = "select to_jsonb(bool_or(position('\\x63006669'::bytea in body) = 0
        and position('\\x630066c3a9'::bytea in body) > 0)) from acs.trace_message";
    assert_eq!(world.value(found).await, true);
}

#[tokio::test]
async fn a_connection_request_leaves_its_outcome() {
    let (world, _, device) = traced().await;
    world
        .run("update acs.device set connection_request_url = 'http://u:hidden@127.0.0.1:1/cr'")
        .await;
    let api = Api::new(&world);
    let command = json!({ "command": { "kind": "reboot" } });
    let path = format!("/devices/{device}/tasks");
    assert_eq!(api.ask("POST", &path, Some(command)).await.0, 201);
    let mut reached = Json::Null;
    // The request goes out beside this test; its outcome on the device row is the signal.
    for _ in 0..20_000 {
        reached = world
            .value("select to_jsonb(reach_at is not null) from acs.device")
            .await;
        if reached == true {
            break;
        }
    }
    assert_eq!(reached, true);
    world.stop().await;
    let all = world
        .value("select jsonb_agg(convert_from(body, 'UTF8')) from acs.trace_message")
        .await
        .to_string();
    assert!(all.contains("@127.0.0.1:1/cr: "), "{all}");
    assert!(!all.contains("hidden"), "{all}");
}

#[tokio::test]
async fn a_session_that_another_node_takes_over_is_still_traced() {
    let (world, mut cpe, _) = traced().await;
    cpe.inform(&[("2 PERIODIC", "")]).await;
    let second = world.second_node().await;
    cpe.move_to(second.cwmp());
    let ended: Answer = cpe.nothing().await;
    assert_eq!(ended.status, 204);
    // The first node lets go of what it still remembers.
    cpe.move_to(world.acs.cwmp());
    assert_eq!(cpe.nothing().await.status, 204);
    world.stop().await;
    assert_eq!(world.value(KINDS).await.as_array().unwrap().len(), 6);
}
