//! Simulated CPEs that misbehave, against the real server: each is read and configured all the same,
//! and those that behave do not notice.

use regia_clock::Clock;
use regia_simulate::{Fleet, SimulateCpe};
use regia_testkit::TestDb;
use serde_json::Value as Json;

use crate::server::{API_KEY, Server, eventually, place, request, status};

const PASSWORD: &str = "fleet-password-1";
/// Every fault, and one fleet without any.
const KINDS: [&str; 12] = [
    "slow",
    "drop",
    "lost-cookie",
    "bad-xml",
    "odd-prefixes",
    "9005",
    "9002",
    "silent",
    "duplicate",
    "no-cookie",
    "no-end",
    "",
];

fn options(server: &Server, kind: &str) -> SimulateCpe {
    let fault = format!("{kind}=1");
    SimulateCpe {
        acs: format!("http://{}/", server.cwmp),
        count: 1,
        password: PASSWORD.to_owned(),
        interval_seconds: 2,
        retry_seconds: 1,
        change_seconds: 0,
        start_seconds: Some(0),
        silence_seconds: 7,
        serial_prefix: format!("X{kind}-"),
        faults: fault.parse().into_iter().collect(),
        ..SimulateCpe::default()
    }
}

fn json(answer: &str) -> Json {
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    serde_json::from_str(body).unwrap_or_default()
}

fn device(server: &Server, kind: &str) -> Json {
    let path = format!("/api/v1/acs/devices?serial_prefix=X{kind}-");
    json(&server.get_with_key(&path).1)["items"][0].clone()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cpes_with_every_fault_are_read_and_configured_and_the_others_do_not_notice() {
    let (database, place) = (TestDb::new().await, place());
    let more = [
        ("REGIA_FLEET_PASSWORD", PASSWORD),
        ("REGIA__ACS__SESSION__IDLE_SECONDS", "5"),
        ("REGIA__ACS__SESSION__RETRY_AFTER_SECONDS", "2"),
    ];
    let server = Server::start_on(&database, place.path(), &more);
    let mut fleets = Vec::new();
    for kind in KINDS {
        let fleet = Fleet::start(&options(&server, kind), &Clock::system()).await;
        fleets.push(fleet.unwrap());
    }
    let mut tasks = Vec::new();
    for kind in KINDS {
        eventually(kind, || device(&server, kind)["discovery"] == "done");
        tasks.push((kind, queue(&server, &device(&server, kind))));
    }
    for (kind, task) in tasks {
        let path = format!("/api/v1/acs/tasks/{task}");
        let mut last = Json::Null;
        eventually(kind, || {
            last = json(&server.get_with_key(&path).1);
            !matches!(last["state"].as_str(), Some("queued" | "sent" | "waiting"))
        });
        assert_eq!(last["state"], "done", "{kind}: {last}");
    }
    let sound = fleets.pop().unwrap().stop().await;
    assert_eq!(sound.failed_sessions, 0, "{sound:?}");
    for fleet in fleets {
        fleet.stop().await;
    }
    let metrics = server.get("/metrics").1;
    for ended in ["malformed", "silent"] {
        let line = format!("regia_acs_sessions_ended_total{{reason=\"{ended}\"}}");
        assert!(metrics.contains(&line), "{line}");
    }
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

/// Has the device change a name and read it back.
fn queue(server: &Server, device: &Json) -> i64 {
    let path = match device["product_class"].as_str() {
        Some("HomeGate181") => "Device.WiFi.SSID.1.SSID",
        _ => "InternetGatewayDevice.LANDevice.1.WLANConfiguration.1.SSID",
    };
    let body = format!(
        r#"{{"command":{{"kind":"set","values":[{{"path":"{path}","value":"changed"}}]}}}}"#
    );
    let key = format!("Authorization: Bearer {API_KEY}");
    let line = format!("POST /api/v1/acs/devices/{}/tasks", device["id"]);
    let headers = [&*key, "Content-Type: application/json"];
    let answer = request(&server.console, &line, &headers, &body);
    assert_eq!(status(&answer), 201, "{answer}");
    json(&answer)["id"].as_i64().unwrap()
}
