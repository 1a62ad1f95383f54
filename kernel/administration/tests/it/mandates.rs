//! Roles of users, over API and pages.

use http::Method;
use serde_json::{Value, json};

use crate::site::{OTHER_PASSWORD, PASSWORD, Site};

/// A tenant with a north (11) and a south (12), and another tenant (2) with a user (90).
async fn site() -> Site {
    let site = Site::new().await;
    site.db
        .own(
            "insert into kernel.territory (territory_id, tenant_id, parent_id, name) values
                 (2, 2, null, 'other'), (11, 1, 1, 'north'), (12, 1, 1, 'south')",
        )
        .await;
    site.db
        .own(
            "insert into access.user_account (territory_id, user_id, name)
             overriding system value values (2, 90, 'foreign')",
        )
        .await;
    site
}

async fn give(site: &Site, user: i64, mandate: &Value) -> (u16, Value) {
    let path = format!("/users/{user}/mandates");
    let answer = site.api(Method::POST, &path, &mandate.to_string()).await;
    (answer.status, answer.json())
}

#[tokio::test]
async fn a_role_is_given_listed_and_ended() {
    let site = site().await;
    let id = site
        .join_with("maria", &json!([{ "role": "viewer", "territory": 11 }]))
        .await;
    let until = "2100-01-01T00:00:00Z";
    let (status, given) = give(
        &site,
        id,
        &json!({ "role": "operator", "territory": 12, "valid_until": until }),
    )
    .await;
    assert_eq!(status, 201, "{given}");
    assert_eq!(
        (&given["path"], &given["standing"], &given["valid_until"]),
        (&json!("root / south"), &json!("in_force"), &json!(until))
    );
    let path = format!("/users/{id}/mandates");
    let listed = site.api(Method::GET, &path, "").await.json();
    let roles: Vec<&str> = listed["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["role"].as_str().unwrap())
        .collect();
    assert_eq!(roles, ["operator", "viewer"]);
    let one = format!("{path}/{}", given["id"]);
    assert_eq!(site.api(Method::DELETE, &one, "").await.status, 204);
    let again = site.api(Method::DELETE, &one, "").await;
    assert_eq!(again.problem(), (404, "access.no_mandate".into()));
}

#[tokio::test]
async fn odd_roles_and_foreign_users_are_problems() {
    let site = site().await;
    let id = site.join("maria").await;
    for (user, mandate, problem) in [
        (id, json!({ "role": "root" }), (422, "access.field_invalid")),
        (id, json!({ "role": "99" }), (422, "access.field_invalid")),
        (
            id,
            json!({ "role": "viewer", "territory": 2 }),
            (422, "access.field_invalid"),
        ),
        (
            id,
            json!({ "role": "viewer", "valid_from": "x" }),
            (422, "web.json_invalid"),
        ),
        (
            id,
            json!({ "role": "viewer", "valid_until": "2001-01-01T00:00:00Z" }),
            (422, "access.field_invalid"),
        ),
        (id, json!({}), (422, "web.json_invalid")),
        (90, json!({ "role": "viewer" }), (404, "access.no_user")),
        (-1, json!({ "role": "viewer" }), (404, "access.no_user")),
    ] {
        let (status, answer) = give(&site, user, &mandate).await;
        let found = (status, answer["code"].as_str().unwrap_or_default());
        assert_eq!(found, problem, "{user} {mandate}");
    }
    for (method, path) in [
        (Method::GET, "/users/90"),
        (Method::PATCH, "/users/90"),
        (Method::DELETE, "/users/90"),
        (Method::POST, "/users/90/invite"),
        (Method::POST, "/users/90/reset"),
        (Method::POST, "/users/90/suspend"),
        (Method::POST, "/users/90/resume"),
        (Method::DELETE, "/users/90/second-factor"),
        (Method::GET, "/users/90/logins"),
        (Method::DELETE, "/users/90/logins"),
        (Method::DELETE, "/users/90/logins/1"),
        (Method::GET, "/users/90/mandates"),
        (Method::DELETE, "/users/90/mandates/1"),
    ] {
        let answer = site.api(method.clone(), path, "{}").await;
        assert_eq!(
            answer.problem(),
            (404, "access.no_user".into()),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn nobody_gives_more_than_they_hold() {
    let site = site().await;
    let id = site.join("maria").await;
    // Who may administer users and is no super administrator.
    site.db
        .own("update access.api_key set permissions = '{access.user.read,access.user.write}'")
        .await;
    let (status, refused) = give(&site, id, &json!({ "role": "viewer", "territory": 11 })).await;
    assert_eq!((status, &refused["code"]), (403, &json!("access.beyond")));
    let user = json!({ "name": "carla", "mandates": [{ "role": "super_administrator" }] });
    let made = site.api(Method::POST, "/users", &user.to_string()).await;
    assert_eq!(made.problem(), (403, "access.beyond".into()));
    let plain = json!({ "name": "carla" });
    let made = site.api(Method::POST, "/users", &plain.to_string()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    // Nor does anybody become somebody who holds more.
    for verb in ["reset", "suspend"] {
        let path = format!("/users/1/{verb}");
        let answer = site.api(Method::POST, &path, "{}").await;
        assert_eq!(answer.problem(), (403, "access.beyond".into()), "{verb}");
    }
}

#[tokio::test]
async fn the_page_gives_and_ends_roles_and_says_what_is_wrong() {
    let site = site().await;
    let id = site.join("maria").await;
    let browser = site.log_in("admin", PASSWORD).await;
    let page = format!("/administration/users/{id}");
    let shown = site.page(&browser, &page).await;
    assert!(
        shown
            .body
            .contains("No role: this user logs in and sees nothing.")
    );
    let give = format!("{page}/mandates");
    for (form, words) in [
        ("role=odd&territory=", "There is no such role."),
        (
            "role=viewer&territory=nowhere",
            "There is no such territory",
        ),
        ("role=viewer&territory=2", "There is no such territory"),
        ("role=viewer&valid_from=x", "This is no date."),
        (
            "role=viewer&valid_until=2001-01-01",
            "This is no date after the first.",
        ),
    ] {
        let refused = site.post(&browser, &give, form).await;
        assert_eq!(refused.status, 422, "{form}");
        assert!(refused.body.contains(words), "{form} {}", refused.body);
    }
    let form = "role=operator&territory=11+north&valid_from=&valid_until=2100-01-01";
    let given = site.post(&browser, &give, form).await;
    assert_eq!(given.status, 303, "{}", given.body);
    let shown = site.page(&browser, &page).await.body;
    assert!(shown.contains("root / north") && shown.contains("Operator"));
    let mandate = shown.split("name=\"mandate\" value=\"").nth(1).unwrap();
    let form = format!("mandate={}", mandate.split('"').next().unwrap());
    let end = format!("{page}/mandates/end");
    assert_eq!(site.post(&browser, &end, &form).await.status, 303);
    assert_eq!(site.post(&browser, &end, &form).await.status, 404);
    let foreign = "/administration/users/90";
    assert_eq!(site.page(&browser, foreign).await.status, 404);
    for verb in ["mandates", "change", "suspend", "reset", "invite"] {
        let path = format!("{foreign}/{verb}");
        let form = match verb {
            "mandates" => "role=viewer",
            "change" => "full_name=x&email=",
            _ => "",
        };
        assert_eq!(site.post(&browser, &path, form).await.status, 404, "{verb}");
    }
}

#[tokio::test]
async fn an_invitation_carries_a_role() {
    let site = site().await;
    let browser = site.log_in("admin", PASSWORD).await;
    let form = "name=maria&full_name=&email=&role=administrator&territory=1";
    let shown = site.post(&browser, "/administration/users", form).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    let path = shown.body.split("http://regia.test").nth(1).unwrap();
    let path = path.split('"').next().unwrap().to_owned();
    let form = format!("password={OTHER_PASSWORD}&repeat={OTHER_PASSWORD}");
    assert_eq!(site.post_open(&path, &form, "").await.status, 200);
    let maria = site.log_in("maria", OTHER_PASSWORD).await;
    assert_eq!(site.page(&maria, "/administration/users").await.status, 200);
    // An administrator looks at users and changes none.
    let form = "name=carla&full_name=&email=";
    let refused = site.post(&maria, "/administration/users", form).await;
    assert_eq!(refused.status, 403);
    let odd = "name=carla&role=administrator&territory=2";
    let odd = site.post(&browser, "/administration/users", odd).await;
    assert_eq!(odd.status, 422);
    assert!(
        odd.body.contains("There is no such territory"),
        "{}",
        odd.body
    );
}
