//! The API of the security log and the bans.

use http::Method;
use serde_json::{Value, json};

use crate::site::{PROXY, Site};

const AWAY: &str = "198.51.100.7";

async fn kinds(site: &Site) -> Vec<(String, String, i64)> {
    site.log.write().await;
    let answer = site.get("/security/events?limit=200").await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let items = answer.json()["items"].as_array().unwrap().clone();
    let text = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
    let mut found: Vec<_> = items
        .iter()
        .map(|item| {
            let count = item["count"].as_i64().unwrap();
            (text(item, "kind"), text(item, "address"), count)
        })
        .collect();
    found.sort_unstable();
    found
}

async fn ban(site: &Site, body: Value) -> (u16, Value) {
    let answer = site
        .api(Method::POST, "/security/bans", &body.to_string())
        .await;
    site.bans.read().await.unwrap();
    (answer.status, answer.json())
}

#[tokio::test]
async fn what_is_tried_at_the_doors_is_noted() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    for _ in 0..3 {
        assert_eq!(site.guess("hunter2", "wrong password").await, 401);
    }
    assert_eq!(
        site.with_key(AWAY, "/audit", "no key of ours").await.status,
        401
    );
    assert_eq!(
        site.with_cookie(AWAY, "/administration/audit", "regia=x")
            .await
            .status,
        303
    );
    assert_eq!(site.get("/audit?cursor=x").await.status, 422);
    assert_eq!(site.post_without_token(&browser).await.status, 403);
    site.db
        .own("update access.mandate set system_role = 'viewer'")
        .await;
    assert_eq!(
        site.page(&browser, "/administration/audit").await.status,
        403
    );
    let local = "127.0.0.1".to_owned();
    let noted = kinds(&site).await;
    for (kind, address, count) in [
        ("bad_cookie", AWAY, 1),
        ("bad_cursor", "127.0.0.1", 1),
        ("bad_key", AWAY, 1),
        ("denied", "127.0.0.1", 1),
        ("forged_request", "127.0.0.1", 1),
        ("login", "127.0.0.1", 1),
        ("login_failed", "127.0.0.1", 3),
    ] {
        // A minute may have begun in between.
        let sum: i64 = noted
            .iter()
            .filter(|row| row.0 == kind && row.1 == address)
            .map(|row| row.2)
            .sum();
        assert_eq!(sum, count, "{kind} from {address} ({local}): {noted:?}");
    }
    let all = site.get("/security/events?limit=200").await.body;
    assert!(
        !all.contains("hunter2") && !all.contains("wrong password"),
        "{all}"
    );
    assert!(all.contains("hun…") && all.contains("user admin"), "{all}");
    assert!(!all.contains("no key of ours"), "{all}");
    let some = site.get("/security/events?kind=login_failed").await;
    assert!(some.all("kind").iter().all(|kind| kind == "login_failed"));
    assert_eq!(site.get("/security/events?kind=x").await.status, 422);
}

#[tokio::test]
async fn who_is_banned_asks_in_vain_unless_with_a_valid_key() {
    let site = Site::new().await;
    let right = json!({ "address": AWAY, "reason": "scans", "minutes": 60 });
    let (status, made) = ban(&site, right).await;
    assert_eq!(
        (status, made["network"].as_str()),
        (201, Some(AWAY)),
        "{made}"
    );
    for path in [
        "/administration/audit",
        "/login",
        "/api/openapi.json",
        "/api/v1/audit",
    ] {
        let answer = site.with_cookie(AWAY, path, "").await;
        assert_eq!(answer.status, 403, "{path}: {}", answer.body);
        assert!(answer.headers.contains_key("retry-after"), "{path}");
    }
    assert_eq!(
        site.with_key(AWAY, "/audit", "no key of ours").await.status,
        403
    );
    assert_eq!(
        site.with_key(AWAY, "/audit", crate::site::API_KEY)
            .await
            .status,
        200
    );
    assert_eq!(
        site.with_cookie("198.51.100.8", "/login", "").await.status,
        200
    );
    assert_eq!(site.with_cookie(AWAY, "/health/live", "").await.status, 200);
    let refused = kinds(&site).await;
    assert!(
        refused
            .iter()
            .any(|row| row.0 == "refused" && row.1 == AWAY),
        "{refused:?}"
    );
    let path = format!("/security/bans/{}", made["id"]);
    assert_eq!(site.api(Method::DELETE, &path, "").await.status, 204);
    site.bans.read().await.unwrap();
    assert_eq!(site.with_cookie(AWAY, "/login", "").await.status, 200);
    assert_eq!(site.api(Method::DELETE, &path, "").await.status, 404);
    let lines = site.get("/audit?action=access.security.").await;
    assert_eq!(
        lines.all("action"),
        ["access.security.unban", "access.security.ban"]
    );
}

