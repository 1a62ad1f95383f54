//! Every operation of the API, asked by every role, by another tenant and by somebody who has only
//! another territory.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use regia_access::{Allowed, ApiKeyId, Authority, Grant, Origin, Principal, SystemRole};
use regia_cwmp::AcsMessage;
use regia_ident::TerritoryId;
use serde_json::{Value as Json, json};

use crate::api::Api;
use crate::cpe::{Cpe, parameter};
use crate::world::World;

use SystemRole::{Administrator, Operator, Technician, Viewer};

/// Method, path, the least role that may ask, and a body that is right. Reading comes first: what
/// deletes is asked last.
fn operations() -> Vec<(&'static str, &'static str, SystemRole, Option<Json>)> {
    let refresh = json!({ "command": { "kind": "refresh" } });
    let reset = json!({ "command": { "kind": "factory_reset" } });
    let path = json!({ "path": "Device.ManagementServer.PeriodicInformInterval" });
    vec![
        ("get", "/bulks", Viewer, None),
        ("get", "/bulks/{bulk}", Viewer, None),
        ("get", "/credentials", Administrator, None),
        ("get", "/devices", Viewer, None),
        ("get", "/devices/{device}", Viewer, None),
        ("get", "/devices/{device}/parameters", Viewer, None),
        (
            "get",
            "/devices/{device}/parameters/history?path=Device.A",
            Viewer,
            None,
        ),
        ("get", "/devices/{device}/timeline", Viewer, None),
        ("get", "/devices/{device}/trace", Technician, None),
        ("get", "/devices/{device}/trace/text", Technician, None),
        ("get", "/devices/{device}/twins", Viewer, None),
        ("get", "/files", Viewer, None),
        ("get", "/files/{file}", Viewer, None),
        ("get", "/files/{file}/content", Viewer, None),
        ("get", "/files/{file}/transfers", Viewer, None),
        ("get", "/imports", Operator, None),
        ("get", "/imports/{import}", Operator, None),
        ("get", "/imports/{import}/rows", Operator, None),
        ("get", "/index", Viewer, None),
        ("get", "/onboarding", Viewer, None),
        ("get", "/samples?span=hour", Viewer, None),
        ("get", "/searches", Viewer, None),
        ("get", "/searches/{search}", Viewer, None),
        ("get", "/searches/{search}/hits", Viewer, None),
        ("get", "/tasks", Viewer, None),
        ("get", "/tasks/{task}", Viewer, None),
        ("get", "/tasks/{task}/transfer", Viewer, None),
        ("post", "/devices/{device}/tasks", Technician, Some(refresh)),
        ("post", "/devices/{device}/tasks", Operator, Some(reset)),
        (
            "put",
            "/devices/{device}/territory",
            Operator,
            Some(json!({ "territory": 1 })),
        ),
        ("get", "/devices/{device}/grants", Administrator, None),
        (
            "post",
            "/grants",
            Administrator,
            Some(json!({ "user": 999, "level": "viewer", "devices": [999] })),
        ),
        (
            "post",
            "/grants/remove",
            Administrator,
            Some(json!({ "user": 999, "devices": [999] })),
        ),
        ("post", "/tasks/{task}/cancel", Technician, None),
        ("post", "/tasks/{task}/retry", Technician, None),
        ("post", "/tasks/{task}/settle", Technician, None),
        (
            "patch",
            "/devices/{device}",
            Technician,
            Some(json!({ "notes": "seen" })),
        ),
        (
            "post",
            "/devices/{device}/parameters/reveal",
            Operator,
            Some(path),
        ),
        (
            "post",
            "/devices/{device}/trace",
            Technician,
            Some(json!({ "minutes": 5 })),
        ),
        ("delete", "/devices/{device}/trace", Technician, None),
        ("post", "/devices/{device}/readmit", Operator, None),
        ("post", "/devices/{device}/distinct", Operator, None),
        (
            "post",
            "/devices/{device}/merge",
            Operator,
            Some(json!({ "other": 999, "confirmation": "?" })),
        ),
        (
            "put",
            "/devices/{device}/retired",
            Operator,
            Some(json!({ "retired": false })),
        ),
        (
            "post",
            "/bulks",
            Operator,
            Some(json!({ "command": { "kind": "refresh" }, "matching": {}, "expected": 7 })),
        ),
        ("post", "/bulks/{bulk}/stop", Operator, None),
        ("post", "/bulks/{bulk}/retry", Operator, None),
        (
            "post",
            "/searches",
            Technician,
            Some(json!({ "path": "Device.A", "matching": "equals", "value": "1" })),
        ),
        ("post", "/searches/{search}/cancel", Technician, None),
        (
            "patch",
            "/files/{file}",
            Operator,
            Some(json!({ "version": "2" })),
        ),
        (
            "put",
            "/files/new.bin?type=3%20Vendor%20Configuration%20File",
            Operator,
            None,
        ),
        ("post", "/devices/import", Operator, None),
        ("post", "/imports/{import}/apply", Operator, None),
        ("post", "/imports/{import}/stop", Operator, None),
        ("delete", "/imports/{import}", Operator, None),
        (
            "post",
            "/index",
            Administrator,
            Some(json!({ "path": "Device.B" })),
        ),
        (
            "post",
            "/index/remove",
            Administrator,
            Some(json!({ "path": "Device.B" })),
        ),
        (
            "put",
            "/onboarding",
            Administrator,
            Some(json!({ "mode": "observe" })),
        ),
        (
            "post",
            "/credentials",
            Administrator,
            Some(json!({ "username": "more", "password": "long-enough" })),
        ),
        ("delete", "/credentials/999", Administrator, None),
        ("delete", "/files/{file}", Administrator, None),
        ("delete", "/devices/{device}", Administrator, None),
    ]
}

