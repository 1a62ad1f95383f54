//! Roles that a tenant makes, over API and pages, and the second factor that a role takes.

use http::Method;
use serde_json::{Value, json};

use crate::site::{OTHER_PASSWORD, PASSWORD, Site};

async fn site() -> Site {
    let site = Site::new().await;
    site.db
        .own(
            "insert into kernel.territory (territory_id, tenant_id, parent_id, name) values
                 (2, 2, null, 'other'), (11, 1, 1, 'north')",
        )
        .await;
    site.db
        .own(
            "insert into access.role (territory_id, role_id, name, permissions)
             overriding system value values (2, 500, 'foreign', '{}')",
        )
        .await;
    site
}

async fn make(site: &Site, role: &Value) -> Value {
    let made = site.api(Method::POST, "/roles", &role.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.json()
}

#[tokio::test]
async fn a_role_is_made_given_changed_and_deleted() {
    let site = site().await;
    let readers = json!({ "name": "Readers", "permissions": ["access.user.read"] });
    let made = make(&site, &readers).await;
    let role = made["role"].as_str().unwrap();
    let id = site.join_with("maria", &json!([{ "role": role }])).await;
    let maria = site.log_in("maria", OTHER_PASSWORD).await;
    let users = "/administration/users";
    assert_eq!(site.page(&maria, users).await.status, 200);
    let path = format!("/roles/{role}");
    let shown = site.api(Method::GET, &path, "").await.json();
    assert_eq!(
        (&shown["name"], &shown["users"]),
        (&json!("Readers"), &json!(1))
    );
    let in_use = site.api(Method::DELETE, &path, "").await;
    assert_eq!(in_use.problem(), (409, "access.role_in_use".into()));
    assert!(in_use.body.contains("1 users hold it"), "{}", in_use.body);
    // A change counts from the next request on.
    let other = json!({ "name": "Tree", "permissions": ["access.territory.read"] });
    let changed = site.api(Method::PUT, &path, &other.to_string()).await;
    assert_eq!(changed.status, 204, "{}", changed.body);
    assert_eq!(site.page(&maria, users).await.status, 403);
    let tree = site.page(&maria, "/administration/territories").await;
    assert_eq!(tree.status, 200);
    let listed = site.api(Method::GET, "/roles", "").await.json();
    assert_eq!(listed["system"].as_array().unwrap().len(), 5);
    assert_eq!(listed["items"][0]["name"], "Tree");
    let known = site.api(Method::GET, "/permissions", "").await.json();
    let tree = known["items"].as_array().unwrap().iter();
    let tree = tree.filter(|one| one["name"] == "access.territory.read");
    let means: Vec<_> = tree.map(|one| &one["means"]).collect();
    assert_eq!(means, ["See the tree of territories."]);
    let held = site
        .api(Method::GET, &format!("/users/{id}/mandates"), "")
        .await
        .json();
    let mandate = held["items"][0]["id"].as_i64().unwrap();
    assert_eq!(held["items"][0]["role_name"], "Tree");
    let end = format!("/users/{id}/mandates/{mandate}");
    assert_eq!(site.api(Method::DELETE, &end, "").await.status, 204);
    assert_eq!(site.api(Method::DELETE, &path, "").await.status, 204);
    assert_eq!(site.api(Method::GET, &path, "").await.status, 404);
    let lines =
        "select to_jsonb(array_agg(action order by recorded_at, entry_id)) from access.audit
        where action like 'access.role.%'";
    let mut tx = site
        .db
        .store()
        .upkeep(regia_ident::TerritoryId::ROOT)
        .await
        .unwrap();
    let lines: Value = sqlx::query_scalar(lines)
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert_eq!(
        lines,
        json!([
            "access.role.create",
            "access.role.change",
            "access.role.delete"
        ])
    );
}

#[tokio::test]
async fn odd_roles_are_problems_and_nobody_makes_more_than_they_hold() {
    let site = site().await;
    make(&site, &json!({ "name": "Readers", "permissions": [] })).await;
    for (role, problem, words) in [
        (
            json!({ "name": "readers", "permissions": [] }),
            (409, "access.role_name_taken"),
            "",
        ),
        (
            json!({ "name": " ", "permissions": [] }),
            (422, "access.field_invalid"),
            "",
        ),
        (
            json!({ "name": "x", "permissions": ["access.users.read"] }),
            (422, "access.permission_unknown"),
            "The nearest is access.user.read.",
        ),
        (json!({ "name": "x" }), (422, "web.json_invalid"), ""),
    ] {
        let answer = site.api(Method::POST, "/roles", &role.to_string()).await;
        let (status, code) = answer.problem();
        assert_eq!((status, &*code), problem, "{role}");
        assert!(answer.body.contains(words), "{}", answer.body);
    }
    for (method, path) in [
        (Method::GET, "/roles/500"),
        (Method::DELETE, "/roles/500"),
        (Method::GET, "/roles/nobody"),
        (Method::GET, "/roles/-1"),
    ] {
        let answer = site.api(method.clone(), path, "").await;
        assert_eq!(
            answer.problem(),
            (404, "access.no_role".into()),
            "{method} {path}"
        );
    }
    let system = site.api(Method::DELETE, "/roles/viewer", "").await;
    assert_eq!(system.status, 422);
    // Somebody who may write roles, and holds little else.
    let writer = ["access.role.read", "access.role.write", "access.user.read"];
    let all = json!({ "name": "All", "permissions": ["access.user.write"] });
    let all = make(&site, &all).await;
    let few = "update access.api_key set permissions =
        '{access.role.read,access.role.write,access.user.read}'";
    site.db.own(few).await;
    make(&site, &json!({ "name": "Mine", "permissions": writer })).await;
    let more = json!({ "name": "More", "permissions": ["access.user.write"] });
    let more = site.api(Method::POST, "/roles", &more.to_string()).await;
    assert_eq!(more.problem(), (403, "access.beyond".into()));
    // Neither put in nor taken out; what stays is not theirs to judge.
    let path = format!("/roles/{}", all["role"].as_str().unwrap());
    for (permissions, status) in [
        (json!([]), 403),
        (json!(["access.user.write", "access.territory.read"]), 403),
        (json!(["access.user.write", "access.user.read"]), 204),
    ] {
        let body = json!({ "name": "All", "permissions": permissions });
        let answer = site.api(Method::PUT, &path, &body.to_string()).await;
        assert_eq!(answer.status, status, "{permissions} {}", answer.body);
    }
}

#[tokio::test]
async fn the_pages_show_make_copy_and_delete() {
    let site = site().await;
    let browser = site.log_in("admin", PASSWORD).await;
    let roles = "/administration/roles";
    let list = site.page(&browser, roles).await;
    assert!(list.body.contains("Super administrator"), "{}", list.body);
    let operator = site.page(&browser, &format!("{roles}/operator")).await;
    assert!(operator.body.contains("It comes with the server"));
    assert!(operator.body.contains("disabled"));
    let copy = site
        .page(&browser, &format!("{roles}/new?copy=viewer"))
        .await;
    let checked = "value=\"access.territory.read\" checked";
    assert!(copy.body.contains(checked), "{}", copy.body);
    let form = "name=Field&permission=access.territory.read&permission=access.user.read";
    let made = site.post(&browser, roles, form).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let one = made.header("location").to_owned();
    let shown = site.page(&browser, &one).await;
    assert!(shown.body.contains("value=\"access.user.read\" checked"));
    for (path, form, status, words) in [
        (
            roles.to_owned(),
            "name=field",
            422,
            "There is a role of this name already.",
        ),
        (format!("{one}/change"), "name=", 422, "1 to 64 characters"),
        (
            format!("{one}/change"),
            "name=Field&permission=x",
            422,
            "There is no such permission.",
        ),
        (
            format!("{one}/change"),
            "name=Field+two&requires_second_factor=true",
            303,
            "",
        ),
        (format!("{one}/delete"), "", 303, ""),
        (format!("{one}/delete"), "", 404, ""),
    ] {
        let answer = site.post(&browser, &path, form).await;
        assert_eq!(answer.status, status, "{path} {form} {}", answer.body);
        assert!(answer.body.contains(words), "{path} {form} {}", answer.body);
    }
    for odd in ["500", "nobody", "new?copy=nobody"] {
        let path = format!("{roles}/{odd}");
        assert_eq!(site.page(&browser, &path).await.status, 404, "{odd}");
    }
}

#[tokio::test]
async fn forms_say_what_each_permission_lets_somebody_do() {
    let site = site().await;
    let browser = site.log_in("admin", PASSWORD).await;
    for (language, sentence) in [
        (
            "en",
            "See users, their roles, their state and their logins.",
        ),
        (
            "it",
            "Vedere gli utenti con i loro ruoli, il loro stato e i loro accessi.",
        ),
    ] {
        let chosen = site
            .post(
                &browser,
                "/account/language",
                &format!("language={language}"),
            )
            .await;
        assert_eq!(chosen.status, 303, "{}", chosen.body);
        for form in ["/administration/roles/new", "/administration/keys/new"] {
            let form = site.page(&browser, form).await;
            let (_, noun) = form.body.split_once("access.<wbr>user</legend>").unwrap();
            let (noun, _) = noun.split_once("</fieldset>").unwrap();
            assert!(noun.contains(sentence), "{noun}");
            assert_eq!(noun.matches("type=\"checkbox\"").count(), 2, "{noun}");
        }
    }
}

#[tokio::test]
async fn who_holds_a_role_that_takes_a_second_factor_sets_it_up_first() {
    let site = site().await;
    let strict = json!({ "name": "S", "permissions": [], "requires_second_factor": true });
    let strict = make(&site, &strict).await;
    let strict = strict["role"].as_str().unwrap();
    let own = json!([{ "role": strict, "territory": 11 }]);
    site.join_with("maria", &own).await;
    site.join_with("berta", &json!([{ "role": "viewer", "territory": 11 }]))
        .await;
    let maria = site.log_in("maria", OTHER_PASSWORD).await;
    let berta = site.log_in("berta", OTHER_PASSWORD).await;
    let led = site.page(&maria, "/account").await;
    assert_eq!(
        (led.status, led.header("location")),
        (303, "/account/second-factor")
    );
    assert_eq!(site.page(&berta, "/account").await.status, 200);
    let page = site.page(&maria, "/account/second-factor").await.body;
    assert!(
        page.contains("A role of yours takes a second factor"),
        "{page}"
    );
    // The roles of the server, as the tenant wishes: it counts from the next request on.
    let path = "/roles/viewer/second-factor";
    let required = "{\"required\":true}";
    assert_eq!(site.api(Method::PUT, path, required).await.status, 204);
    assert_eq!(site.page(&berta, "/account").await.status, 303);
    let refused = site.as_person(&berta, Method::GET, "/account", "").await;
    assert_eq!(
        refused.problem(),
        (403, "access.second_factor_required".into())
    );
    let optional = "{\"required\":false}";
    assert_eq!(site.api(Method::PUT, path, optional).await.status, 204);
    assert_eq!(site.page(&berta, "/account").await.status, 200);
    let own = format!("/roles/{strict}/second-factor");
    assert_eq!(site.api(Method::PUT, &own, required).await.status, 404);
    let again = "update access.mandate set valid_until = now() - interval '1 minute',
        valid_from = now() - interval '1 hour' where role_id is not null";
    site.db.own(again).await;
    // A role that is over takes nothing.
    assert_eq!(site.page(&maria, "/account").await.status, 200);
}
