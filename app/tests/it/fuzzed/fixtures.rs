//! What the fuzzer works on: things of every kind, some of them to be ended, and a right call for
//! every operation whose input is not right by chance.

use regia_testkit::TestDb;
use serde_json::{Map, Value as Json, json};

use super::people::{Somebody, begins_second_factor, has_second_factor};
use super::site::{API, Site};
use super::told::{Told, with_api};
use crate::server::{API_KEY, Server, eventually};
use crate::visit::PASSWORD;

/// How many of a kind the operation that ends them may end.
const SPARE: usize = 12;

/// Everything that the fuzzer is told, as its hooks read it.
pub(super) async fn made(server: &Server, database: &TestDb) -> Json {
    let site = Site::new(server, API_KEY);
    let mut told = Told::default();
    told.credentials.insert(API.to_owned(), headers(&site));
    told.territories_and_roles(&site);
    told.keys(&site);
    told.people(&site);
    told.account(&site);
    told.devices(&site, database).await;
    told.tasks(&site, database).await;
    told.files(&site);
    told.many_devices(&site);
    told.security(&site);
    // Last: a code is good for a minute.
    told.passwords_and_codes(&site);
    told.into_json()
}

impl Told {
    fn territories_and_roles(&mut self, site: &Site<'_>) {
        let territory = |name: &str| {
            let body = json!({ "parent": 1, "name": name });
            site.make("/access/territories", &body)
        };
        let (north, south) = (territory("North"), territory("South"));
        let spare = several("Spare", territory);
        self.numbers("/access/territories/{id}", &[north, south], &spare, &[1]);
        self.fields.insert("territory".into(), json!([1, north]));
        self.fields.insert("parent".into(), json!([1, south]));
        let new = json!({ "parent": north, "name": "Torino" });
        self.send("POST /access/territories", new);
        let renamed = json!({ "name": "Deep south" });
        self.write("PATCH /access/territories/{id}", south, renamed);
        let moved = json!({ "parent": south });
        let moving = territory("Moving");
        self.write("PUT /access/territories/{id}/parent", moving, moved);

        let role = |name: &str| {
            let body = json!({ "name": name, "permissions": ["acs.device.read"] });
            let made = site.ask("POST", &format!("{API}/access/roles"), &body);
            made["role"].clone()
        };
        let named = |role: Json| json!({ "role": role });
        let (reader, changing) = (role("Reader"), role("Changing"));
        let spare = several("Spare", role).into_iter().map(named).collect();
        let kept = vec![named(reader.clone()), named("operator".into())];
        self.pool("/access/roles/{role}", kept, spare, vec![]);
        let of_system = named("operator".into());
        let path = "/access/roles/{role}/second-factor";
        self.pool(path, vec![of_system.clone()], vec![], vec![]);
        self.fields.insert("role".into(), json!([reader, "viewer"]));
        let rights = ["acs.device.read", "acs.task.read"];
        let body = json!({ "name": "Looker", "permissions": rights });
        self.send("POST /access/roles", body);
        let body = json!({ "name": "Changed", "permissions": rights });
        let call = json!({ "path": named(changing), "body": body });
        self.call("PUT /access/roles/{role}", call);
        let call = json!({ "path": of_system, "body": { "required": false } });
        self.call("PUT /access/roles/{role}/second-factor", call);
    }

    fn keys(&mut self, site: &Site<'_>) {
        // That of the fuzzer is the first.
        let own = site.ids("/access/keys");
        let key = |name: &str| {
            let body = json!({
                "name": name, "permissions": ["acs.device.read"], "installation": true,
            });
            site.make("/access/keys", &body)
        };
        let (kept, rotating) = (key("kept"), key("rotating"));
        let spare = several("spare", key);
        self.numbers("/access/keys/{id}", &[kept], &spare, &own);
        let rights = json!(["acs.device.read"]);
        let body = json!({ "name": "more", "permissions": rights, "installation": true });
        self.send("POST /access/keys", body);
        self.write("PUT /access/keys/{id}", kept, json!({ "name": "kept on" }));
        let body = json!({ "overlap_hours": 1 });
        self.write("POST /access/keys/{id}/rotate", rotating, body);
    }

