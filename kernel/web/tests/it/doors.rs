//! What is open, and who gets through where it is not.

use http::Method;
use http::header::{LOCATION, WWW_AUTHENTICATE};

use crate::site::{API_KEY, Site, page, request};

#[tokio::test]
async fn open_addresses_are_open_and_everything_else_is_closed() {
    let site = Site::new().await;
    for address in [
        "/up",
        "/health/live",
        "/metrics",
        "/api/openapi.json",
        "/api/docs/",
        "/api/docs/swagger-ui.css",
        "/login",
    ] {
        assert_eq!(site.get(address).await.status, 200, "{address}");
    }
    for address in [
        "/",
        "/form",
        "/events",
        "/logout",
        "/nothing",
        "/api",
        "/api/nothing",
        "/api/v1/things/1",
        "/api/v1/nothing",
        "/api/v1/things",
        "/up/x",
        "/metrics/",
        "//up",
    ] {
        let answer = site.get(address).await;
        assert_eq!(answer.problem(), (401, "access.nobody".into()), "{address}");
        assert_eq!(answer.header(WWW_AUTHENTICATE), "Bearer", "{address}");
    }
}

#[tokio::test]
async fn a_person_is_sent_to_the_login_page_and_back() {
    let site = Site::new().await;
    for (address, location) in [
        ("/", "/login"),
        ("/form", "/login?next=%2Fform"),
        ("/form?a=b&c=%2F", "/login?next=%2Fform%3Fa%3Db%26c%3D%252F"),
        ("/logout", "/login"),
        ("//evil.example/", "/login"),
    ] {
        let answer = site.send(page(address, "regia=junk")).await;
        assert_eq!(
            (answer.status, answer.header(LOCATION)),
            (303, location),
            "{address}"
        );
    }
    let partial = [
        ("hx-request", "true"),
        ("hx-current-url", "https://regia.test/form?a=b"),
    ];
    let answer = site
        .send(request(Method::GET, "/events", &partial, ""))
        .await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("hx-redirect"), "/login?next=%2Fform%3Fa%3Db");
    assert!(
        answer.body.starts_with("<p>access.nobody"),
        "{}",
        answer.body
    );
    let api = [("accept", "text/html")];
    let answer = site
        .send(request(Method::GET, "/api/v1/things/1", &api, ""))
        .await;
    assert_eq!(answer.problem().0, 401);
}

#[tokio::test]
async fn a_key_opens_the_api_and_no_page() {
    let site = Site::new().await;
    let bearer = format!("bearer  {API_KEY} ");
    for headers in [("authorization", &*bearer), ("x-api-key", API_KEY)] {
        let answer = site
            .send(request(Method::GET, "/api/v1/things/7", &[headers], ""))
            .await;
        assert_eq!(answer.json(), "key first key asks for 7 [] None");
        assert_eq!(answer.header("cache-control"), "no-store");
        let answer = site.send(request(Method::GET, "/", &[headers], "")).await;
        assert_eq!(answer.status, 401);
    }
}

#[tokio::test]
async fn a_key_may_come_twice_but_not_two_keys() {
    let site = Site::new().await;
    let bearer = format!("Bearer {API_KEY}");
    for (headers, status, code) in [
        (
            [("x-api-key", API_KEY), ("authorization", &*bearer)],
            200,
            "",
        ),
        ([("x-api-key", API_KEY), ("x-api-key", API_KEY)], 200, ""),
        // What a proxy before us asks for is not ours.
        (
            [("x-api-key", API_KEY), ("authorization", "Basic YTpi")],
            200,
            "",
        ),
        (
            [("x-api-key", "junk"), ("authorization", &bearer)],
            400,
            "access.two_keys",
        ),
        (
            [("x-api-key", API_KEY), ("authorization", "Bearer junk")],
            400,
            "access.two_keys",
        ),
        (
            [("x-api-key", API_KEY), ("x-api-key", "junk")],
            400,
            "access.two_keys",
        ),
        (
            [("authorization", &bearer), ("authorization", "Bearer junk")],
            400,
            "access.two_keys",
        ),
        (
            [("x-api-key", "junk"), ("authorization", "Basic YTpi")],
            401,
            "access.unknown_key",
        ),
    ] {
        let mut request = request(Method::GET, "/api/v1/things/7", &[], "");
        for (name, value) in headers {
            request.headers_mut().append(name, value.parse().unwrap());
        }
        let answer = site.send(request).await;
        assert_eq!(answer.status, status, "{headers:?}: {}", answer.body);
        assert!(answer.body.contains(code), "{headers:?}: {}", answer.body);
    }
}

#[tokio::test]
async fn junk_keys_are_refused() {
    let site = Site::new().await;
    let long = format!("Bearer {}", "A".repeat(8000));
    for headers in [
        ("authorization", "Bearer junk"),
        ("authorization", "Bearer"),
        ("authorization", "Bearer "),
        ("authorization", ""),
        ("authorization", "Basic YWRtaW46YWRtaW4="),
        ("authorization", &long),
        ("authorization", "Bearer \u{e9}"),
        ("x-api-key", "junk"),
        ("x-api-key", ""),
    ] {
        let answer = site
            .send(request(Method::GET, "/api/v1/things/1", &[headers], ""))
            .await;
        assert_eq!(
            answer.problem(),
            (401, "access.unknown_key".into()),
            "{headers:?}"
        );
        assert_eq!(
            answer.header(WWW_AUTHENTICATE),
            "Bearer error=\"invalid_token\""
        );
    }
}

#[tokio::test]
async fn a_wrong_key_is_not_saved_by_a_right_cookie() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    let headers = [
        ("authorization", "Bearer junk"),
        ("cookie", &*browser.cookie),
    ];
    let answer = site
        .send(request(Method::GET, "/api/v1/things/1", &headers, ""))
        .await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn a_cookie_opens_pages_and_api() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    let cookie = [("cookie", &*browser.cookie)];
    let answer = site
        .send(request(
            Method::GET,
            "/api/v1/things/7?tag=a&tag=b",
            &cookie,
            "",
        ))
        .await;
    assert_eq!(answer.json(), "user admin asks for 7 [\"a\", \"b\"] None");
    assert_eq!(
        site.send(request(Method::GET, "/form", &cookie, ""))
            .await
            .body,
        "form"
    );
    let answer = site
        .send(request(Method::GET, "/api/v1/nothing", &cookie, ""))
        .await;
    assert_eq!(answer.problem(), (404, "web.no_such_address".into()));
    let answer = site.send(page("/nothing", &browser.cookie)).await;
    assert_eq!(answer.status, 404);
    assert!(
        answer.body.starts_with("<p>web.no_such_address"),
        "{}",
        answer.body
    );
}

#[tokio::test]
async fn a_step_of_the_servers_clock_ends_no_login() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    site.clock
        .advance(std::time::Duration::from_secs(400 * 86_400));
    let answer = site.send(page("/form", &browser.cookie)).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn an_expired_login_is_nobody() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    site.run("update access.login set last_used_at = now() - interval '31 minutes'")
        .await;
    let answer = site.send(page("/form", &browser.cookie)).await;
    assert_eq!(
        (answer.status, answer.header(LOCATION)),
        (303, "/login?next=%2Fform")
    );
}
