//! What the hooks of the fuzzer read: things by the address that names them, and right calls.

use serde_json::{Map, Value as Json, json};

use super::site::API;

/// Operations after which a thing is of no use to others.
const ENDS: [&str; 13] = [
    "DELETE /acs/credentials/{id}",
    "DELETE /acs/devices/{id}",
    "PUT /acs/devices/{id}/retired",
    "DELETE /acs/files/{file}",
    "DELETE /acs/imports/{id}",
    "DELETE /access/account/keys/{id}",
    "DELETE /access/account/logins/{login}",
    "DELETE /access/keys/{id}",
    "DELETE /access/roles/{role}",
    "DELETE /access/territories/{id}",
    "DELETE /access/users/{id}",
    "DELETE /access/users/{id}/logins/{login}",
    "DELETE /access/users/{id}/mandates/{mandate}",
];

/// Everything that they read.
#[derive(Default)]
pub(super) struct Told {
    /// By the address that names the thing.
    pub(super) pools: Map<String, Json>,
    /// By the member that names the thing.
    pub(super) fields: Map<String, Json>,
    /// By operation.
    pub(super) calls: Map<String, Json>,
    /// By operation, or by the address that operations stand below.
    pub(super) credentials: Map<String, Json>,
}

impl Told {
    /// Things that an address names: those that stay, those that may be ended, and those that no
    /// operation may change.
    pub(super) fn pool(
        &mut self,
        path: &str,
        kept: Vec<Json>,
        spare: Vec<Json>,
        guarded: Vec<Json>,
    ) {
        let names = path.split(['{', '}']).skip(1).step_by(2);
        let absent: Map<String, Json> = names
            .map(|name| (name.to_owned(), json!(987_654)))
            .collect();
        let pool = [("kept", kept), ("spare", spare), ("guarded", guarded)];
        let mut pool: Map<_, _> = pool
            .map(|(name, things)| (name.to_owned(), things.into()))
            .into_iter()
            .collect();
        pool.insert("absent".to_owned(), absent.into());
        self.pools.insert(format!("{API}{path}"), pool.into());
    }

    /// One kind of thing that its number names.
    pub(super) fn numbers(&mut self, path: &str, kept: &[i64], spare: &[i64], guarded: &[i64]) {
        let name = path.split(['{', '}']).nth(1).unwrap().to_owned();
        let named = |ids: &[i64]| ids.iter().map(|id| json!({ &name: id })).collect();
        self.pool(path, named(kept), named(spare), named(guarded));
    }

    pub(super) fn call(&mut self, operation: &str, call: Json) {
        self.calls
            .insert(with_api(operation), Json::Array(vec![call]));
    }

    /// A call with a body, of the thing of this number.
    pub(super) fn write(&mut self, operation: &str, id: i64, body: Json) {
        let mut call = json!({ "path": { "id": id } });
        call["body"] = body;
        self.call(operation, call);
    }

    /// A call of the thing of this number.
    pub(super) fn act(&mut self, operation: &str, id: i64) {
        self.call(operation, json!({ "path": { "id": id } }));
    }

    /// A call with a body only.
    pub(super) fn send(&mut self, operation: &str, body: Json) {
        let mut call = json!({});
        call["body"] = body;
        self.call(operation, call);
    }

    pub(super) fn into_json(self) -> Json {
        json!({
            "pools": self.pools,
            "fields": self.fields,
            "calls": self.calls,
            "credentials": self.credentials,
            "ends": ENDS.map(with_api),
        })
    }
}

/// An operation as the description names it.
pub(super) fn with_api(operation: &str) -> String {
    operation.replacen(' ', &format!(" {API}"), 1)
}
