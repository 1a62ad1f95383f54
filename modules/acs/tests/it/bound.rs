//! Devices that return no cookie.

use regia_cwmp::CpeMessage;
use regia_listener::ConnectionMemory;
use serde_json::json;

use crate::cpe::{Cpe, basic, parameter};
use crate::world::{FLEET_PASSWORD, World};

/// A device with a connection of its own that never returns a cookie.
struct Forgetful {
    cpe: Cpe,
}

impl Forgetful {
    fn new(world: &World, serial: &str) -> Self {
        let mut cpe = Cpe::new(world.acs.cwmp(), serial);
        cpe.connection = Some(ConnectionMemory::default());
        Self { cpe }
    }

    async fn inform(&mut self) {
        let answer = self.cpe.inform(&[("2 PERIODIC", "")]).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        self.cpe.cookie = None;
    }
}

async fn read(world: &World) -> i64 {
    world.run("update acs.device set discovery = 'done'").await;
    let id = "select to_jsonb(max(device_id)) from acs.device";
    let device = world.value(id).await.as_i64().unwrap();
    let command = json!({ "paths": ["Device.A"] });
    world.queue(device, "get", command).await
}

#[tokio::test]
async fn a_device_without_cookies_is_known_by_its_connection() {
    let world = World::new().await;
    let mut device = Forgetful::new(&world, "S1");
    device.inform().await;
    assert_eq!(device.cpe.nothing().await.status, 204);
    read(&world).await;
    device.inform().await;
    let question = device.cpe.nothing().await.message();
    device.cpe.cookie = None;
    let answer = CpeMessage::GetParameterValuesResponse(vec![parameter("Device.A", "1")]);
    assert!(device.cpe.answer(&question, answer).await.is_none());
    let state = "select to_jsonb(state) from acs.task";
    assert_eq!(world.value(state).await, "done");
}

#[tokio::test]
async fn another_connection_another_credential_or_a_proxy_has_no_part_in_it() {
    let world = World::new().await;
    let mut device = Forgetful::new(&world, "S1");
    device.inform().await;
    let elsewhere = device.cpe.connection.replace(ConnectionMemory::default());
    assert_eq!(device.cpe.nothing().await.status, 400, "another connection");
    device.cpe.connection = elsewhere;
    let right = device.cpe.authorization.replace(basic("fleet", "other"));
    assert_eq!(device.cpe.nothing().await.status, 400, "another credential");
    device.cpe.authorization = right.clone();
    device.cpe.cookie = Some("session=forged".to_owned());
    assert_eq!(
        device.cpe.nothing().await.status,
        400,
        "a cookie, and a wrong one"
    );
    device.cpe.cookie = None;
    device.cpe.forwarded = true;
    assert_eq!(device.cpe.nothing().await.status, 400, "through a proxy");
    device.cpe.forwarded = false;
    device.cpe.authorization = None;
    assert_eq!(
        device.cpe.nothing().await.status,
        204,
        "without any credential"
    );
    device.cpe.authorization = right;

    device.cpe.forwarded = true;
    device.inform().await;
    device.cpe.forwarded = false;
    let status = device.cpe.nothing().await.status;
    assert_eq!(
        status, 401,
        "the session before is over, and the new one is not bound"
    );
}

#[tokio::test]
async fn a_connection_carries_its_last_informs_session_only() {
    let world = World::new().await;
    let mut first = Forgetful::new(&world, "S1");
    first.inform().await;
    let mut second = Forgetful::new(&world, "S2");
    second.inform().await;
    let task = read(&world).await;
    second.cpe.connection.clone_from(&first.cpe.connection);
    second.inform().await;
    let question = second.cpe.nothing().await;
    assert_eq!(
        question.status, 200,
        "the task of the second device, {task}"
    );
    let mut other = Forgetful::new(&world, "S3");
    other.inform().await;
    assert_eq!(other.cpe.nothing().await.status, 204, "untouched");
}

#[tokio::test]
async fn the_binding_can_be_turned_off() {
    let world = World::with(|settings| settings.session.bind_connection = false).await;
    let mut device = Forgetful::new(&world, "S1");
    device.inform().await;
    assert_eq!(device.cpe.nothing().await.status, 400);
    let mut probing = Forgetful::new(&world, "S2");
    probing.cpe.authorization = None;
    assert_eq!(probing.cpe.nothing().await.status, 401);
    probing.cpe.authorization = Some(basic("fleet", FLEET_PASSWORD));
    probing.inform().await;
}
