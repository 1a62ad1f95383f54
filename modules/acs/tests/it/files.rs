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

#[tokio::test]
async fn files_are_found_by_type_class_name_and_sender() {
    let world = World::new().await;
    let api = Api::new(&world);
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.call(&[("1 BOOT", "")]).await;
    let image = "type=1%20Firmware%20Upgrade%20Image";
    for name in [
        format!("fw-1?{image}&product_class=HG1"),
        format!("fw-2?{image}&product_class=HG2&product_class=HG3"),
        format!("fw-any?{image}"),
        "config?type=3%20Vendor%20Configuration%20File".to_owned(),
        "log-7?type=4%20Tone%20File".to_owned(),
    ] {
        assert_eq!(api.put_file(&name, Body::from("x")).await.0, 201, "{name}");
    }
    world
        .run(
            "update acs.file set file_type = '2 Vendor Log File',
                device_id = (select device_id from acs.device) where name = 'log-7'",
        )
        .await;
    let device = world
        .value("select to_jsonb(device_id) from acs.device")
        .await;
    for (query, expected) in [
        (String::new(), "log-7 config fw-any fw-2 fw-1"),
        ("name_prefix=fw-".to_owned(), "fw-any fw-2 fw-1"),
        ("name_prefix=w".to_owned(), ""),
        ("name_prefix=%25".to_owned(), ""),
        (image.to_owned(), "fw-any fw-2 fw-1"),
        ("product_class=HG3".to_owned(), "config fw-any fw-2"),
        (format!("product_class=HG9&{image}"), "fw-any"),
        ("by_devices=true".to_owned(), "log-7"),
        ("by_devices=false".to_owned(), "config fw-any fw-2 fw-1"),
        (format!("device={device}"), "log-7"),
        ("device=0".to_owned(), ""),
    ] {
        let (status, page) = api.get(&format!("/files?{query}")).await;
        assert_eq!(status, 200, "{query} {page}");
        let names = page["items"].as_array().unwrap().iter();
        let names: Vec<_> = names.map(|file| file["name"].as_str().unwrap()).collect();
        assert_eq!(names.join(" "), expected, "{query}");
    }
    let (_, first) = api.get("/files?name_prefix=fw&limit=2").await;
    let next = first["next"].as_str().unwrap();
    let (_, second) = api
        .get(&format!("/files?name_prefix=fw&limit=2&cursor={next}"))
        .await;
    assert_eq!(second["items"][0]["name"], "fw-1");
    assert_eq!(second["next"], json!(null));
    for query in [
        "by_devices=2",
        "device=x",
        "cursor=x",
        "limit=0",
        "colour=1",
    ] {
        let (status, problem) = api.get(&format!("/files?{query}")).await;
        assert_eq!(status, 422, "{query} {problem}");
    }
}

#[tokio::test]
async fn whom_a_file_fits_is_changed_with_an_audit_line() {
    let world = World::new().await;
    let api = Api::new(&world);
    let query = "?type=1%20Firmware%20Upgrade%20Image&version=1&product_class=HG1";
    let (_, file) = api.put_file(&format!("a{query}"), Body::from("x")).await;
    let path = format!("/files/{}", file["id"]);
    let change = json!({ "version": "2", "oui": "00d09e", "hardware_versions": ["B"] });
    let (status, changed) = api.ask("PATCH", &path, Some(change)).await;
    assert_eq!(status, 200, "{changed}");
    let mut expected = file.clone();
    expected["version"] = "2".into();
    expected["oui"] = "00D09E".into();
    expected["hardware_versions"] = json!(["B"]);
    assert_eq!(changed, expected, "the rest stays as it was");
    assert_eq!(api.get(&path).await.1, expected);
    for (change, status) in [
        (json!({ "oui": "12" }), 422),
        (json!({ "product_classes": [""] }), 422),
        (json!({ "version": "\n" }), 422),
        (json!({ "name": "b" }), 422),
        (json!({ "hardware_versions": "B" }), 422),
    ] {
        let answer = api.ask("PATCH", &path, Some(change.clone())).await;
        assert_eq!(answer.0, status, "{change} {}", answer.1);
    }
    assert_eq!(api.ask("PATCH", "/files/99", Some(json!({}))).await.0, 404);
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.call(&[("1 BOOT", "")]).await;
    let audited = "select jsonb_build_array(before, after) from access.audit
        where action = 'acs.file.change'";
    let line = world.value(audited).await;
    assert_eq!(
        (&line[0]["version"], &line[1]["version"]),
        (&json!("1"), &json!("2"))
    );
    world
        .run("update acs.file set device_id = (select device_id from acs.device)")
        .await;
    let answer = api
        .ask("PATCH", &path, Some(json!({ "version": "3" })))
        .await;
    assert_eq!(answer.0, 422, "a device sent it: {}", answer.1);
}

#[tokio::test]
async fn an_operator_gets_what_was_sent_and_that_is_on_record() {
    let world = World::new().await;
    let api = Api::new(&world);
    let content: String = ('a'..='z').cycle().take(700_000).collect();
    let name = "caff%C3%A8%20%22x%22.bin?type=2%20Web%20Content";
    let (_, file) = api.put_file(name, Body::from(content.clone())).await;
    let (headers, body) = api
        .download(&format!("/files/{}/content", file["id"]))
        .await;
    assert!(body == content);
    for (name, value) in [
        ("content-type", "application/octet-stream"),
        ("content-length", "700000"),
        (
            "content-disposition",
            "attachment; filename=\"caff_ _x_.bin\"; filename*=UTF-8''caff%C3%A8%20%22x%22.bin",
        ),
        ("etag", &format!("\"{}\"", file["sha256"].as_str().unwrap())),
    ] {
        assert_eq!(headers[name], value);
    }
    assert_eq!(api.get("/files/99/content").await.0, 404);
    let audited = "select jsonb_agg(jsonb_build_array(object, after ->> 'name')) from access.audit
        where action = 'acs.file.read'";
    let object = format!("file:{}", file["id"]);
    assert_eq!(world.value(audited).await, json!([[object, file["name"]]]));
}
