//! The fleet over time, as scripts read it.

use regia_cwmp::CpeMessage;
use serde_json::json;

use crate::api::Api;
use crate::cpe::Cpe;
use crate::world::World;

#[tokio::test]
async fn every_step_of_a_span_is_listed_known_or_not() {
    let world = World::new().await;
    let api = Api::new(&world);
    for (query, step_seconds, steps) in [
        ("", 600, 144),
        ("?span=hour", 60, 60),
        ("?span=week", 3_600, 168),
        ("?span=quarter", 43_200, 180),
    ] {
        let (status, page) = api.get(&format!("/samples{query}")).await;
        assert_eq!((status, &page["step_seconds"]), (200, &json!(step_seconds)));
        let items = page["items"].as_array().unwrap();
        assert_eq!(items.len(), steps, "{query}");
        assert!(items.iter().all(|item| item["minutes"] == 0), "{query}");
    }
}

#[tokio::test]
async fn a_span_that_is_none_is_refused() {
    let world = World::new().await;
    let api = Api::new(&world);
    for query in ["?span=year", "?span=", "?from=2026-01-01", "?span=hour&x=1"] {
        assert_eq!(api.get(&format!("/samples{query}")).await.0, 422, "{query}");
    }
}

#[tokio::test]
async fn a_script_lists_the_tasks_that_are_not_finished() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.call(&[("1 BOOT", "")]).await;
    world.run("update acs.device set discovery = 'done'").await;
    let device = world
        .value("select to_jsonb(device_id) from acs.device")
        .await;
    let device = device.as_i64().unwrap();
    let first = world.queue(device, "reboot", json!({})).await;
    let second = world.queue(device, "reboot", json!({})).await;
    let api = Api::new(&world);
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    cpe.answer(&question, CpeMessage::RebootResponse).await;
    let done = format!("/tasks/{second}/cancel");
    assert_eq!(api.ask("POST", &done, None).await.0, 200);
    let (_, page) = api.get("/tasks?open=true").await;
    let ids: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|task| &task["id"])
        .collect();
    assert_eq!(ids, [&json!(first)], "{page}");
    let (_, page) = api.get("/tasks?open=false").await;
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
}