    fn people(&mut self, site: &Site<'_>) {
        let invited = |name: &str| site.make("/access/users", &json!({ "name": name }));
        let kept = Somebody::new(site, "kept");
        let spare = several("leaving", invited);
        let (guest, suspended) = (invited("guest"), invited("suspended"));
        // Whoever was there before anybody was made, and the people of `account`, come first.
        let all = site.ids("/access/users");
        let mine = [kept.id, guest, suspended];
        let known = |id: &i64| mine.contains(id) || spare.contains(id);
        let guarded: Vec<_> = all.into_iter().filter(|id| !known(id)).collect();
        self.numbers("/access/users/{id}", &[kept.id, guest], &spare, &guarded);
        self.fields.insert("user".into(), json!([kept.id]));
        self.fields.insert("owner".into(), json!([kept.id, guest]));
        let mandates = json!([{ "role": "viewer", "territory": 1 }]);
        let body = json!({ "name": "new", "mandates": mandates });
        self.send("POST /access/users", body);
        self.act("POST /access/users/{id}/invite", guest);
        let body = json!({ "remove_second_factor": true });
        self.write("POST /access/users/{id}/reset", kept.id, body);
        self.act("POST /access/users/{id}/suspend", invited("suspending"));
        let path = format!("{API}/access/users/{suspended}/suspend");
        site.ask("POST", &path, &Json::Null);
        self.act("POST /access/users/{id}/resume", suspended);
        let careful = Somebody::new(site, "careful");
        has_second_factor(&careful.logs_in(site));
        self.act("DELETE /access/users/{id}/second-factor", careful.id);

        let path = format!("/access/users/{}/mandates", kept.id);
        let mandate = |_: &str| site.make(&path, &json!({ "role": "technician" }));
        let with = |name: &str, ids: Vec<i64>| -> Vec<Json> {
            let both = |id| json!({ "id": kept.id, name: id });
            ids.into_iter().map(both).collect()
        };
        let spare = with("mandate", several("", mandate));
        let path = "/access/users/{id}/mandates/{mandate}";
        self.pool(path, vec![], spare, vec![]);
        let body = json!({ "role": "operator" });
        self.write("POST /access/users/{id}/mandates", kept.id, body);
        let visitor = Somebody::new(site, "visitor");
        for _ in 0..SPARE {
            visitor.logs_in(site);
        }
        let ids = site.ids(&format!("/access/users/{}/logins", visitor.id));
        let both = |id| json!({ "id": visitor.id, "login": id });
        let spare = ids.into_iter().map(both).collect();
        let path = "/access/users/{id}/logins/{login}";
        self.pool(path, vec![], spare, vec![]);
    }

    /// What a person does with their own account needs a person, and what ends their login a login
    /// of its own.
    fn account(&mut self, site: &Site<'_>) {
        let owner = Somebody::new(site, "owner");
        let login = owner.logs_in(site);
        let own = login.ids("/access/account/logins");
        for _ in 0..SPARE {
            owner.logs_in(site);
        }
        let all = login.ids("/access/account/logins");
        let spare: Vec<_> = all.into_iter().filter(|id| !own.contains(id)).collect();
        self.numbers("/access/account/logins/{login}", &[], &spare, &own);
        self.credentials
            .insert(format!("{API}/access/account"), headers(&login));
        let operation = with_api("DELETE /access/account/logins");
        let leaving = Somebody::new(site, "hasty").logs_in(site);
        self.credentials.insert(operation, headers(&leaving));
        // Their numbers are guarded like that of whoever was there before.
        let guarded = &mut self.pools[&format!("{API}/access/users/{{id}}")]["guarded"];
        guarded
            .as_array_mut()
            .unwrap()
            .push(json!({ "id": owner.id }));

        let key = |name: &str| {
            let body = json!({ "name": name, "permissions": ["acs.device.read"] });
            login.make("/access/account/keys", &body)
        };
        let (kept, rotating) = (key("kept"), key("rotating"));
        let spare = several("spare", key);
        self.numbers("/access/account/keys/{id}", &[kept], &spare, &[]);
        let body = json!({ "name": "more", "permissions": ["acs.device.read"] });
        self.send("POST /access/account/keys", body);
        let path = "PUT /access/account/keys/{id}";
        self.write(path, kept, json!({ "name": "kept on" }));
        let body = json!({ "overlap_hours": 1 });
        self.write("POST /access/account/keys/{id}/rotate", rotating, body);
        let body = json!({ "language": "it" });
        self.send("PUT /access/account/language", body);
    }