#[tokio::test]
async fn nobody_shuts_out_a_proxy_or_themselves_by_mistake() {
    let site = Site::new().await;
    let body = |address: &str| json!({ "address": address, "reason": "x", "minutes": 1 });
    for (body, status) in [
        (body(PROXY), 422),
        (body("everybody"), 422),
        (json!({ "address": AWAY, "reason": "", "minutes": 1 }), 422),
        (json!({ "address": AWAY, "reason": "x", "minutes": 0 }), 422),
        // Where the test itself comes from.
        (body("127.0.0.1"), 409),
        (body(" ::ffff:127.0.0.1 "), 409),
    ] {
        let (found, answer) = ban(&site, body).await;
        assert_eq!(found, status, "{answer}");
        assert!(
            answer["hint"].is_string() || answer["errors"].is_array(),
            "{answer}"
        );
    }
    let all = site.get("/security/bans").await;
    assert_eq!(all.json()["items"], json!([]));
    let own = json!({ "address": "127.0.0.1", "reason": "x", "minutes": 1, "even_my_own": true });
    assert_eq!(ban(&site, own).await.0, 201);
}

#[tokio::test]
async fn only_who_may_sees_and_bans() {
    let site = Site::new().await;
    site.db
        .own(
            "insert into kernel.territory (territory_id, tenant_id, name) values (7, 7, 'other');
             insert into access.security_event (territory_id, minute, kind, address, actor, count,
                 last_at, route, detail, trace_id)
             values (7, now(), 'denied', '192.0.2.77', '', 1, now(), '', '', '')",
        )
        .await;
    assert!(
        !site
            .get("/security/events")
            .await
            .body
            .contains("192.0.2.77")
    );
    for (permissions, read, write) in [
        ("{acs.device.read}", 403, 403),
        ("{access.security.read}", 200, 403),
        ("{access.security.read,access.security.write}", 200, 201),
    ] {
        site.db
            .own(&format!(
                "update access.api_key set permissions = '{permissions}'"
            ))
            .await;
        for path in ["/security/events", "/security/bans"] {
            assert_eq!(site.get(path).await.status, read, "{permissions} {path}");
        }
        let body = json!({ "address": AWAY, "reason": "x", "minutes": 1 });
        assert_eq!(ban(&site, body).await.0, write, "{permissions}");
        let gone = site
            .api(Method::DELETE, "/security/bans/999", "")
            .await
            .status;
        assert_eq!(gone == 403, write == 403, "{permissions}");
    }
}

/// Events of one minute each, the newest of which names a formula.
async fn events(site: &Site, count: u32) {
    site.db
        .own(&format!(
            "insert into access.security_event (territory_id, minute, kind, address, actor, count,
                 last_at, route, detail, trace_id)
             select 1, date_trunc('minute', now()) - n * interval '1 minute', 'login_failed',
                 '192.0.2.9', '=user' || n, 2, now(), '/login', 'a, b', ''
             from generate_series(0, {count} - 1) n"
        ))
        .await;
}

#[tokio::test]
async fn an_export_has_every_event_that_matches_and_no_formula() {
    let site = Site::new().await;
    events(&site, 450).await;
    let csv = site
        .get("/security/events?address=192.0.2.9&format=csv")
        .await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(csv.body.lines().count(), 451);
    let newest = csv.body.lines().nth(1).unwrap();
    assert!(
        newest.contains(",login_failed,notice,2,192.0.2.9,'=user0,/login,\"a, b\","),
        "{newest}"
    );
    let lines = site
        .get("/security/events?kind=login_failed&format=jsonl")
        .await;
    assert_eq!(lines.body.lines().count(), 450);
    for line in lines.body.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["address"], "192.0.2.9");
    }
    let other = site.get("/security/events?kind=banned&format=csv").await;
    assert_eq!(other.body.lines().count(), 1);
    assert_eq!(site.get("/security/events?format=xml").await.status, 422);
    // Counted as an export: six a minute, of which one was refused for its form.
    for _ in 0..2 {
        let answer = site.get("/security/events?kind=banned&format=csv").await;
        assert_eq!(answer.status, 200);
    }
    let answer = site.get("/security/events?kind=banned&format=csv").await;
    assert_eq!(answer.status, 429);
    assert_eq!(site.get("/security/events").await.status, 200);
}

#[tokio::test]
async fn the_page_exports_what_its_filters_show() {
    let site = Site::new().await;
    events(&site, 60).await;
    let browser = site.log_in().await;
    site.log.write().await;
    let base = "/administration/security?span=week&kind=login_failed";
    let page = site.page(&browser, base).await;
    for format in ["csv", "jsonl"] {
        let link = format!("span=week&#38;kind=login_failed&#38;format={format}");
        assert!(page.body.contains(&link), "{link}: {}", page.body);
    }
    let day = (regia_clock::Clock::system().now() - time::Duration::days(2)).date();
    for (filter, rows) in [
        ("", 60),
        ("&q=%3Duser7", 1),
        ("&q=192.0.2.10", 0),
        (&format!("&from={day}"), 60),
        (&format!("&to={day}"), 0),
    ] {
        let path = format!("{base}{filter}&format=jsonl");
        let answer = site.page(&browser, &path).await;
        assert_eq!(answer.status, 200, "{filter}: {}", answer.body);
        assert_eq!(answer.body.lines().count(), rows, "{filter}");
    }
    site.db
        .own("update access.mandate set system_role = 'operator'")
        .await;
    let refused = site.page(&browser, &format!("{base}&format=csv")).await;
    assert_eq!(refused.status, 403);
}
