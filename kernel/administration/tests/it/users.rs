//! Users through API and pages.

use http::Method;

use crate::site::{OTHER_PASSWORD, PASSWORD, Site};

#[tokio::test]
async fn a_user_is_made_invited_suspended_and_deleted_through_the_api() {
    let site = Site::new().await;
    let body = "{\"name\":\"maria\",\"full_name\":\"Maria\",\"email\":\"m@example.net\"}";
    let made = site.api(Method::POST, "/users", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.json()["id"].as_i64().unwrap();
    assert_eq!(made.json()["state"], "invited");
    assert_eq!(
        site.api(Method::POST, "/users", body).await.problem().1,
        "access.name_taken"
    );
    let path = site.invitation(id).await;
    let form = format!("password={OTHER_PASSWORD}&repeat={OTHER_PASSWORD}");
    assert_eq!(site.post_open(&path, &form, "").await.status, 200);
    let browser = site.log_in("maria", OTHER_PASSWORD).await;
    let again = site
        .api(Method::POST, &format!("/users/{id}/invite"), "")
        .await;
    assert_eq!(again.problem(), (409, "access.has_password".into()));
    let change = site
        .api(
            Method::PATCH,
            &format!("/users/{id}"),
            "{\"full_name\":\"M. Bianchi\"}",
        )
        .await;
    assert_eq!(change.json()["full_name"], "M. Bianchi");
    assert_eq!(change.json()["email"], "m@example.net");
    let logins = site
        .api(Method::GET, &format!("/users/{id}/logins"), "")
        .await;
    assert_eq!(logins.json()["items"].as_array().unwrap().len(), 1);
    for verb in ["suspend", "suspend"] {
        let done = site
            .api(Method::POST, &format!("/users/{id}/{verb}"), "")
            .await;
        assert_eq!(done.status, 204, "{}", done.body);
    }
    assert_eq!(site.page(&browser, "/account").await.status, 303);
    let reset = site
        .api(Method::POST, &format!("/users/{id}/reset"), "{}")
        .await;
    assert_eq!(reset.problem(), (409, "access.user_suspended".into()));
    let done = site
        .api(Method::POST, &format!("/users/{id}/resume"), "")
        .await;
    assert_eq!(done.status, 204);
    let reset = site
        .api(Method::POST, &format!("/users/{id}/reset"), "{}")
        .await;
    assert_eq!(reset.status, 201, "{}", reset.body);
    let done = site.api(Method::DELETE, &format!("/users/{id}"), "").await;
    assert_eq!(done.status, 204);
    let gone = site.api(Method::GET, &format!("/users/{id}"), "").await;
    assert_eq!(gone.problem(), (404, "access.no_user".into()));
}

#[tokio::test]
async fn lists_go_on_from_page_to_page() {
    let site = Site::new().await;
    for name in ["anna", "berta", "carla"] {
        let body = format!("{{\"name\":\"{name}\"}}");
        site.api(Method::POST, "/users", &body).await;
    }
    let (mut names, mut query) = (Vec::new(), "?limit=2".to_owned());
    loop {
        let page = site
            .api(Method::GET, &format!("/users{query}"), "")
            .await
            .json();
        let items = page["items"].as_array().unwrap().clone();
        names.extend(
            items
                .iter()
                .map(|user| user["name"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => query = format!("?limit=2&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(names, ["admin", "anna", "berta", "carla"]);
    let found = site
        .api(Method::GET, "/users?state=active&text=ADM", "")
        .await
        .json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_last_super_administrator_stays_whoever_asks() {
    let site = Site::new().await;
    let browser = site.log_in("admin", PASSWORD).await;
    let me = site
        .as_person(&browser, Method::GET, "/account", "")
        .await
        .json();
    let id = me["user"]["id"].as_i64().unwrap();
    for (method, path) in [
        (Method::POST, format!("/users/{id}/suspend")),
        (Method::DELETE, format!("/users/{id}")),
    ] {
        let refused = site.as_person(&browser, method, &path, "").await;
        assert_eq!(
            refused.problem(),
            (409, "access.last_super_administrator".into())
        );
    }
    let path = format!("/administration/users/{id}/suspend");
    assert_eq!(site.post(&browser, &path, "").await.status, 409);
}

#[tokio::test]
async fn the_page_invites_and_shows_the_link_once() {
    let site = Site::new().await;
    let browser = site.log_in("admin", PASSWORD).await;
    let form = "name=maria&full_name=Maria+%3Cb%3E&email=";
    let shown = site.post(&browser, "/administration/users", form).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert_eq!(shown.header("cache-control"), "no-store");
    let link = shown
        .body
        .split("http://regia.test/welcome/")
        .nth(1)
        .unwrap();
    assert_eq!(link.split('"').next().unwrap().len(), 43);
    let taken = site.post(&browser, "/administration/users", form).await;
    assert_eq!(taken.status, 422);
    assert!(taken.body.contains("There is a user of this name already."));
    assert!(!taken.body.contains("<b>") || !taken.body.contains("Maria <b>"));
    let list = site
        .page(&browser, "/administration/users?state=invited")
        .await;
    assert!(list.body.contains(">maria</a>") && !list.body.contains(">admin</a>"));
    let csv = site
        .page(&browser, "/administration/users?format=csv")
        .await
        .body;
    assert!(csv.starts_with("id,name,full_name,email,state"), "{csv}");
    assert!(csv.contains(",maria,Maria <b>,,invited,false,"), "{csv}");
}

#[tokio::test]
async fn a_users_page_has_what_can_be_done_and_a_typed_name_deletes() {
    let site = Site::new().await;
    let id = site.join("maria").await;
    let browser = site.log_in("admin", PASSWORD).await;
    let page = format!("/administration/users/{id}");
    let shown = site.page(&browser, &page).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    let wrong = site
        .post(&browser, &format!("{page}/delete"), "confirmation=admin")
        .await;
    assert_eq!(wrong.status, 422);
    let odd = site
        .post(
            &browser,
            &format!("{page}/change"),
            "full_name=Maria&email=nothing",
        )
        .await;
    assert_eq!(odd.status, 422);
    assert!(odd.body.contains("This is no e-mail address."));
    let reset = site
        .post(
            &browser,
            &format!("{page}/reset"),
            "remove_second_factor=true",
        )
        .await;
    assert!(reset.body.contains("/welcome/"), "{}", reset.body);
    for (verb, form) in [
        ("suspend", ""),
        ("resume", ""),
        ("logins/end", ""),
        ("delete", "confirmation=maria"),
    ] {
        let done = site.post(&browser, &format!("{page}/{verb}"), form).await;
        assert_eq!(done.status, 303, "{verb}: {}", done.body);
    }
    assert_eq!(site.page(&browser, &page).await.status, 404);
}