    /// Each of these has somebody of its own, whose login it begins anew.
    fn passwords_and_codes(&mut self, site: &Site<'_>) {
        let somebody = |name: &str| Somebody::new(site, name).logs_in(site);
        let careful = |name: &str| has_second_factor(&somebody(name));
        let password = json!({ "password": PASSWORD });
        let change = json!({ "current": PASSWORD, "new": "stapler anchovy lantern" });
        let confirming = somebody("confirming");
        let code = json!({ "code": begins_second_factor(&confirming) });
        for (operation, login, body) in [
            ("password", somebody("changing"), &change),
            (
                "second-factor/recovery-codes",
                careful("renewing"),
                &password,
            ),
            ("second-factor/remove", careful("removing"), &password),
            ("second-factor/confirm", confirming, &code),
        ] {
            let call = json!({ "headers": headers(&login), "body": body });
            self.call(&format!("POST /access/account/{operation}"), call);
        }
    }

    async fn devices(&mut self, site: &Site<'_>, database: &TestDb) {
        let devices = simulated(site);
        let secret = secret_of(site, devices[0]);
        announce(site);
        let announced = |prefix: &str| {
            let path = format!("/acs/devices?limit=200&serial_prefix={prefix}");
            site.ids(&path)
        };
        let spare = announced("SPARE");
        self.numbers("/acs/devices/{id}", &devices[..2], &spare, &devices);
        self.fields.insert("device".into(), json!(devices));
        self.fields.insert("other".into(), json!(devices));
        self.fields.insert("devices".into(), json!([devices]));
        self.fields.insert("path".into(), json!([secret]));
        let device = devices[0];
        let call = json!({ "path": { "id": device }, "query": { "path": secret } });
        self.call("GET /acs/devices/{id}/parameters/history", call);
        let body = json!({ "path": secret });
        self.write("POST /acs/devices/{id}/parameters/reveal", device, body);
        let body = json!({ "minutes": 5 });
        self.write("POST /acs/devices/{id}/trace", device, body);
        let body = json!({ "tags": ["north"], "notes": "seen" });
        self.write("PATCH /acs/devices/{id}", device, body);
        let body = json!({ "territory": 1 });
        self.write("PUT /acs/devices/{id}/territory", device, body);

        let twins = announced("TWIN");
        self.act("POST /acs/devices/{id}/distinct", twins[0]);
        let path = format!("{API}/acs/devices/{}", twins[1]);
        let gone = site.ask("GET", &path, &Json::Null);
        let text = |name: &str| gone[name].as_str().unwrap().to_owned();
        let identity = ["oui", "product_class", "serial_number"]
            .map(text)
            .join("-");
        let body = json!({ "other": twins[1], "confirmation": identity });
        self.write("POST /acs/devices/{id}/merge", twins[0], body);
        let stranger = announced("STRANGE")[0];
        let quarantine =
            format!("update acs.device set standing = 'quarantined' where device_id = {stranger}");
        database.own(&quarantine).await;
        self.act("POST /acs/devices/{id}/readmit", stranger);

        let user = self.fields["user"][0].clone();
        let body = json!({ "user": user, "level": "viewer", "devices": devices });
        self.send("POST /acs/grants", body);
        let body = json!({ "user": user, "devices": devices });
        self.send("POST /acs/grants/remove", body);
        let body = json!({ "territory": 1, "devices": devices });
        self.send("POST /acs/devices/move", body);
    }

