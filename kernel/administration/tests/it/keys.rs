//! API keys through the API, and who may what.

use http::Method;
use serde_json::{Value, json};

use crate::site::{OTHER_PASSWORD, PASSWORD, Site};

/// A key that may look at users, made with the installation's.
async fn made(site: &Site) -> (i64, String) {
    let wish = json!({ "name": "reports", "permissions": ["access.user.read"] });
    let answer = site.api(Method::POST, "/keys", &wish.to_string()).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    read(&answer.json())
}

fn read(made: &Value) -> (i64, String) {
    let text = made["text"].as_str().unwrap().to_owned();
    (made["key"]["id"].as_i64().unwrap(), text)
}

#[tokio::test]
async fn a_key_is_made_used_changed_replaced_and_revoked() {
    let site = Site::new().await;
    let (id, text) = made(&site).await;
    let path = format!("/keys/{id}");
    let users = async |key: &str| site.with_key(key, Method::GET, "/users", "").await.status;
    assert_eq!(users(&text).await, 200);
    let denied = site
        .with_key(&text, Method::POST, "/users", "{\"name\":\"x\"}")
        .await;
    assert_eq!(denied.problem(), (403, "access.denied".into()));
    let shown = site.api(Method::GET, &path, "").await;
    assert!(!shown.body.contains(&text), "{}", shown.body);
    let shown = shown.json();
    assert_eq!(
        (
            &shown["name"],
            &shown["state"],
            &shown["permissions"],
            &shown["territory"]
        ),
        (
            &json!("reports"),
            &json!("active"),
            &json!(["access.user.read"]),
            &json!(1)
        )
    );
    assert!(shown.get("owner").is_none() && shown["last_used_at"].is_string());
    let change =
        "{\"name\":\"weekly\",\"requests_per_minute\":7,\"expires_at\":\"2099-01-01T00:00:00Z\"}";
    let changed = site.api(Method::PUT, &path, change).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let changed = changed.json();
    assert_eq!(changed["requests_per_minute"], 7);
    assert_eq!(changed["expires_at"], "2099-01-01T00:00:00Z");
    let rotated = site
        .api(Method::POST, &format!("{path}/rotate"), "{}")
        .await;
    assert_eq!(rotated.status, 200, "{}", rotated.body);
    assert_eq!(rotated.header("cache-control"), "no-store");
    let (_, second) = read(&rotated.json());
    assert!(rotated.json()["key"]["old_key_until"].is_string());
    assert_eq!((users(&text).await, users(&second).await), (200, 200));
    let at_once = site
        .api(
            Method::POST,
            &format!("{path}/rotate"),
            "{\"overlap_hours\":0}",
        )
        .await;
    let (_, third) = read(&at_once.json());
    let refused = site.with_key(&second, Method::GET, "/users", "").await;
    assert_eq!(refused.problem(), (401, "access.unknown_key".into()));
    assert!(refused.json()["hint"].as_str().unwrap().contains("revoked"));
    let gone = site.api(Method::DELETE, &path, "").await;
    assert_eq!(gone.status, 204);
    assert_eq!(users(&third).await, 401);
    let list = site
        .api(Method::GET, "/keys?state=revoked", "")
        .await
        .json();
    assert_eq!(list["items"][0]["name"], "weekly");
    let again = site.api(Method::DELETE, &path, "").await;
    assert_eq!(again.problem(), (404, "access.no_api_key".into()));
}

#[tokio::test]
async fn a_key_never_does_more_than_its_owner_may() {
    let site = Site::new().await;
    let browser = site.log_in("admin", PASSWORD).await;
    let wish = "{\"name\":\"mine\",\"permissions\":[\"access.user.read\"]}";
    let path = "/account/keys";
    let made = site.as_person(&browser, Method::POST, path, wish).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let (id, text) = read(&made.json());
    assert_eq!(made.json()["key"]["owner"]["name"], "admin");
    let users = async || {
        site.with_key(&text, Method::GET, "/users", "")
            .await
            .problem_or_ok()
    };
    assert_eq!(users().await, (200, String::new()));
    site.db
        .own("update access.mandate set system_role = 'technician'")
        .await;
    assert_eq!(users().await, (403, "access.denied".into()));
    // It can still be looked at, changed and ended by the owner, who may make no such key now.
    let own = format!("/account/keys/{id}");
    let shown = site.as_person(&browser, Method::GET, &own, "").await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    let refused = site.as_person(&browser, Method::POST, path, wish).await;
    assert_eq!(refused.problem(), (403, "access.key_beyond".into()));
    let refused = refused.json();
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("access.user.read"),
        "{refused}"
    );
    let renamed = site
        .as_person(&browser, Method::PUT, &own, "{\"name\":\"still mine\"}")
        .await;
    assert_eq!(renamed.status, 200, "{}", renamed.body);
    site.db
        .own("update access.mandate set system_role = 'super_administrator'")
        .await;
    assert_eq!(users().await.0, 200);
    site.db
        .own("update access.user_account set state = 'suspended' where name = 'admin'")
        .await;
    assert_eq!(users().await, (401, "access.unknown_key".into()));
}

