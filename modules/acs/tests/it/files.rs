//! Files: stored, listed, refused, deleted.

use axum::body::{Body, Bytes};
use futures_util::stream;
use serde_json::json;

use crate::api::Api;
use crate::cpe::Cpe;
use crate::world::World;

const CHUNKS: &str = "select jsonb_build_array(count(*), max(length(body))) from acs.file_chunk";

#[tokio::test]
async fn a_file_is_stored_in_chunks_listed_and_deleted() {
    let world = World::new().await;
    let api = Api::new(&world);
    let content = "x".repeat(600 * 1024);
    let query = "?type=1%20Firmware%20Upgrade%20Image&version=2.0&oui=00d09e&product_class=HG1&product_class=HG2";
    let (status, file) = api
        .put_file(&format!("a%20b.bin{query}"), Body::from(content))
        .await;
    assert_eq!(status, 201, "{file}");
    assert_eq!(file["name"], "a b.bin");
    assert_eq!(file["bytes"], 600 * 1024);
    assert_eq!(file["oui"], "00D09E");
    assert_eq!(file["product_classes"], json!(["HG1", "HG2"]));
    let sha256 = "565f868bfcd92464c97462f9d25b6820ba92712256b03730fd8186f0f02215ce";
    assert_eq!(file["sha256"], sha256);
    assert_eq!(world.value(CHUNKS).await, json!([3, 256 * 1024]));
    let (_, page) = api.get("/files?limit=1").await;
    assert_eq!(page["items"][0], file);
    let id = &file["id"];
    assert_eq!(api.get(&format!("/files/{id}")).await, (200, file.clone()));
    let path = format!("/files/{id}");
    assert_eq!(api.ask("DELETE", &path, None).await.0, 204);
    assert_eq!(api.get(&path).await.0, 404);
    assert_eq!(api.ask("DELETE", &path, None).await.0, 404);
    assert_eq!(world.value(CHUNKS).await[0], 0);
    let audited = "select jsonb_agg(action order by entry_id) from access.audit where action like 'acs.file%'";
    assert_eq!(
        world.value(audited).await,
        json!(["acs.file.create", "acs.file.delete"])
    );
}

#[tokio::test]
async fn what_is_no_file_is_refused_and_leaves_nothing() {
    let world = World::with(|settings| settings.files.max_bytes = 300_000).await;
    let api = Api::new(&world);
    let image = "?type=1%20Firmware%20Upgrade%20Image";
    for (name, bytes, status) in [
        (format!("a{image}"), 0, 422),
        (format!("a{image}"), 300_001, 413),
        ("a?type=7%20Nothing".to_owned(), 1, 422),
        ("a".to_owned(), 1, 422),
        (format!("a{image}&oui=12"), 1, 422),
        (format!("a{image}&colour=red"), 1, 422),
        (format!("..%2Fa{image}"), 1, 422),
        (format!("a{image}"), 300_000, 201),
    ] {
        let answer = api.put_file(&name, Body::from(vec![1; bytes])).await;
        assert_eq!(answer.0, status, "{name} {bytes} {}", answer.1);
    }
    let broken = stream::iter([
        Ok(Bytes::from(vec![1; 270_000])),
        Err(std::io::Error::other("gone")),
    ]);
    let (status, problem) = api
        .put_file(&format!("a{image}"), Body::from_stream(broken))
        .await;
    assert_eq!((status, &problem["code"]), (422, &json!("acs.interrupted")));
    assert_eq!(
        world.value("select to_jsonb(count(*)) from acs.file").await,
        1
    );
    assert_eq!(world.value(CHUNKS).await[0], 2);
}

#[tokio::test]
async fn a_file_stays_while_a_task_wants_it_and_goes_to_fitting_devices_only() {
    let world = World::new().await;
    let api = Api::new(&world);
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.call(&[("1 BOOT", "")]).await;
    let device = world
        .value("select to_jsonb(device_id) from acs.device")
        .await;
    let query = "?type=1%20Firmware%20Upgrade%20Image&product_class=Other&hardware_version=A";
    let (_, file) = api
        .put_file(&format!("x{query}"), Body::from("image"))
        .await;
    let tasks = format!("/devices/{device}/tasks");
    let command = |confirm: Option<&str>| {
        let mut command = json!({ "kind": "download", "file": file["id"] });
        if let Some(word) = confirm {
            command["confirm"] = word.into();
        }
        Some(json!({ "command": command }))
    };
    let (status, problem) = api.ask("POST", &tasks, command(None)).await;
    assert_eq!((status, &problem["code"]), (409, &json!("acs.misfit")));
    assert!(problem.to_string().contains("product class"), "{problem}");
    assert_eq!(api.ask("POST", &tasks, command(Some("S2"))).await.0, 409);
    let (status, task) = api.ask("POST", &tasks, command(Some("S1"))).await;
    assert_eq!(status, 201, "{task}");
    let path = format!("/files/{}", file["id"]);
    let (status, problem) = api.ask("DELETE", &path, None).await;
    assert_eq!((status, &problem["code"]), (409, &json!("acs.file_in_use")));
    let cancel = format!("/tasks/{}/cancel", task["id"]);
    assert_eq!(api.ask("POST", &cancel, None).await.0, 200);
    assert_eq!(api.ask("DELETE", &path, None).await.0, 204);
    let gone = api.ask("POST", &tasks, command(Some("S1"))).await;
    assert_eq!(gone.0, 404);
}