    async fn tasks(&mut self, site: &Site<'_>, database: &TestDb) {
        // Never calls, so that its tasks stay as they are.
        let silent = site.ids("/acs/devices?serial_prefix=SILENT")[0];
        let path = format!("/acs/devices/{silent}/tasks");
        let refresh = json!({ "command": { "kind": "refresh" } });
        let task = || site.make(&path, &refresh);
        let (kept, waiting, cancelled, uncertain) = (task(), task(), task(), task());
        let cancel = format!("{API}/acs/tasks/{cancelled}/cancel");
        site.ask("POST", &cancel, &Json::Null);
        let doubt = format!("update acs.task set state = 'uncertain' where task_id = {uncertain}");
        database.own(&doubt).await;
        self.numbers("/acs/tasks/{id}", &[kept, cancelled], &[], &[]);
        self.write("POST /acs/devices/{id}/tasks", silent, refresh);
        self.act("POST /acs/tasks/{id}/cancel", waiting);
        self.act("POST /acs/tasks/{id}/retry", cancelled);
        self.act("POST /acs/tasks/{id}/settle", uncertain);
    }

    fn files(&mut self, site: &Site<'_>) {
        let kind = "type=3%20Vendor%20Configuration%20File";
        let file = |name: &str| {
            let path = format!("{API}/acs/files/{name}.cfg?{kind}");
            let answer = site.send("PUT", &path, "application/octet-stream", name);
            let (_, body) = answer.split_once("\r\n\r\n").unwrap();
            let made: Json = serde_json::from_str(body).unwrap();
            made["id"].as_i64().unwrap()
        };
        let kept = file("kept");
        let spare = several("spare", file);
        self.numbers("/acs/files/{file}", &[kept], &spare, &[]);
        self.fields.insert("file".into(), json!([kept]));
        let call = json!({ "path": { "file": kept }, "body": { "version": "2" } });
        self.call("PATCH /acs/files/{file}", call);
        let put = json!({
            "path": { "file": "new.cfg" },
            "query": { "type": "3 Vendor Configuration File" },
            "type": "application/octet-stream",
            "body": "content",
        });
        self.call("PUT /acs/files/{file}", put);
        let silent = site.ids("/acs/devices?serial_prefix=SILENT")[0];
        let body = json!({ "command": { "kind": "download", "file": kept } });
        let task = site.make(&format!("/acs/devices/{silent}/tasks"), &body);
        self.numbers("/acs/tasks/{id}/transfer", &[task], &[], &[]);
    }

    fn many_devices(&mut self, site: &Site<'_>) {
        let silent = site.ids("/acs/devices?serial_prefix=SILENT")[0];
        let body = json!({ "command": { "kind": "refresh" }, "devices": [silent] });
        let bulk = || site.make("/acs/bulks", &body);
        let (kept, going, stopped) = (bulk(), bulk(), bulk());
        let path = format!("{API}/acs/bulks/{stopped}");
        let has = |state: &str| site.ask("GET", &path, &Json::Null)["tasks"][state] == 1;
        eventually("the task of a bulk", || has("queued"));
        site.ask("POST", &format!("{path}/stop"), &Json::Null);
        eventually("the end of the task of a bulk", || has("cancelled"));
        self.numbers("/acs/bulks/{id}", &[kept], &[], &[]);
        self.fields.insert("bulk".into(), json!([kept]));
        self.send("POST /acs/bulks", body);
        self.act("POST /acs/bulks/{id}/stop", going);
        self.act("POST /acs/bulks/{id}/retry", stopped);

        let body = json!({ "path": "Device.A", "matching": "equals", "value": "1" });
        let search = site.make("/acs/searches", &body);
        self.numbers("/acs/searches/{id}", &[search], &[], &[]);
        self.send("POST /acs/searches", body);
        let path = |path: &str| json!({ "path": path });
        site.ask("POST", &format!("{API}/acs/index"), &path("Device.Going"));
        self.send("POST /acs/index", path("Device.Coming"));
        self.send("POST /acs/index/remove", path("Device.Going"));

        let import = |name: &str| upload(site, "", &format!("00D09E,,{name}\n"));
        let (kept, applied) = (import("READ"), import("APPLIED"));
        let spare = several("NEVER", import);
        self.numbers("/acs/imports/{id}", &[kept], &spare, &[]);
        self.act("POST /acs/imports/{id}/apply", applied);
        let body = "oui,serial_number\n00D09E,UPLOADED\n";
        let call = json!({ "type": "text/csv", "body": body });
        self.call("POST /acs/devices/import", call);

        let credential = |name: &str| {
            let body = json!({ "username": name, "password": "long-enough-for-fleets" });
            site.make("/acs/credentials", &body)
        };
        let own = site.ids("/acs/credentials");
        let spare = several("fleet", credential);
        self.numbers("/acs/credentials/{id}", &own, &spare, &own);
        let body = json!({ "username": "more", "password": "long-enough-for-fleets" });
        self.send("POST /acs/credentials", body);
    }

