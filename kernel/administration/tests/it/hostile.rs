//! Input that nobody sends by mistake.

use http::Method;

use crate::site::{API_KEY, Browser, OTHER_PASSWORD, PASSWORD, Site};

#[expect(clippy::too_many_lines, reason = "a table: one line for each input")]
#[tokio::test]
async fn odd_names_numbers_and_fields_are_problems_and_never_a_failure() {
    let site = Site::new().await;
    for (method, path, json, problem) in [
        (
            Method::POST,
            "/users",
            "{\"name\":\"a\\u0000b\"}",
            (422, "access.field_invalid"),
        ),
        (
            Method::POST,
            "/users",
            "{\"name\":\"аdmin\"}",
            (422, "access.field_invalid"),
        ),
        (
            Method::POST,
            "/users",
            "{\"name\":\"\"}",
            (422, "access.field_invalid"),
        ),
        (
            Method::POST,
            "/users",
            "{\"name\":\"a\",\"full_name\":\"\\u202eb\"}",
            (422, "access.field_invalid"),
        ),
        (
            Method::POST,
            "/users",
            "{\"name\":\"a\",\"role\":\"x\"}",
            (422, "web.json_invalid"),
        ),
        (
            Method::POST,
            "/users",
            "{\"name\":7}",
            (422, "web.json_invalid"),
        ),
        (Method::POST, "/users", "{", (400, "web.json_malformed")),
        (Method::GET, "/users/x", "", (422, "web.path_invalid")),
        (Method::GET, "/users/-1", "", (404, "access.no_user")),
        (
            Method::GET,
            "/users/9223372036854775807",
            "",
            (404, "access.no_user"),
        ),
        (
            Method::GET,
            "/users/9223372036854775808",
            "",
            (422, "web.path_invalid"),
        ),
        (
            Method::GET,
            "/users?cursor=x",
            "",
            (422, "access.cursor_invalid"),
        ),
        (
            Method::GET,
            "/users?state=odd",
            "",
            (422, "web.query_invalid"),
        ),
        (
            Method::GET,
            "/users?limit=0",
            "",
            (422, "web.query_invalid"),
        ),
        (
            Method::POST,
            "/users/-1/suspend",
            "",
            (404, "access.no_user"),
        ),
        (
            Method::DELETE,
            "/users/-1/logins/1",
            "",
            (404, "access.no_user"),
        ),
        (Method::GET, "/account", "", (403, "access.not_a_person")),
        (
            Method::POST,
            "/account/second-factor",
            "",
            (403, "access.not_a_person"),
        ),
        (
            Method::POST,
            "/account/password",
            "{\"current\":\"x\",\"new\":\"y\"}",
            (403, "access.not_a_person"),
        ),
    ] {
        let answer = site.api(method, path, json).await;
        let (status, code) = answer.problem();
        assert_eq!((status, &*code), problem, "{path} {json}");
    }
    // Nobody has the character in their name; a cursor may hold anything.
    let nul = "WyJhXHUwMDAwYiJd";
    for path in [
        "/users?text=%00",
        &format!("/users?cursor={nul}"),
        "/users?text=%25",
    ] {
        let answer = site.api(Method::GET, path, "").await;
        assert!(
            matches!(answer.status, 200 | 422),
            "{path}: {}",
            answer.body
        );
    }
}

#[tokio::test]
async fn a_form_of_ten_megabytes_or_with_fields_of_its_own_is_refused() {
    let site = Site::new().await;
    let browser = site.log_in("admin", PASSWORD).await;
    let huge = format!("name={}", "x".repeat(10 * 1024 * 1024));
    for path in [
        "/administration/users",
        "/account/password",
        "/login",
        "/login/code",
    ] {
        let refused = site.post(&browser, path, &huge).await;
        assert_eq!(refused.status, 413, "{path}");
    }
    for (path, form) in [
        ("/administration/users", "name=maria&role=admin"),
        ("/account/password", "current=a&password=b&repeat=b&user=2"),
        ("/account/second-factor/confirm", "code=1&user=2"),
        ("/login", "name=a&password=b&admin=1"),
        ("/login/code", "code=1&user=2"),
    ] {
        assert_eq!(site.post(&browser, path, form).await.status, 422, "{path}");
    }
}

#[tokio::test]
async fn nothing_is_changed_without_the_pages_token() {
    let site = Site::new().await;
    let id = site.join("maria").await;
    let browser = site.log_in("admin", PASSWORD).await;
    let other = site.log_in("maria", OTHER_PASSWORD).await;
    let page = format!("/administration/users/{id}");
    for token in ["", "x", &other.csrf] {
        let forged = Browser {
            cookie: browser.cookie.clone(),
            csrf: token.to_owned(),
        };
        for path in [
            "/administration/users",
            "/account/password",
            "/account/logins/end",
            "/account/second-factor",
            "/account/second-factor/remove",
            &format!("{page}/suspend"),
            &format!("{page}/delete"),
            &format!("{page}/reset"),
        ] {
            let refused = site.post(&forged, path, "name=x").await;
            assert_eq!(refused.status, 403, "{path}");
        }
        let path = format!("/users/{id}");
        let refused = site.as_person(&forged, Method::DELETE, &path, "").await;
        assert_eq!(refused.problem(), (403, "web.csrf".into()));
    }
}

#[tokio::test]
async fn a_planted_cookie_is_nobodys_login() {
    let site = Site::new().await;
    let planted = format!("regia={0}; regia_half={0}", "A".repeat(43));
    let form = format!("name=admin&password={PASSWORD}");
    let answer = site.post_open("/login", &form, &planted).await;
    let own = answer.cookie("regia");
    assert!(!planted.contains(&own), "{own}");
    let over = site.post_open("/login/code", "code=123456", &planted).await;
    assert_eq!((over.status, over.header("location")), (303, "/login"));
    assert!(over.cookie("regia_half").ends_with('='));
}

#[tokio::test]
async fn a_key_has_no_pages() {
    let site = Site::new().await;
    let request = http::Request::get("/administration/users")
        .header("host", "regia.test")
        .header("accept", "text/html")
        .header("authorization", format!("Bearer {API_KEY}"));
    let answer = site
        .send(request.body(axum::body::Body::empty()).unwrap())
        .await;
    assert_eq!(answer.status, 303);
}
