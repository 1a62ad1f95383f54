//! What every answer carries.

use std::time::Duration;

use axum::body::to_bytes;
use http::Method;
use http::header::CONTENT_SECURITY_POLICY;
use serde_json::json;
use tower::ServiceExt;

use crate::site::{SOON, Site, page, request};

#[tokio::test]
async fn failures_are_told_and_their_causes_are_not() {
    let site = Site::new().await;
    for (kind, expected) in [
        ("panic", (500, "internal")),
        ("internal", (500, "internal")),
        ("busy", (409, "test.busy")),
        ("other", (410, "web.refused")),
    ] {
        let answer = site
            .with_key(Method::GET, &format!("/api/v1/failures/{kind}"), "")
            .await;
        let (status, code) = answer.problem();
        assert_eq!((status, &*code), expected);
        for secret in ["on purpose", "row 7", "somebody else"] {
            assert!(!answer.body.contains(secret), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_person_gets_a_page_and_htmx_a_part_of_one() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    let answer = site.send(page("/failures/busy", &browser.cookie)).await;
    let trace = answer.header("x-trace-id");
    assert_eq!(
        answer.body,
        format!("<p>test.busy It is busy. {trace} false</p>")
    );
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    let headers = [("cookie", &*browser.cookie), ("hx-request", "true")];
    let answer = site
        .send(request(Method::GET, "/failures/busy", &headers, ""))
        .await;
    assert!(answer.body.ends_with("true</p>"), "{}", answer.body);
}

#[tokio::test]
async fn the_trace_id_is_ours() {
    let site = Site::new().await;
    let theirs = "f".repeat(32);
    let headers = [("x-trace-id", &*theirs), ("traceparent", &*theirs)];
    let answer = site.send(request(Method::GET, "/up", &headers, "")).await;
    assert_eq!(answer.header("x-trace-id").len(), 32);
    assert_ne!(answer.header("x-trace-id"), theirs);
}

#[tokio::test]
async fn browsers_are_told_what_to_refuse() {
    let site = Site::new().await;
    for address in [
        "/up",
        "/login",
        "/nothing",
        "/api/openapi.json",
        "/api/docs/",
    ] {
        let answer = site.get(address).await;
        let policy = answer.header(CONTENT_SECURITY_POLICY);
        assert!(policy.contains("default-src 'self'"), "{address}");
        assert!(policy.contains("frame-ancestors 'none'"), "{address}");
        assert_eq!(
            policy.contains("unsafe-inline"),
            address == "/api/docs/",
            "{address}"
        );
        assert!(!policy.contains("unsafe-eval"), "{address}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "same-origin");
    }
}

#[tokio::test]
async fn readiness_names_what_is_waited_for() {
    let site = Site::new().await;
    for address in ["/health", "/health/ready"] {
        let answer = site.get(address).await;
        assert_eq!(answer.status, 503);
        assert_eq!(
            answer.json(),
            json!({ "status": "waiting", "waiting": ["test"] })
        );
    }
    site.latch.open();
    for address in ["/health", "/health/ready"] {
        let answer = site
            .router
            .clone()
            .oneshot(request(Method::GET, address, &[], ""))
            .await;
        assert_eq!(answer.unwrap().status(), 200);
    }
    site.lifecycle.begin_stop();
    let answer = site
        .router
        .clone()
        .oneshot(request(Method::GET, "/health/ready", &[], ""))
        .await;
    let body = to_bytes(answer.unwrap().into_body(), 1000).await.unwrap();
    assert_eq!(&body[..], br#"{"status":"waiting","waiting":["stopping"]}"#);
    let answer = site
        .router
        .oneshot(request(Method::GET, "/health/live", &[], ""))
        .await;
    assert_eq!(answer.unwrap().status(), 200);
}

#[tokio::test]
async fn a_stop_ends_streams_of_events() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    let answer = site
        .router
        .clone()
        .oneshot(page("/events", &browser.cookie))
        .await
        .unwrap();
    let mut events = answer.into_body().into_data_stream();
    let next = tokio::time::timeout(SOON, futures_util::StreamExt::next(&mut events)).await;
    assert_eq!(&next.unwrap().unwrap().unwrap()[..], b"data: hello\n\n");
    site.lifecycle.begin_stop();
    let end = tokio::time::timeout(SOON, futures_util::StreamExt::next(&mut events)).await;
    assert!(end.unwrap().is_none());
}

#[tokio::test]
async fn a_stream_ends_within_a_minute_of_its_login() {
    ends_after("delete from access.login").await;
}

#[tokio::test]
async fn a_stream_ends_within_a_minute_of_its_users_role() {
    ends_after("delete from access.mandate").await;
}

async fn ends_after(change: &'static str) {
    let site = Site::new().await;
    let browser = site.log_in().await;
    let answer = site
        .router
        .clone()
        .oneshot(page("/events", &browser.cookie))
        .await
        .unwrap();
    let mut events = answer.into_body().into_data_stream();
    let mut next = async || futures_util::StreamExt::next(&mut events).await.is_some();
    site.clock.advance(Duration::from_secs(60));
    assert!(next().await, "the login is valid");
    site.run(change).await;
    assert!(next().await, "it was looked at a moment ago");
    site.clock.advance(Duration::from_secs(60));
    assert!(!next().await);
}

#[tokio::test]
async fn requests_are_counted_by_route_and_status() {
    let site = Site::new().await;
    site.with_key(Method::GET, "/api/v1/things/1", "").await;
    site.with_key(Method::GET, "/api/v1/things/x", "").await;
    site.get("/nothing").await;
    let page = site.get("/metrics").await.body;
    for line in [
        "regia_web_requests_total{route=\"/api/v1/things/{id}\",status=\"200\"} ",
        "regia_web_requests_total{route=\"/api/v1/things/{id}\",status=\"422\"} ",
        "regia_web_requests_total{route=\"unmatched\",status=\"401\"} ",
        "regia_web_problems_total{code=\"web.path_invalid\"} ",
        "regia_web_request_duration_seconds_count{route=\"/api/v1/things/{id}\"} ",
    ] {
        assert!(page.contains(line), "{line} is missing in\n{page}");
    }
}

#[tokio::test]
async fn answers_are_packed_where_the_browser_can_unpack() {
    let site = Site::new().await;
    let headers = [("accept-encoding", "gzip, br")];
    let answer = site
        .send(request(Method::GET, "/api/openapi.json", &headers, ""))
        .await;
    assert_eq!(answer.header("content-encoding"), "gzip");
}

#[tokio::test]
async fn the_description_tells_of_every_operation_and_its_problems() {
    let site = Site::new().await;
    let api = site.get("/api/openapi.json").await.json();
    assert_eq!(api["openapi"], "3.1.0");
    let make = &api["paths"]["/api/v1/things"]["post"];
    let get = &api["paths"]["/api/v1/things/{id}"]["get"];
    let statuses = |operation: &serde_json::Value| {
        operation["responses"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(
        statuses(make),
        "201 400 401 403 408 409 413 415 422 429 500 503 504"
    );
    assert_eq!(statuses(get), "200 400 401 403 404 422 429 500 503 504");
    assert_eq!(
        make["responses"]["422"]["$ref"],
        "#/components/responses/Problem422"
    );
    let own = &make["responses"]["409"];
    assert_eq!(own["description"], "There is one already.");
    let schema = &own["content"]["application/problem+json"]["schema"]["$ref"];
    assert_eq!(schema, "#/components/schemas/Problem");
    let content = &api["components"]["responses"]["Problem422"]["content"];
    let schema = &content["application/problem+json"]["schema"]["$ref"];
    assert_eq!(schema, "#/components/schemas/Problem");
    assert!(api["components"]["schemas"]["Problem"]["properties"]["trace_id"].is_object());
    assert!(api["components"]["schemas"]["FieldError"].is_object());
    assert_eq!(
        api["components"]["securitySchemes"]["bearer"]["scheme"],
        "bearer"
    );
    assert_eq!(api["security"], json!([{ "bearer": [] }, { "cookie": [] }]));
}