    fn security(&mut self, site: &Site<'_>) {
        let ban = |address: &str| json!({ "address": address, "reason": "scanned", "minutes": 5 });
        let banned = site.make("/security/bans", &ban("192.0.2.8"));
        self.numbers("/security/bans/{id}", &[banned], &[], &[]);
        self.send("POST /security/bans", ban("192.0.2.7"));
        let lines = site.ids("/audit?limit=5");
        self.numbers("/audit/{id}", &lines, &[], &[]);
        let path = format!("{API}/audit/{}", lines[0]);
        let line = site.ask("GET", &path, &Json::Null);
        let today = line["recorded_at"].as_str().unwrap().get(..10);
        self.send("POST /audit/verify", json!({ "day": today }));
    }
}

fn several<T>(name: &str, mut make: impl FnMut(&str) -> T) -> Vec<T> {
    (0..SPARE)
        .map(|number| make(&format!("{name}{number}")))
        .collect()
}

fn headers(site: &Site<'_>) -> Json {
    let headers = site.headers.iter();
    headers
        .map(|(name, value)| (name.clone(), json!(value)))
        .collect::<Map<_, _>>()
        .into()
}

fn upload(site: &Site<'_>, query: &str, rows: &str) -> i64 {
    let path = format!("{API}/acs/devices/import{query}");
    let text = format!("oui,product_class,serial_number\n{rows}");
    let answer = site.send("POST", &path, "text/csv", &text);
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    let made: Json = serde_json::from_str(body).unwrap();
    made["id"].as_i64().unwrap()
}

/// Announces the devices that never call.
fn announce(site: &Site<'_>) {
    let spare = (0..3 * SPARE).map(|number| format!("00D09E,HG1,SPARE{number}\n"));
    let rows = spare.collect::<String>()
        + "00D09E,HG1,TWIN\n00D09E,HG2,TWIN\n00D09E,HG1,STRANGE\n00D09E,HG1,SILENT\n";
    let import = upload(site, "?apply=true", &rows);
    let path = format!("{API}/acs/imports/{import}");
    eventually("announced devices", || {
        site.ask("GET", &path, &Json::Null)["state"] == "done"
    });
}

/// Those that call.
fn simulated(site: &Site<'_>) -> Vec<i64> {
    site.ids("/acs/devices?serial_prefix=SIM")
}

/// A secret parameter of a device, as soon as it was read.
fn secret_of(site: &Site<'_>, device: i64) -> String {
    let path = format!("{API}/acs/devices/{device}/parameters?limit=200&search=pass");
    let mut found = None;
    eventually("a secret parameter", || {
        let page = site.ask("GET", &path, &Json::Null);
        let items = page["items"].as_array().unwrap();
        let secret = |item: &&Json| item["secret"] == true;
        let secret = items
            .iter()
            .find(secret)
            .and_then(|item| item["path"].as_str());
        found = secret.map(ToOwned::to_owned);
        found.is_some()
    });
    found.unwrap()
}
