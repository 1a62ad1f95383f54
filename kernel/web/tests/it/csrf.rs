//! Requests that another site makes in the name of somebody logged in.

use http::Method;

use crate::site::{CSRF, MAX_BODY_BYTES, Site, request};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn a_form_needs_the_token_of_its_login() {
    let site = Site::new().await;
    let (mine, other) = (site.log_in().await, site.log_in().await);
    let forged = "A".repeat(mine.csrf.len());
    for (token, status) in [
        (format!("&csrf={}", mine.csrf), 200),
        (String::new(), 403),
        ("&csrf=".into(), 403),
        (format!("&csrf={forged}"), 403),
        (format!("&csrf={}", other.csrf), 403),
    ] {
        let headers = [FORM, ("cookie", &*mine.cookie)];
        let form = format!("name=x&choice=1&choice=2{token}");
        let answer = site
            .send(request(Method::POST, "/form", &headers, &form))
            .await;
        assert_eq!(answer.status, status, "{token}: {}", answer.body);
        match status {
            200 => assert_eq!(answer.body, "x [1, 2]"),
            _ => assert_eq!(answer.problem().1, "web.csrf"),
        }
    }
}

#[tokio::test]
async fn a_script_needs_the_token_in_its_header() {
    let site = Site::new().await;
    let (mine, other) = (site.log_in().await, site.log_in().await);
    let thing = r#"{"name":"x","size":1}"#;
    for (token, status) in [
        (&*mine.csrf, 201),
        ("junk", 403),
        ("", 403),
        (&*other.csrf, 403),
    ] {
        let headers = [JSON, ("cookie", &*mine.cookie), (CSRF, token)];
        let answer = site
            .send(request(Method::POST, "/api/v1/things", &headers, thing))
            .await;
        assert_eq!(answer.status, status, "{token}");
    }
    let headers = [JSON, ("cookie", &*mine.cookie)];
    let answer = site
        .send(request(Method::POST, "/api/v1/things", &headers, thing))
        .await;
    assert_eq!(answer.problem(), (403, "web.csrf".into()));
}

#[tokio::test]
async fn a_token_does_not_help_another_site() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    for (header, status) in [
        (("sec-fetch-site", "same-origin"), 200),
        (("origin", "https://regia.test"), 200),
        (("sec-fetch-site", "same-site"), 403),
        (("sec-fetch-site", "cross-site"), 403),
        (("origin", "https://evil.example"), 403),
        (("origin", "null"), 403),
    ] {
        let headers = [
            FORM,
            header,
            ("cookie", &*browser.cookie),
            (CSRF, &*browser.csrf),
        ];
        let answer = site
            .send(request(Method::POST, "/form", &headers, "name=x"))
            .await;
        assert_eq!(answer.status, status, "{header:?}");
    }
}

#[tokio::test]
async fn a_form_too_large_to_look_into_is_refused() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    let form = format!("csrf={}&name={}", browser.csrf, "x".repeat(MAX_BODY_BYTES));
    let headers = [FORM, ("cookie", &*browser.cookie)];
    let answer = site
        .send(request(Method::POST, "/form", &headers, &form))
        .await;
    assert_eq!(answer.problem(), (413, "web.body_too_large".into()));
}

#[tokio::test]
async fn every_unsafe_method_needs_it_even_where_nothing_is() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        for address in ["/nothing", "/form", "/logout", "/api/v1/things"] {
            let headers = [("cookie", &*browser.cookie)];
            let answer = site
                .send(request(method.clone(), address, &headers, ""))
                .await;
            assert_eq!(
                answer.problem(),
                (403, "web.csrf".into()),
                "{method} {address}"
            );
        }
    }
}
