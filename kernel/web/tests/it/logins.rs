//! Logging in and out with a browser.

use http::Method;
use http::header::{LOCATION, RETRY_AFTER, SET_COOKIE};

use crate::site::{CSRF, PASSWORD, Site, over_tls, page, request};

const FORM: [(&str, &str); 1] = [("content-type", "application/x-www-form-urlencoded")];

#[tokio::test]
async fn the_cookie_is_kept_from_scripts_and_sealed_where_tls_is() {
    let site = Site::new().await;
    let form = format!("name=admin&password={PASSWORD}");
    let plain = site
        .send(request(Method::POST, "/login", &FORM, &form))
        .await;
    let sealed = site
        .send(over_tls(request(Method::POST, "/login", &FORM, &form)))
        .await;
    for (answer, name, attributes) in [
        (plain, "regia", "Path=/; HttpOnly; SameSite=Lax"),
        (
            sealed,
            "__Host-regia",
            "Path=/; HttpOnly; SameSite=Lax; Secure",
        ),
    ] {
        assert_eq!(answer.status, 303);
        let (pair, rest) = answer.header(SET_COOKIE).split_once("; ").unwrap();
        let (key, value) = pair.split_once('=').unwrap();
        assert_eq!((key, value.len(), rest), (name, 43, attributes));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
}

#[tokio::test]
async fn a_plain_cookie_opens_nothing_over_tls() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    let answer = site.send(over_tls(page("/form", &browser.cookie))).await;
    assert_eq!(answer.status, 303);
}

#[tokio::test]
async fn the_browser_goes_on_to_pages_of_ours_only() {
    let site = Site::new().await;
    for (next, location) in [
        ("", "/"),
        ("&next=%2Fform%3Fa%3Db", "/form?a=b"),
        ("&next=https%3A%2F%2Fevil.example", "/"),
        ("&next=%2F%2Fevil.example", "/"),
        ("&next=%2F%5Cevil.example", "/"),
        ("&next=%2Fa%0D%0AX-Evil%3A1", "/"),
    ] {
        let form = format!("name=admin&password={PASSWORD}{next}");
        let answer = site.post_login(&form, &[]).await;
        assert_eq!(
            (answer.status, answer.header(LOCATION)),
            (303, location),
            "{next}"
        );
    }
}

#[tokio::test]
async fn five_failures_are_followed_by_a_wait_whoever_they_were_for() {
    let site = Site::new().await;
    for name in ["admin", "nobody"] {
        let mut answers = Vec::new();
        for _ in 0..6 {
            answers.push(
                site.post_login(&format!("name={name}&password=x&next=/form"), &[])
                    .await,
            );
        }
        let limited = answers.pop().unwrap();
        assert_eq!(limited.status, 429, "{name}");
        assert!(
            limited.body.contains("retry_after_seconds: Some(60)"),
            "{}",
            limited.body
        );
        for answer in answers {
            assert_eq!(answer.status, 401);
            assert_eq!(answer.headers.get(SET_COOKIE), None);
        }
        let right = format!("name=admin&password={PASSWORD}");
        assert_eq!(site.post_login(&right, &[]).await.status, 429);
        site.clock.advance(std::time::Duration::from_secs(60));
        assert_eq!(site.post_login(&right, &[]).await.status, 303);
    }
}

#[tokio::test]
async fn a_login_is_a_new_one_whatever_cookie_the_browser_was_given() {
    let site = Site::new().await;
    let old = site.log_in().await;
    let planted = format!("regia={}", "A".repeat(43));
    let form = format!("name=admin&password={PASSWORD}");
    for cookie in [&planted, &old.cookie] {
        let answer = site.post_login(&form, &[("cookie", cookie)]).await;
        assert_eq!(answer.status, 303);
        let set = answer.cookie("regia");
        assert_ne!(set, *cookie);
        assert_eq!(site.send(page("/form", &set)).await.status, 200);
        assert_eq!(
            site.send(page("/form", cookie)).await.status,
            303,
            "the old one is over"
        );
    }
}

#[tokio::test]
async fn a_login_form_of_another_site_is_refused() {
    let site = Site::new().await;
    let form = format!("name=admin&password={PASSWORD}");
    for header in [
        ("origin", "https://evil.example"),
        ("sec-fetch-site", "cross-site"),
    ] {
        let answer = site.post_login(&form, &[header]).await;
        assert_eq!(answer.problem(), (403, "web.csrf".into()));
    }
    let ours = [
        ("origin", "http://regia.test"),
        ("sec-fetch-site", "same-origin"),
    ];
    assert_eq!(site.post_login(&form, &ours).await.status, 303);
}

#[tokio::test]
async fn logging_out_ends_the_login_and_takes_the_cookie_back() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    let headers = [("cookie", &*browser.cookie), (CSRF, &*browser.csrf)];
    let answer = site
        .send(request(Method::POST, "/logout", &headers, ""))
        .await;
    assert_eq!((answer.status, answer.header(LOCATION)), (303, "/login"));
    assert_eq!(
        answer.header(SET_COOKIE),
        "regia=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax"
    );
    assert_eq!(site.send(page("/form", &browser.cookie)).await.status, 303);
}

#[tokio::test]
async fn a_wait_is_told_as_a_header_too_where_a_problem_tells_it() {
    let site = Site::new().await;
    site.db.store().close().await;
    let answer = site.post_login("name=admin&password=x", &[]).await;
    assert_eq!(answer.problem(), (503, "store.unavailable".into()));
    assert_eq!(answer.header(RETRY_AFTER), "5");
}
