//! Transfers on their way: how far they are, as the API tells it.

use regia_cwmp::AcsMessage;
use serde_json::{Value as Json, json};

use crate::api::Api;
use crate::transfers::{IMAGE, Stage, version};
use crate::world::World;

#[tokio::test]
async fn how_far_a_file_is_can_be_followed() {
    let mut stage = Stage::new(World::new().await).await;
    let content = "x".repeat(700_000);
    let offer = stage.offer(IMAGE, content).await;
    let api = Api::new(&stage.world);
    let task = stage
        .world
        .value("select to_jsonb(task_id) from acs.task")
        .await;
    let far = async |expected: Json| {
        let (status, found) = api.get(&format!("/tasks/{task}/transfer")).await;
        assert_eq!(status, 200, "{found}");
        let steps = found["steps"].as_array().unwrap().iter();
        let steps: Vec<_> = steps.map(|step| step["standing"].clone()).collect();
        let shown = json!([found["state"], found["moved_bytes"], found["bytes"], steps]);
        assert_eq!(shown, expected);
        let (_, list) = api
            .get(&format!("/files/{}/transfers", found["file"]))
            .await;
        assert_eq!(list["items"], json!([found]));
    };
    far(json!([
        "sent",
        0,
        700_000,
        ["done", "now", "to_come", "to_come"]
    ]))
    .await;
    stage.accept(&offer, 1).await;
    stage.cpe.file("HEAD", &offer.url, &[]).await;
    far(json!([
        "waiting",
        0,
        700_000,
        ["done", "now", "to_come", "to_come"]
    ]))
    .await;
    for (range, reached) in [("bytes=0-299999", 300_000), ("bytes=0-9", 300_000)] {
        stage.cpe.file("GET", &offer.url, &[("range", range)]).await;
        far(json!([
            "waiting",
            reached,
            700_000,
            ["done", "now", "to_come", "to_come"]
        ]))
        .await;
    }
    stage
        .cpe
        .file("GET", &offer.url, &[("range", "bytes=300000-")])
        .await;
    far(json!([
        "waiting",
        700_000,
        700_000,
        ["done", "done", "now", "to_come"]
    ]))
    .await;
    let question = stage.report(&offer.key, 0).await.unwrap();
    far(json!([
        "sent",
        700_000,
        700_000,
        ["done", "done", "done", "now"]
    ]))
    .await;
    stage.cpe.answer(&question, version("2.0")).await;
    far(json!([
        "done",
        700_000,
        700_000,
        ["done", "done", "done", "done"]
    ]))
    .await;

    let reboot = stage.world.queue(stage.device, "reboot", json!({})).await;
    for path in [
        format!("/tasks/{reboot}/transfer"),
        "/tasks/99999/transfer".to_owned(),
        "/files/99999/transfers".to_owned(),
    ] {
        assert_eq!(api.get(&path).await.0, 404, "{path}");
    }
}

#[tokio::test]
async fn a_retried_transfer_begins_anew() {
    let mut stage = Stage::new(World::new().await).await;
    let offer = stage.offer(IMAGE, "image").await;
    stage.accept(&offer, 1).await;
    stage.cpe.file("GET", &offer.url, &[]).await;
    stage.report(&offer.key, 9018).await;
    assert_eq!(stage.state().await, "failed");
    let task = stage
        .world
        .value("select to_jsonb(task_id) from acs.task")
        .await;
    let api = Api::new(&stage.world);
    let (status, _) = api.ask("POST", &format!("/tasks/{task}/retry"), None).await;
    assert_eq!(status, 200);
    let (_, waiting) = api.get(&format!("/tasks/{task}/transfer")).await;
    assert_eq!(waiting["steps"], json!([]), "nothing was sent yet");
    let question = stage
        .cpe
        .call(&[("6 CONNECTION REQUEST", "")])
        .await
        .unwrap();
    let AcsMessage::Download(again) = &question.message else {
        panic!("{question:?}");
    };
    assert_ne!(again.url, offer.url);
    assert_eq!(stage.cpe.file("GET", &offer.url, &[]).await.status, 404);
    let (_, anew) = api.get(&format!("/tasks/{task}/transfer")).await;
    assert_eq!(anew["moved_bytes"], 0);
    assert_eq!(stage.cpe.file("GET", &again.url, &[]).await.text, "image");
    let (_, fetched) = api.get(&format!("/tasks/{task}/transfer")).await;
    assert_eq!(fetched["moved_bytes"], 5);
}