#[expect(clippy::too_many_lines, reason = "a table: one line for each input")]
#[tokio::test]
async fn odd_wishes_are_problems_with_a_next_step() {
    let site = Site::new().await;
    let (id, _) = made(&site).await;
    let key = format!("/keys/{id}");
    let rotate = format!("/keys/{id}/rotate");
    let field = (422, "access.field_invalid");
    for (method, path, json, problem) in [
        (
            Method::POST,
            "/keys",
            "{\"name\":\"\",\"permissions\":[\"*\"]}",
            field,
        ),
        (
            Method::POST,
            "/keys",
            "{\"name\":\"x\",\"permissions\":[]}",
            field,
        ),
        (
            Method::POST,
            "/keys",
            "{\"name\":\"x\",\"permissions\":[\"no.such.thing\"]}",
            field,
        ),
        (
            Method::POST,
            "/keys",
            "{\"name\":\"x\",\"permissions\":[\"a\\u0000\"]}",
            field,
        ),
        (
            Method::POST,
            "/keys",
            "{\"name\":\"x\",\"permissions\":[\"*\"],\"territory\":4711}",
            field,
        ),
        (
            Method::POST,
            "/keys",
            "{\"name\":\"x\",\"permissions\":[\"*\"],\"territory\":-1}",
            field,
        ),
        (
            Method::POST,
            "/keys",
            "{\"name\":\"x\",\"permissions\":[\"*\"],\"expires_at\":\"2020-01-01T00:00:00Z\"}",
            field,
        ),
        (
            Method::POST,
            "/keys",
            "{\"name\":\"x\",\"permissions\":[\"*\"],\"expires_at\":\"soon\"}",
            (422, "web.json_invalid"),
        ),
        (
            Method::POST,
            "/keys",
            "{\"name\":\"x\",\"permissions\":[\"*\"],\"requests_per_minute\":0}",
            field,
        ),
        (
            Method::POST,
            "/keys",
            "{\"name\":\"x\",\"permissions\":[\"*\"],\"requests_per_minute\":-1}",
            (422, "web.json_invalid"),
        ),
        (
            Method::POST,
            "/keys",
            "{\"name\":\"x\",\"permissions\":[\"*\"],\"owner\":4711}",
            (404, "access.no_user"),
        ),
        (
            Method::POST,
            "/keys",
            "{\"name\":\"x\",\"permissions\":[\"*\"],\"owner\":1,\"installation\":true}",
            field,
        ),
        (
            Method::POST,
            "/keys",
            "{\"name\":\"x\",\"key_hash\":\"x\"}",
            (422, "web.json_invalid"),
        ),
        (Method::PUT, &*key, "{}", (422, "web.json_invalid")),
        (
            Method::PUT,
            &key,
            "{\"name\":\"x\",\"permissions\":[\"*\"]}",
            (422, "web.json_invalid"),
        ),
        (Method::POST, &*rotate, "{\"overlap_hours\":721}", field),
        (
            Method::POST,
            &rotate,
            "{\"overlap_hours\":-1}",
            (422, "web.json_invalid"),
        ),
        (Method::GET, "/keys/4711", "", (404, "access.no_api_key")),
        (Method::GET, "/keys/x", "", (422, "web.path_invalid")),
        (Method::DELETE, "/keys/-1", "", (404, "access.no_api_key")),
        (
            Method::GET,
            "/keys?state=odd",
            "",
            (422, "web.query_invalid"),
        ),
        (
            Method::GET,
            "/keys?cursor=x",
            "",
            (422, "access.cursor_invalid"),
        ),
        // A key has no account.
        (
            Method::GET,
            "/account/keys",
            "",
            (403, "access.not_a_person"),
        ),
        (
            Method::POST,
            "/account/keys",
            "{\"name\":\"x\",\"permissions\":[\"*\"]}",
            (403, "access.not_a_person"),
        ),
    ] {
        let answer = site.api(method, path, json).await;
        let (status, code) = answer.problem();
        assert_eq!((status, &*code), problem, "{path} {json}");
    }
    for path in [
        "/keys?text=%00",
        "/keys?text=%25",
        "/keys?owner=-9223372036854775808",
    ] {
        let answer = site.api(Method::GET, path, "").await;
        assert_eq!(answer.json()["items"], json!([]), "{path}");
    }
}

