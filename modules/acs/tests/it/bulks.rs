//! One command for many devices, as scripts ask for it.

use regia_cwmp::{AcsMessage, CpeMessage};
use serde_json::json;

use crate::api::Api;
use crate::cpe::{Cpe, parameter};
use crate::world::World;

const PATH: &str = "Device.DeviceInfo.ProvisioningCode";

async fn fleet(world: &World) -> Vec<Cpe> {
    let mut fleet = Vec::new();
    for serial in ["A1", "A2", "B1"] {
        let mut cpe = Cpe::new(world.acs.cwmp(), serial);
        cpe.parameters.push(parameter(PATH, "old"));
        cpe.call(&[("1 BOOT", "")]).await;
        fleet.push(cpe);
    }
    world.run("update acs.device set discovery = 'done'").await;
    fleet
}

#[tokio::test]
async fn a_set_reaches_every_device_that_matches_and_reports_who_refused() {
    let world = World::new().await;
    let mut fleet = fleet(&world).await;
    let api = Api::new(&world);
    let body = json!({
        "command": { "kind": "set", "values": [{ "path": PATH, "value": "new" }] },
        "matching": { "serial_prefix": "A" },
        "expected": 2,
    });
    let (status, bulk) = api.ask("POST", "/bulks", Some(body)).await;
    assert_eq!((status, &bulk["selected"]), (201, &json!(2)), "{bulk}");
    let (id, queued) = (&bulk["id"], |count: i64| {
        move |bulk: &serde_json::Value| bulk["tasks"]["queued"] == count
    });
    let path = format!("/bulks/{id}");
    api.until(&path, queued(2)).await;
    let (one, two) = (fleet.remove(0), fleet.remove(0));
    for (mut cpe, fails) in [(one, false), (two, true)] {
        let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
        assert!(matches!(
            question.message,
            AcsMessage::SetParameterValues { .. }
        ));
        let answer = if fails {
            CpeMessage::Fault(regia_cwmp::CpeFault {
                code: 9007,
                text: "Invalid value".to_owned(),
                ..regia_cwmp::CpeFault::default()
            })
        } else {
            CpeMessage::SetParameterValuesResponse { status: 0 }
        };
        let next = cpe.answer(&question, answer).await;
        if let Some(question) = next {
            let values = vec![parameter(PATH, "new")];
            cpe.answer(&question, CpeMessage::GetParameterValuesResponse(values))
                .await;
        }
    }
    let (_, bulk) = api.get(&path).await;
    assert_eq!(
        (
            &bulk["state"],
            &bulk["over"],
            &bulk["tasks"]["done"],
            &bulk["tasks"]["failed"]
        ),
        (&json!("ended"), &json!(2), &json!(1), &json!(1)),
        "{bulk}"
    );
    let (_, failed) = api.get(&format!("/tasks?bulk={id}&state=failed")).await;
    assert_eq!(failed["items"][0]["fault"]["code"], 9007);
    let (status, _) = api.ask("POST", &format!("{path}/retry"), None).await;
    assert_eq!(status, 200);
    api.until(&path, queued(1)).await;
    let (status, _) = api.ask("POST", &format!("{path}/stop"), None).await;
    assert_eq!(status, 200);
    api.until(&path, |bulk| bulk["tasks"]["cancelled"] == 1)
        .await;
    let (_, page) = api.get("/bulks").await;
    assert_eq!(page["items"][0]["state"], "stopped");
}

#[tokio::test]
async fn a_bulk_that_is_not_meant_so_is_refused() {
    let world = World::new().await;
    fleet(&world).await;
    let api = Api::new(&world);
    let reboot = json!({ "kind": "reboot" });
    for (body, status) in [
        (json!({ "command": reboot }), 422),
        (json!({ "command": reboot, "devices": [] }), 422),
        (json!({ "command": reboot, "devices": ["x"] }), 422),
        (json!({ "command": reboot, "matching": {} }), 422),
        (
            json!({ "command": reboot, "matching": { "colour": "red" }, "expected": 3 }),
            422,
        ),
        (
            json!({ "command": reboot, "matching": {}, "expected": 2 }),
            409,
        ),
        (
            json!({ "command": reboot, "devices": [1], "matching": {}, "expected": 1 }),
            422,
        ),
        (
            json!({ "command": { "kind": "factory_reset" }, "devices": [1] }),
            422,
        ),
        (
            json!({ "command": { "kind": "set", "values": [] }, "devices": [1] }),
            422,
        ),
        (
            json!({ "command": reboot, "devices": [1], "lifetime_seconds": 0 }),
            422,
        ),
        (
            json!({ "command": reboot, "devices": [1], "soon": true }),
            422,
        ),
        (
            json!({ "command": reboot, "matching": {}, "expected": 3 }),
            201,
        ),
    ] {
        let (got, problem) = api.ask("POST", "/bulks", Some(body.clone())).await;
        assert_eq!(got, status, "{body} {problem}");
    }
    for (method, path, status) in [
        ("GET", "/bulks/99999", 404),
        ("POST", "/bulks/99999/stop", 404),
        ("POST", "/bulks/99999/retry", 404),
        ("GET", "/bulks?cursor=forged", 422),
        ("GET", "/bulks?limit=0", 422),
        ("GET", "/tasks?bulk=x", 422),
    ] {
        assert_eq!(
            api.ask(method, path, None).await.0,
            status,
            "{method} {path}"
        );
    }
}
