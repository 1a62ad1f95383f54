//! The API: what scripts ask, and what they are refused.

use std::collections::BTreeSet;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request};
use axum::{Extension, Router};
use regia_access::Principal;
use regia_cwmp::{AcsMessage, CpeMessage};
use regia_web::Caller;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::cpe::{Cpe, parameter};
use crate::world::World;

pub struct Api(Router);

impl Api {
    pub fn new(world: &World) -> Self {
        Self::of(world, Principal::System("test"))
    }

    /// As somebody asks it.
    pub fn of(world: &World, principal: Principal) -> Self {
        let (router, _) = world.acs.api().split_for_parts();
        Self(router.layer(Extension(Caller(principal))))
    }

    pub async fn ask(&self, method: &str, path: &str, body: Option<Json>) -> (u16, Json) {
        let mut request = Request::builder().method(method).uri(format!("/acs{path}"));
        if body.is_some() {
            request = request.header("content-type", "application/json");
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    /// Stores a file: name and query, and its content.
    pub async fn put_file(&self, name: &str, body: Body) -> (u16, Json) {
        let request = Request::put(format!("/acs/files/{name}"));
        self.send(request.body(body).unwrap()).await
    }

    async fn send(&self, request: Request<Body>) -> (u16, Json) {
        let answer = self.0.clone().oneshot(request).await.unwrap();
        let status = answer.status().as_u16();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// Sends text of a type.
    pub async fn send_text(&self, path: &str, kind: &str, text: &[u8]) -> (u16, Json) {
        let request = Request::post(format!("/acs{path}")).header("content-type", kind);
        self.send(request.body(Body::from(text.to_vec())).unwrap())
            .await
    }

    /// Asks until the answer is as wanted.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Json) -> bool) -> Json {
        let asked = async {
            loop {
                let (_, answer) = self.get(path).await;
                if wanted(&answer) {
                    return answer;
                }
            }
        };
        let answered = tokio::time::timeout(std::time::Duration::from_secs(30), asked).await;
        answered.unwrap_or_else(|_| panic!("{path} never was as wanted"))
    }

    /// The headers and the body of an answer that is no JSON.
    pub async fn download(&self, path: &str) -> (HeaderMap, String) {
        let request = Request::get(format!("/acs{path}"));
        let request = request.body(Body::empty()).unwrap();
        let answer = self.0.clone().oneshot(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        let headers = answer.headers().clone();
        let bytes = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    pub async fn get(&self, path: &str) -> (u16, Json) {
        self.ask("GET", path, None).await
    }
}

#[tokio::test]
async fn devices_are_listed_filtered_counted_and_paged() {
    let world = World::new().await;
    for serial in ["A1", "A2", "A3", "B1"] {
        let mut cpe = Cpe::new(world.acs.cwmp(), serial);
        if serial == "B1" {
            cpe.id.product_class = "Other".to_owned();
        }
        cpe.call(&[("1 BOOT", "")]).await;
    }
    let api = Api::new(&world);
    let serials = |page: &Json| -> Vec<String> {
        page["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|d| d["serial_number"].as_str().unwrap().into())
            .collect()
    };
    for (query, expected) in [
        ("", vec!["B1", "A3", "A2", "A1"]),
        ("?sort=serial", vec!["A1", "A2", "A3", "B1"]),
        ("?serial=A2", vec!["A2"]),
        ("?serial=A", vec![]),
        ("?serial_prefix=A&sort=serial", vec!["A1", "A2", "A3"]),
        ("?product_class=Other", vec!["B1"]),
        ("?online=true&sort=serial", vec!["A1", "A2", "A3", "B1"]),
        ("?online=false", vec![]),
        ("?standing=quarantined", vec![]),
        ("?tag=x", vec![]),
    ] {
        let (status, page) = api.get(&format!("/devices{query}")).await;
        assert_eq!(
            (status, serials(&page)),
            (200, expected.into_iter().map(str::to_owned).collect()),
            "{query}"
        );
    }
    let (_, page) = api
        .get("/devices?serial_prefix=A&count=exact&limit=1")
        .await;
    assert_eq!(page["total"], 3);
    let mut seen = Vec::new();
    let mut query = "/devices?sort=serial&limit=3".to_owned();
    loop {
        let (_, page) = api.get(&query).await;
        seen.extend(serials(&page));
        let Some(next) = page["next"].as_str() else {
            break;
        };
        query = format!("/devices?sort=serial&limit=3&cursor={next}");
    }
    assert_eq!(seen, ["A1", "A2", "A3", "B1"]);
}

#[tokio::test]
async fn bad_input_is_refused_with_the_field_it_is_in() {
    let world = World::new().await;
    Cpe::new(world.acs.cwmp(), "S1")
        .call(&[("1 BOOT", "")])
        .await;
    let device = world
        .value("select to_jsonb(device_id) from acs.device")
        .await;
    let tasks = format!("/devices/{device}/tasks");
    let api = Api::new(&world);
    for (path, status) in [
        ("/devices?limit=0", 422),
        ("/devices?limit=201", 422),
        ("/devices?limit=x", 422),
        ("/devices?cursor=forged", 422),
        ("/devices?cursor=WzFd", 422),
        ("/devices?colour=red", 422),
        ("/devices?standing=odd", 422),
        ("/devices/0", 404),
        ("/devices/99999999", 404),
        ("/devices/99999999/parameters", 404),
        ("/devices/99999999/timeline", 404),
        ("/tasks/99999999", 404),
        ("/tasks?state=odd", 422),
    ] {
        assert_eq!(api.get(path).await.0, status, "{path}");
    }
    let command = |command: Json| json!({ "command": command });
    for (body, status) in [
        (json!({}), 422),
        (command(json!({ "kind": "dance" })), 422),
        (command(json!({ "kind": "reboot", "now": true })), 422),
        (command(json!({ "kind": "get", "paths": [] })), 422),
        (command(json!({ "kind": "get", "paths": ["a b"] })), 422),
        (
            command(json!({ "kind": "set", "values": [{ "path": "Device.X", "value": "\u{1}" }] })),
            422,
        ),
        (
            command(json!({ "kind": "set", "values": [{ "path": "Device.X", "value": 1 }] })),
            422,
        ),
        (command(json!({ "kind": "onboard" })), 422),
        (
            json!({ "command": { "kind": "reboot" }, "lifetime_seconds": 0 }),
            422,
        ),
        (
            json!({ "command": { "kind": "reboot" }, "lifetime_seconds": 7_776_001 }),
            422,
        ),
        (command(json!({ "kind": "reboot" })), 201),
    ] {
        let (got, problem) = api.ask("POST", &tasks, Some(body.clone())).await;
        assert_eq!(got, status, "{body} {problem}");
    }
    let (status, _) = api
        .ask(
            "POST",
            "/devices/99999999/tasks",
            Some(command(json!({ "kind": "reboot" }))),
        )
        .await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn a_secret_is_sealed_at_rest_masked_everywhere_and_revealed_with_an_audit_line() {
    let world = World::new().await;
    let path = "Device.WiFi.AccessPoint.1.Security.KeyPassphrase";
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.parameters.push(parameter(path, "correct horse"));
    cpe.call(&[("1 BOOT", "")]).await;
    world.run("update acs.device set discovery = 'done'").await;
    let device = world
        .value("select to_jsonb(device_id) from acs.device")
        .await;
    let api = Api::new(&world);
    let (_, page) = api
        .get(&format!("/devices/{device}/parameters?search=passphrase"))
        .await;
    assert_eq!(
        (&page["items"][0]["secret"], &page["items"][0]["value"]),
        (&json!(true), &json!("••••••••"))
    );
    let (_, page) = api
        .get(&format!("/devices/{device}/parameters?search=horse"))
        .await;
    assert_eq!(
        page["items"],
        json!([]),
        "a secret is not found by its value"
    );
    let reveal = format!("/devices/{device}/parameters/reveal");
    let (status, revealed) = api
        .ask("POST", &reveal, Some(json!({ "path": path })))
        .await;
    assert_eq!((status, &revealed["value"]), (200, &json!("correct horse")));
    let (status, _) = api
        .ask(
            "POST",
            &reveal,
            Some(json!({ "path": "Device.DeviceInfo.SoftwareVersion" })),
        )
        .await;
    assert_eq!(status, 404);
    let body = json!({ "command": { "kind": "set", "values": [{ "path": path, "value": "battery staple" }] } });
    let (status, task) = api
        .ask("POST", &format!("/devices/{device}/tasks"), Some(body))
        .await;
    assert_eq!(
        (status, &task["command"]["values"][0]["value"]),
        (201, &json!("••••••••"))
    );
    let leaks = world
        .value(
            "select to_jsonb((select count(*) from acs.task where arguments::text like '%staple%')
                + (select count(*) from access.audit where after::text like '%staple%' or after::text like '%horse%'))",
        )
        .await;
    assert_eq!(leaks, 0);
    let actions = world
        .value("select jsonb_agg(action order by action) from access.audit")
        .await;
    assert_eq!(
        actions,
        json!([
            "acs.credential.add",
            "acs.parameter.reveal",
            "acs.task.create"
        ])
    );
    let question = cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    assert!(
        matches!(&question.message, AcsMessage::SetParameterValues { values, .. }
        if values[0].value == "battery staple"),
        "the device gets it in plain"
    );
    let status = CpeMessage::SetParameterValuesResponse { status: 0 };
    let question = cpe.answer(&question, status).await.unwrap();
    let read = CpeMessage::GetParameterValuesResponse(vec![parameter(path, "")]);
    assert!(cpe.answer(&question, read).await.is_none());
}

#[tokio::test]
async fn tasks_are_cancelled_retried_and_settled_only_where_that_makes_sense() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.call(&[("1 BOOT", "")]).await;
    world.run("update acs.device set discovery = 'done'").await;
    let device = world
        .value("select to_jsonb(device_id) from acs.device")
        .await
        .as_i64()
        .unwrap();
    let api = Api::new(&world);
    let task = world.queue(device, "reboot", json!({})).await;
    let act = async |verb: &str| {
        api.ask("POST", &format!("/tasks/{task}/{verb}"), None)
            .await
    };
    assert_eq!(act("settle").await.0, 409);
    assert_eq!(act("retry").await.0, 409);
    assert_eq!(act("cancel").await.1["state"], "cancelled");
    assert_eq!(act("cancel").await.0, 409);
    assert_eq!(act("retry").await.1["state"], "queued");
    cpe.call(&[("2 PERIODIC", "")]).await.unwrap();
    assert_eq!(act("cancel").await.0, 409, "it is on its way");
    assert!(cpe.call(&[("2 PERIODIC", "")]).await.is_none());
    let (_, shown) = api.get(&format!("/tasks/{task}")).await;
    assert_eq!(shown["state"], "uncertain");
    assert_eq!(act("settle").await.1["state"], "done");
    assert_eq!(act("retry").await.0, 409);
    let (_, page) = api.get("/tasks?state=done&kind=reboot").await;
    assert_eq!(page["items"][0]["id"], task);
}

#[tokio::test]
async fn a_retired_device_is_refused_and_a_deleted_one_registers_anew() {
    let world = World::new().await;
    let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
    cpe.call(&[("1 BOOT", "")]).await;
    let device = world
        .value("select to_jsonb(device_id) from acs.device")
        .await;
    let api = Api::new(&world);
    let path = format!("/devices/{device}");
    let (_, changed) = api
        .ask(
            "PATCH",
            &path,
            Some(json!({ "tags": ["lab"], "notes": "roof" })),
        )
        .await;
    assert_eq!(
        (&changed["tags"], &changed["notes"]),
        (&json!(["lab"]), &json!("roof"))
    );
    let (status, _) = api.ask("PATCH", &path, Some(json!({ "tags": [""] }))).await;
    assert_eq!(status, 422);
    let retired = format!("{path}/retired");
    assert_eq!(
        api.ask("PUT", &retired, Some(json!({ "retired": true })))
            .await
            .0,
        204
    );
    assert_eq!(cpe.inform(&[("1 BOOT", "")]).await.status, 401);
    assert_eq!(
        api.ask("PUT", &retired, Some(json!({ "retired": false })))
            .await
            .0,
        204
    );
    assert_eq!(cpe.inform(&[("1 BOOT", "")]).await.status, 200);
    assert_eq!(
        api.ask("POST", &format!("{path}/readmit"), None).await.0,
        409
    );
    assert_eq!(api.ask("DELETE", &path, None).await.0, 204);
    assert_eq!(api.get(&path).await.0, 404);
    let told = "select to_jsonb(count(*)) from acs.timeline";
    assert_eq!(world.value(told).await, 0, "its timeline goes with it");
    assert_eq!(cpe.nothing().await.status, 400, "its session is over");
    assert_eq!(cpe.inform(&[("1 BOOT", "")]).await.status, 200);
}

#[tokio::test]
async fn doubled_devices_are_listed_told_apart_and_merged() {
    let world = World::new().await;
    for class in ["HG0", "HG1"] {
        let mut cpe = Cpe::new(world.acs.cwmp(), "S1");
        cpe.id.product_class = class.to_owned();
        cpe.call(&[("1 BOOT", "")]).await;
    }
    world
        .run("update acs.device set registered_at = now() - interval '1 minute'")
        .await;
    let api = Api::new(&world);
    let listed = api
        .until("/devices?doubled=true", |page| {
            page["items"]
                .as_array()
                .is_some_and(|items| items.len() == 2)
        })
        .await;
    let [into, from] = [0, 1].map(|at| listed["items"][at]["id"].clone());
    let (_, others) = api.get(&format!("/devices/{into}/twins")).await;
    assert_eq!(others["items"][0]["id"], from);
    let path = format!("/devices/{into}/merge");
    for (body, status) in [
        (json!({}), 422),
        (json!({ "other": from, "confirmation": "S1" }), 422),
        (json!({ "other": 99_999, "confirmation": "S1" }), 404),
        (
            json!({ "other": from, "confirmation": "00D09E-HG0-S1", "now": true }),
            422,
        ),
        (
            json!({ "other": from, "confirmation": "00D09E-HG0-S1" }),
            200,
        ),
        (
            json!({ "other": from, "confirmation": "00D09E-HG0-S1" }),
            404,
        ),
    ] {
        let (got, answer) = api.ask("POST", &path, Some(body.clone())).await;
        assert_eq!(got, status, "{body} {answer}");
    }
    let (_, page) = api.get("/devices?doubled=true&count=exact").await;
    assert_eq!(page["total"], 0);
    for (method, path, status) in [
        ("GET", "/devices/99999/twins".to_owned(), 404),
        ("POST", "/devices/99999/distinct".to_owned(), 404),
        ("POST", format!("/devices/{into}/distinct"), 204),
        ("GET", "/devices?doubled=perhaps".to_owned(), 422),
    ] {
        assert_eq!(
            api.ask(method, &path, None).await.0,
            status,
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn each_list_is_described_with_items_of_its_own() {
    let world = World::new().await;
    let document = serde_json::to_value(world.acs.api().into_openapi()).unwrap();
    let resolve = |schema: &Json| match schema["$ref"].as_str().map(|name| name.rsplit('/').next())
    {
        Some(name) => document["components"]["schemas"][name.unwrap_or_default()].clone(),
        None => schema.clone(),
    };
    for (path, field) in [
        ("bulks", "stopped_by"),
        ("devices", "serial_number"),
        ("devices/{id}/parameters", "writable"),
        ("devices/{id}/timeline", "kind"),
        ("files", "sha256"),
        ("files/{file}/transfers", "task"),
        ("imports", "refused"),
        ("imports/{id}/rows", "verdict"),
        ("searches", "matching"),
        ("searches/{id}/hits", "value"),
        ("tasks", "command"),
    ] {
        let answer = &document["paths"][format!("/acs/{path}")]["get"]["responses"]["200"];
        let page = resolve(&answer["content"]["application/json"]["schema"]);
        let item = resolve(&page["properties"]["items"]["items"]);
        assert!(
            item["properties"].get(field).is_some(),
            "{path}: {field} in {item}"
        );
    }
}

#[tokio::test]
async fn what_the_description_points_at_is_there() {
    let world = World::new().await;
    let document = serde_json::to_value(world.acs.api().into_openapi()).unwrap();
    let mut unread = vec![&document];
    let mut pointers = BTreeSet::new();
    while let Some(part) = unread.pop() {
        match part {
            Json::Object(fields) => {
                let pointer = fields.get("$ref").and_then(Json::as_str);
                pointers.extend(pointer);
                unread.extend(fields.values());
            }
            Json::Array(items) => unread.extend(items),
            _ => {}
        }
    }
    assert!(pointers.len() > 50);
    for pointer in pointers {
        let at = pointer.trim_start_matches('#');
        assert!(document.pointer(at).is_some(), "{pointer}");
    }
}