/// A user with a role in the whole tenant, which the test changes.
async fn join(site: &Site) {
    let mandates = json!([{ "role": "viewer", "territory": 1 }]);
    site.join_with("maria", &mandates).await;
}

/// Every operation on the tenant's keys, with its method.
const OPERATIONS: [(Method, &str); 6] = [
    (Method::GET, "/keys"),
    (Method::GET, "/keys/{id}"),
    (Method::POST, "/keys"),
    (Method::PUT, "/keys/{id}"),
    (Method::POST, "/keys/{id}/rotate"),
    (Method::DELETE, "/keys/{id}"),
];

#[expect(
    clippy::too_many_lines,
    reason = "every role at every operation and page"
)]
#[tokio::test]
async fn who_may_do_what_with_the_keys_of_the_tenant() {
    let site = Site::new().await;
    join(&site).await;
    let browser = site.log_in("maria", OTHER_PASSWORD).await;
    let document = site.page(&browser, "/api/openapi.json").await;
    let document: Value = serde_json::from_str(&document.body).unwrap();
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some((_, path)) = path.split_once("/access/keys") else {
            continue;
        };
        let path = format!("/keys{path}");
        for method in item.as_object().unwrap().keys() {
            let listed = OPERATIONS
                .iter()
                .any(|(known, at)| known.as_str().eq_ignore_ascii_case(method) && *at == path);
            assert!(listed, "{method} {path} is not tried below");
        }
    }
    for (role, reads, writes) in [
        ("viewer", false, false),
        ("technician", false, false),
        ("operator", false, false),
        ("administrator", true, true),
        ("super_administrator", true, true),
    ] {
        let statement =
            format!("update access.mandate set system_role = '{role}' where user_id = 2");
        site.db.own(&statement).await;
        let wish = json!({ "name": "x", "permissions": ["test.thing.read"] }).to_string();
        let made = site.api(Method::POST, "/keys", &wish).await;
        let (id, _) = read(&made.json());
        for (method, path) in OPERATIONS {
            let json = match method {
                Method::PUT => "{\"name\":\"y\"}",
                _ if path.ends_with("rotate") => "{}",
                _ => &wish,
            };
            let may = if method == Method::GET { reads } else { writes };
            let path = path.replace("{id}", &id.to_string());
            let answer = site.as_person(&browser, method.clone(), &path, json).await;
            let denied = answer.status == 403 && answer.body.contains("access.denied");
            assert_eq!(denied, !may, "{role} {method} {path}: {}", answer.body);
            assert!(
                denied || answer.status < 300,
                "{role} {method} {path}: {}",
                answer.body
            );
        }
        let pages = [
            "/administration/keys",
            "/administration/keys/new",
            "/administration/keys?format=csv",
        ];
        for page in pages {
            let status = site.page(&browser, page).await.status;
            assert_eq!(status, if reads { 200 } else { 403 }, "{role} {page}");
        }
        // One's own are everybody's.
        for page in ["/account/keys", "/account/keys/new"] {
            assert_eq!(site.page(&browser, page).await.status, 200, "{role} {page}");
        }
        let own = site
            .as_person(&browser, Method::POST, "/account/keys", &wish)
            .await;
        assert_eq!(own.status, 201, "{role} {}", own.body);
        let (own, _) = read(&own.json());
        let path = format!("/account/keys/{own}");
        for (method, path, json) in [
            (Method::GET, path.clone(), ""),
            (Method::PUT, path.clone(), "{\"name\":\"y\"}"),
            (Method::POST, format!("{path}/rotate"), "{}"),
            (Method::DELETE, path, ""),
        ] {
            let answer = site.as_person(&browser, method.clone(), &path, json).await;
            assert!(
                answer.status < 300,
                "{role} {method} {path}: {}",
                answer.body
            );
            // Not those of others, whose numbers anybody can guess.
            let others = path.replace(&own.to_string(), &id.to_string());
            let answer = site.as_person(&browser, method, &others, json).await;
            assert_eq!(answer.problem(), (404, "access.no_api_key".into()));
        }
    }
}
