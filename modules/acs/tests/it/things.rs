//! Things to be asked for by who may and who may not. Every operation is asked by everybody in the
//! tests of the composed server.

use std::sync::Arc;

use axum::body::Body;
use regia_access::{Allowed, ApiKeyId, Authority, Grant, Origin, Principal, SystemRole};
use regia_cwmp::AcsMessage;
use regia_ident::TerritoryId;
use serde_json::{Value as Json, json};

use crate::api::Api;
use crate::cpe::{Cpe, parameter};
use crate::world::World;

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
        few: Some(vec![TerritoryId(area)]),
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
