//! Input that is not what it should be.

use http::Method;

use crate::site::{API_KEY, MAX_BODY_BYTES, Site, request};

/// Each body is answered with this status and code, and with an error of this field.
async fn check(cases: &[(&str, &str, &str)], expected: (u16, &str)) {
    let site = Site::new().await;
    for (body, field, reason) in cases {
        let answer = site.with_key(Method::POST, "/api/v1/things", body).await;
        let (status, code) = answer.problem();
        assert_eq!((status, &*code), expected, "{body:.60}: {}", answer.body);
        let error = &answer.json()["errors"][0];
        assert_eq!(error["field"], *field, "{body:.60}: {error}");
        assert!(
            error["message"].as_str().unwrap().contains(reason),
            "{body:.60}: {error}"
        );
    }
}

#[tokio::test]
async fn what_is_not_json_is_malformed() {
    let cases = [
        ("", "", "EOF"),
        ("{", "", "EOF"),
        ("{'a'}", "", "key must be a string"),
        (r#"{"name":"x","size":1} x"#, "", "trailing"),
        ("{\"name\":\"x\u{0}\",\"size\":1}", "", "control character"),
        (r#"{"name":"x","size":"#, "", "EOF"),
    ];
    check(&cases, (400, "web.json_malformed")).await;
}

#[tokio::test]
async fn json_of_another_shape_names_the_field() {
    let deep = "[".repeat(30_000);
    let deep_value = format!(r#"{{"name":"x","size":1,"labels":{}"#, "[".repeat(1_000));
    let cases = [
        (&*deep, "[0]", "invalid type"),
        (&*deep_value, "labels[0][0]", "invalid type"),
        ("[]", "", "invalid length"),
        ("null", "", "invalid type"),
        (r#"{"name":"x"}"#, "", "missing field `size`"),
        (r#"{"name":"x","size":1,"sise":2}"#, "sise", "unknown field"),
        (r#"{"name":"x","size":1,"size":2}"#, "", "duplicate field"),
        (r#"{"name":"x","size":"1"}"#, "size", "invalid type"),
        (r#"{"name":"x","size":-1}"#, "size", "invalid value"),
        (r#"{"name":"x","size":4294967296}"#, "size", "invalid value"),
        (r#"{"name":"x","size":1.5}"#, "size", "invalid type"),
        (
            r#"{"name":"x","size":1,"labels":[{"text":"a"},{"text":7}]}"#,
            "labels[1].text",
            "invalid type",
        ),
    ];
    check(&cases, (422, "web.json_invalid")).await;
}

#[tokio::test]
async fn a_body_past_the_limit_is_refused() {
    let site = Site::new().await;
    for (length, expected) in [(MAX_BODY_BYTES, 413), (MAX_BODY_BYTES / 2, 201)] {
        let thing = format!(r#"{{"name":"{}","size":1}}"#, "x".repeat(length));
        let answer = site.with_key(Method::POST, "/api/v1/things", &thing).await;
        assert_eq!(answer.status, expected);
        if expected == 413 {
            assert_eq!(answer.problem().1, "web.body_too_large");
        }
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_malformed() {
    let site = Site::new().await;
    let mut wrong = request(
        Method::POST,
        "/api/v1/things",
        &[("x-api-key", API_KEY), ("content-type", "application/json")],
        "",
    );
    *wrong.body_mut() = b"{\"name\":\"\xff\",\"size\":1}".to_vec().into();
    assert_eq!(
        site.send(wrong).await.problem(),
        (400, "web.json_malformed".into())
    );
}

#[tokio::test]
async fn a_body_of_another_type_is_not_read() {
    let site = Site::new().await;
    let thing = r#"{"name":"x","size":1}"#;
    for (kind, encoding, expected) in [
        ("application/json", "identity", None),
        ("application/JSON; charset=UTF-8", "identity", None),
        ("application/vnd.regia+json", "identity", None),
        ("", "identity", Some("web.content_type")),
        ("text/plain", "identity", Some("web.content_type")),
        (
            "application/x-www-form-urlencoded",
            "identity",
            Some("web.content_type"),
        ),
        (
            "application/json; charset=utf-16",
            "identity",
            Some("web.charset"),
        ),
        ("application/json", "gzip", Some("web.content_encoding")),
    ] {
        let headers = [
            ("x-api-key", API_KEY),
            ("content-type", kind),
            ("content-encoding", encoding),
        ];
        let answer = site
            .send(request(Method::POST, "/api/v1/things", &headers, thing))
            .await;
        match expected {
            None => assert_eq!(answer.status, 201, "{kind} {encoding}"),
            Some(code) => assert_eq!(answer.problem(), (415, code.into()), "{kind} {encoding}"),
        }
    }
}

#[tokio::test]
async fn wrong_addresses_and_queries_have_their_answers() {
    let site = Site::new().await;
    for (address, expected, field) in [
        ("/api/v1/things/x", (422, "web.path_invalid"), ""),
        (
            "/api/v1/things/99999999999999999999",
            (422, "web.path_invalid"),
            "",
        ),
        ("/api/v1/things/%FF", (400, "web.path_malformed"), "id"),
        (
            "/api/v1/things/1?limit=x",
            (422, "web.query_invalid"),
            "limit",
        ),
        (
            "/api/v1/things/1?limit=256",
            (422, "web.query_invalid"),
            "limit",
        ),
        (
            "/api/v1/things/1?limit=-1",
            (422, "web.query_invalid"),
            "limit",
        ),
        (
            "/api/v1/things/1?limit=1&limit=2",
            (422, "web.query_invalid"),
            "limit",
        ),
        (
            "/api/v1/things/1?unknown=1",
            (422, "web.query_invalid"),
            "unknown",
        ),
    ] {
        let answer = site.with_key(Method::GET, address, "").await;
        let (status, code) = answer.problem();
        assert_eq!((status, &*code), expected, "{address}: {}", answer.body);
        assert_eq!(
            answer.json()["errors"][0]["field"],
            field,
            "{address}: {}",
            answer.body
        );
    }
    for (method, address, expected) in [
        (
            Method::DELETE,
            "/api/v1/things",
            (405, "web.method_not_allowed"),
        ),
        (Method::POST, "/up", (405, "web.method_not_allowed")),
        (Method::GET, "/api/v1/nothing", (404, "web.no_such_address")),
    ] {
        let answer = site.with_key(method, address, "").await;
        let (status, code) = answer.problem();
        assert_eq!((status, &*code), expected, "{address}");
        assert_eq!(
            answer.headers.contains_key("allow"),
            status == 405,
            "{address}"
        );
    }
}

#[tokio::test]
async fn a_wrong_form_has_its_answer() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    for (form, code, field) in [
        ("", "web.form_invalid", ""),
        ("name=x&other=1", "web.form_invalid", "other"),
        ("name=x&choice=y", "web.form_invalid", "choice[0]"),
        ("name=x&choice=256", "web.form_invalid", "choice[0]"),
    ] {
        let headers = [
            ("cookie", &*browser.cookie),
            ("content-type", "application/x-www-form-urlencoded"),
            ("x-csrf-token", &*browser.csrf),
        ];
        let answer = site
            .send(request(Method::POST, "/form", &headers, form))
            .await;
        assert_eq!(answer.problem(), (422, code.into()), "{form}");
        assert_eq!(
            answer.json()["errors"][0]["field"],
            field,
            "{form}: {}",
            answer.body
        );
    }
    let headers = [
        ("cookie", &*browser.cookie),
        ("content-type", "application/json"),
        ("x-csrf-token", &*browser.csrf),
    ];
    let answer = site
        .send(request(Method::POST, "/form", &headers, "{}"))
        .await;
    assert_eq!(answer.problem(), (415, "web.content_type".into()));
}

#[tokio::test]
async fn a_route_may_have_a_limit_of_its_own() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    let headers = [
        ("cookie", &*browser.cookie),
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-csrf-token", &*browser.csrf),
    ];
    let form = format!("name={}", "x".repeat(2000));
    let answer = site
        .send(request(Method::POST, "/large", &headers, &form))
        .await;
    assert_eq!(answer.problem(), (413, "web.body_too_large".into()));
}