/// What stands in for the names in the paths.
pub struct Things {
    pub names: Vec<(&'static str, i64)>,
}

impl Things {
    pub fn fill(&self, path: &str) -> String {
        let fill = |path: String, (name, number): &(&str, i64)| {
            path.replace(&format!("{{{name}}}"), &number.to_string())
        };
        self.names.iter().fold(path.to_owned(), fill)
    }
}

pub async fn things(world: &World) -> Things {
    let api = Api::new(world);
    let mut cpe = Cpe::new(world.acs.cwmp(), "A1");
    cpe.parameters = vec![parameter("Device.A", "1")];
    let answer = cpe.inform(&[("1 BOOT", "")]).await;
    assert!(matches!(
        answer.message().message,
        AcsMessage::InformResponse { .. }
    ));
    // Nothing is to be done: the session is over.
    assert_eq!(cpe.nothing().await.status, 204);
    let device = api.get("/devices").await.1["items"][0]["id"]
        .as_i64()
        .unwrap();
    let number = |answer: &(u16, Json), field: &str| {
        answer.1[field]
            .as_i64()
            .unwrap_or_else(|| panic!("{answer:?}"))
    };
    let file = api
        .put_file(
            "a.cfg?type=3%20Vendor%20Configuration%20File",
            Body::from("content"),
        )
        .await;
    let refresh = json!({ "kind": "refresh" });
    let bulk = json!({ "command": refresh, "devices": [device] });
    let bulk = api.ask("POST", "/bulks", Some(bulk)).await;
    let search = json!({ "path": "Device.A", "matching": "equals", "value": "1" });
    let search = api.ask("POST", "/searches", Some(search)).await;
    let rows = b"oui,serial_number\n00D09E,NEW1\n";
    let import = api.send_text("/devices/import", "text/csv", rows).await;
    let file_id = number(&file, "id");
    let download = json!({ "command": { "kind": "download", "file": file_id } });
    let path = format!("/devices/{device}/tasks");
    let task = api.ask("POST", &path, Some(download)).await;
    Things {
        names: vec![
            ("device", device),
            ("file", file_id),
            ("bulk", number(&bulk, "id")),
            ("search", number(&search, "id")),
            ("import", number(&import, "id")),
            ("task", number(&task, "id")),
        ],
    }
}

pub fn key(tenant: i64, area: i64, role: Option<SystemRole>) -> Principal {
    let grant = |role| Grant {
        area: TerritoryId(area),
        is_leaf: true,
        allowed: Allowed::Role(role),
    };
    Principal::ApiKey {
        id: ApiKeyId(1),
        name: "matrix".into(),
        owner: None,
        requests_per_minute: None,
        authority: Arc::new(Authority {
            tenant: TerritoryId(tenant),
            user: None,
            grants: role.map(grant).into_iter().collect(),
            only: None,
        }),
        origin: Origin::default(),
    }
}

async fn ask(
    api: &Api,
    things: &Things,
    operation: &(&str, &str, SystemRole, Option<Json>),
) -> (u16, Json) {
    let (method, path, _, body) = operation;
    let path = things.fill(path);
    match (*method, path.as_str()) {
        ("put", file) if file.starts_with("/files/") => {
            let name = file.trim_start_matches("/files/");
            api.put_file(name, Body::from("more")).await
        }
        ("post", "/devices/import") => {
            let rows = b"oui,serial_number\n00D09E,NEW2\n";
            api.send_text("/devices/import", "text/csv", rows).await
        }
        _ => api.ask(&method.to_uppercase(), &path, body.clone()).await,
    }
}

#[tokio::test]
async fn every_operation_is_in_the_matrix() {
    let world = World::new().await;
    let document = serde_json::to_value(world.acs.api().into_openapi()).unwrap();
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            let path = path.trim_start_matches("/acs");
            if ["get", "put", "post", "delete", "patch"].contains(&method.as_str()) {
                described.insert(format!("{method} {}", shape(path)));
            }
        }
    }
    let tested: BTreeSet<String> = operations()
        .iter()
        .map(|(method, path, ..)| format!("{method} {}", shape(path)))
        .collect();
    assert_eq!(
        described.difference(&tested).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
    assert_eq!(
        tested.difference(&described).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}

/// A path without its query and with every changing part alike.
fn shape(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let alike = |part: &str| {
        let changes = part.starts_with('{') || part == "999" || part == "new.bin";
        if changes {
            "*".to_owned()
        } else {
            part.to_owned()
        }
    };
    path.split('/').map(alike).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn each_role_may_do_what_it_is_for_and_nothing_else() {
    let world = World::new().await;
    let things = things(&world).await;
    let nobody = Api::of(&world, key(1, 1, None));
    for operation in operations() {
        let (status, answer) = ask(&nobody, &things, &operation).await;
        let found = (status, answer["code"].as_str());
        assert_eq!(found, (403, Some("access.denied")), "{operation:?}");
    }
    for role in SystemRole::ALL {
        let api = Api::of(&world, key(1, 1, Some(role)));
        for operation in operations() {
            let (status, answer) = ask(&api, &things, &operation).await;
            let denied = (status, answer["code"].as_str()) == (403, Some("access.denied"));
            assert_eq!(
                denied,
                role < operation.2,
                "{role:?} {operation:?} {status} {answer}"
            );
            assert!(status < 500, "{role:?} {operation:?} {answer}");
            let (method, least) = (operation.0, operation.2);
            // Nothing is deleted before an administrator comes.
            if method == "get" && role >= least && role < Administrator {
                assert_eq!(status, 200, "{role:?} {operation:?} {answer}");
            }
        }
    }
}

const STATE: &str = "select to_jsonb(array[
    (select md5(string_agg(t::text, '|' order by device_id)) from acs.device t where territory_id = 1),
    (select md5(string_agg(t::text, '|' order by task_id)) from acs.task t where territory_id = 1),
    (select md5(string_agg(t::text, '|' order by file_id)) from acs.file t where territory_id = 1),
    (select md5(string_agg(t::text, '|' order by bulk_id)) from acs.bulk t where territory_id = 1),
    (select md5(string_agg(t::text, '|' order by import_id)) from acs.import t where territory_id = 1),
    (select md5(string_agg(t::text, '|' order by search_id)) from acs.search t where territory_id = 1),
    (select md5(string_agg(t::text, '|' order by path_id)) from acs.index_path t where territory_id = 1),
    (select md5(string_agg(t::text, '|' order by username)) from acs.fleet_credential t where territory_id = 1),
    (select md5(string_agg(t::text, '|' order by mode)) from acs.onboarding t where territory_id = 1)])";

