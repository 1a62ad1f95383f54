//! The API of the audit trail.

use http::Method;

use crate::site::Site;

#[tokio::test]
async fn lines_are_listed_newest_first_page_by_page() {
    let site = Site::new().await;
    site.changes(1, &["device:1", "device:2", "device:3"]).await;
    let first = site.get("/audit?limit=2").await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.all("object"), ["device:3", "device:2"]);
    let next = first.json()["next"].as_str().unwrap().to_owned();
    let second = site.get(&format!("/audit?limit=2&cursor={next}")).await;
    assert_eq!(second.all("object")[0], "device:1");
    let line = &first.json()["items"][0];
    assert_eq!(line["after"]["notes"], "roof");
    assert_eq!(line["address"], "192.0.2.7");
    let one = site.get(&format!("/audit/{}", line["id"])).await;
    assert_eq!(one.json(), *line);
    assert_eq!(site.get("/audit/999999").await.status, 404);
}

#[tokio::test]
async fn every_filter_narrows() {
    let site = Site::new().await;
    site.changes(1, &["device:1", "device:2"]).await;
    for (filter, found) in [
        ("actor=%3Dmaria", 2),
        ("actor=maria", 0),
        ("action=acs.", 2),
        ("action=acs.device.annotate", 2),
        ("action=acs.device.annotated", 0),
        ("action=acs.b", 0),
        ("object=device:1", 1),
        ("address=192.0.2.7", 2),
        ("address=192.0.2.8", 0),
        ("trace_id=0123456789abcdef", 2),
        ("object=device:2&actor=%3Dmaria&action=acs.", 1),
        ("action=acs.&from=2020-01-01T00:00:00Z", 2),
        ("action=acs.&to=2020-01-01T00:00:00Z", 0),
        ("action=acs.&from=2099-01-01T00:00:00Z", 0),
    ] {
        let answer = site.get(&format!("/audit?{filter}")).await;
        assert_eq!(answer.status, 200, "{filter}: {}", answer.body);
        assert_eq!(answer.all("object").len(), found, "{filter}");
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let site = Site::new().await;
    for query in [
        "cursor=x",
        "limit=0",
        "from=yesterday",
        "format=xml",
        "acter=admin",
    ] {
        let answer = site.get(&format!("/audit?{query}")).await;
        assert_eq!(answer.status, 422, "{query}: {}", answer.body);
    }
    for body in ["{}", "{\"day\":\"yesterday\"}", "{\"day\":\"2026-02-30\"}"] {
        let answer = site.api(Method::POST, "/audit/verify", body).await;
        assert_eq!(answer.status, 422, "{body}: {}", answer.body);
    }
    // A cursor that no page handed out shows nothing, and breaks nothing.
    let far = regia_store_cursor(i64::MAX);
    let answer = site.get(&format!("/audit?cursor={far}")).await;
    assert!(
        answer.status == 200 || answer.status == 422,
        "{}",
        answer.body
    );
}

fn regia_store_cursor(micros: i64) -> String {
    regia_store::page::Cursor((micros, 1_i64))
        .to_text()
        .unwrap()
}

#[tokio::test]
async fn an_export_has_every_line_and_no_formula() {
    let site = Site::new().await;
    let many: Vec<&'static str> = std::iter::repeat_n("device:7", 450).collect();
    site.changes(1, &many).await;
    let csv = site.get("/audit?action=acs.&format=csv").await;
    assert_eq!(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(csv.body.lines().count(), 451);
    assert!(csv.body.contains(",'=maria,"));
    let lines = site.get("/audit?action=acs.&format=jsonl").await;
    assert_eq!(lines.body.lines().count(), 450);
    for line in lines.body.lines() {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["object"], "device:7");
    }
    // Counted as an export: six a minute.
    for _ in 0..4 {
        assert_eq!(site.get("/audit?action=none&format=csv").await.status, 200);
    }
    assert_eq!(site.get("/audit?action=none&format=csv").await.status, 429);
    assert_eq!(site.get("/audit?action=none").await.status, 200);
}

#[tokio::test]
async fn a_day_is_checked_and_the_check_is_noted() {
    let site = Site::new().await;
    site.changes(1, &["device:1"]).await;
    site.trail.seal().await.unwrap();
    let day = regia_clock::Clock::system().now().date();
    let body = format!("{{\"day\":\"{day}\"}}");
    let answer = site.api(Method::POST, "/audit/verify", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let report = answer.json();
    assert_eq!(report["findings"], serde_json::json!([]));
    assert!(report["rows"].as_u64().unwrap() >= 2, "{report}");
    let noted = site.get("/audit?action=access.audit.verify").await;
    assert_eq!(noted.json()["items"][0]["after"]["findings"], 0);
    site.db
        .own(
            "set session_replication_role = replica;
             update access.audit set object = 'device:9' where object = 'device:1'",
        )
        .await;
    let answer = site.api(Method::POST, "/audit/verify", &body).await;
    assert_eq!(answer.json()["findings"][0]["flaw"], "row_changed");
}

#[tokio::test]
async fn only_who_may_sees_the_trail_and_nobody_another_tenants() {
    let site = Site::new().await;
    site.db
        .own(
            "insert into kernel.territory (territory_id, tenant_id, name) values (7, 7, 'other');
             insert into kernel.territory (territory_id, tenant_id, parent_id, name)
             values (8, 1, 1, 'north')",
        )
        .await;
    site.changes(7, &["device:70"]).await;
    let all = site.get("/audit?limit=200").await;
    assert!(!all.body.contains("device:70"));
    let foreign = "(select max(entry_id) from access.audit where territory_id = 7)";
    let mut tx = site
        .db
        .store()
        .upkeep(regia_ident::TerritoryId(7))
        .await
        .unwrap();
    let id: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select {foreign}")))
        .fetch_one(tx.conn())
        .await
        .unwrap();
    drop(tx);
    assert_eq!(site.get(&format!("/audit/{id}")).await.status, 404);
    for (key, status) in [
        ("permissions = '{acs.device.read}'", 403),
        ("permissions = '{access.audit.read}'", 200),
        // A part of the tenant is not enough.
        ("area_id = 8", 403),
    ] {
        site.db
            .own(&format!("update access.api_key set {key}"))
            .await;
        for path in ["/audit", "/audit?format=csv", "/audit/1"] {
            let answer = site.get(path).await;
            assert_eq!(answer.status, status, "{key} {path}: {}", answer.body);
        }
        let day = "{\"day\":\"2026-01-01\"}";
        let answer = site.api(Method::POST, "/audit/verify", day).await;
        assert_eq!(answer.status, status, "{key}: {}", answer.body);
    }
}