#[tokio::test]
async fn another_tenant_and_another_territory_find_nothing_and_change_nothing() {
    let world = World::new().await;
    world
        .run(
            "insert into kernel.territory (territory_id, tenant_id, parent_id, name) values
                 (2, 2, null, 'other'), (11, 1, 1, 'empty')",
        )
        .await;
    let things = things(&world).await;
    world.stop().await;
    let before = world.value(STATE).await;
    let super_administrator = Some(SystemRole::SuperAdministrator);
    let foreign = Api::of(&world, key(2, 2, super_administrator));
    for operation in operations() {
        let (status, answer) = ask(&foreign, &things, &operation).await;
        assert!(status < 500, "{operation:?} {answer}");
        if operation.1.contains('{') {
            assert_eq!(status, 404, "{operation:?} {answer}");
        }
        if operation.0 == "get" && !operation.1.contains('{') && answer["items"].is_array() {
            let made = answer["items"].as_array().unwrap().iter();
            let foreign: Vec<_> = made
                .filter(|item| item["created_by"] == "system test")
                .collect();
            assert!(foreign.is_empty(), "{operation:?} {foreign:?}");
        }
    }
    assert_eq!(world.value(STATE).await, before);
    let elsewhere = Api::of(&world, key(1, 11, super_administrator));
    for operation in operations() {
        // What is the whole tenant's is not a device's.
        if operation.1.contains("{device}") || operation.1.contains("{task}") {
            let (status, answer) = ask(&elsewhere, &things, &operation).await;
            assert_eq!(status, 404, "{operation:?} {answer}");
        }
    }
    for list in ["/devices", "/tasks", "/bulks", "/searches", "/imports"] {
        let (status, answer) = elsewhere.get(list).await;
        assert_eq!((status, &answer["items"]), (200, &json!([])), "{list}");
    }
    assert_eq!(world.value(STATE).await, before);
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
