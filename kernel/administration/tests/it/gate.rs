//! Who may look at users and change them.

use http::Method;
use serde_json::Value;

use crate::site::{PASSWORD, Site};

/// Every operation on users, with its method.
async fn operations(site: &Site) -> Vec<(Method, String)> {
    let browser = site.log_in("admin", PASSWORD).await;
    let document = site.page(&browser, "/api/openapi.json").await;
    let document: Value = serde_json::from_str(&document.body).unwrap();
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let Some((_, path)) = path.split_once("/access/users") else {
            continue;
        };
        let path = format!(
            "/users{}",
            path.replace("{id}", "1").replace("{login}", "1")
        );
        for method in item.as_object().unwrap().keys() {
            if let Ok(method) = method.to_uppercase().parse::<Method>()
                && ["GET", "PUT", "POST", "DELETE", "PATCH"].contains(&method.as_str())
            {
                found.push((method, path.clone()));
            }
        }
    }
    assert!(found.len() > 10, "{found:?}");
    found
}

#[tokio::test]
async fn without_the_permission_nobody_sees_or_changes_a_user() {
    let site = Site::new().await;
    let operations = operations(&site).await;
    for (permissions, may_read) in [("{acs.device.read}", false), ("{access.user.read}", true)] {
        site.db
            .own(&format!(
                "update access.api_key set permissions = '{permissions}'"
            ))
            .await;
        for (method, path) in &operations {
            let answer = site.api(method.clone(), path, "{}").await;
            let denied = answer.status == 403 && answer.body.contains("access.denied");
            let reads = *method == Method::GET;
            assert_eq!(
                denied,
                !(may_read && reads),
                "{method} {path} {}",
                answer.body
            );
        }
    }
}

#[tokio::test]
async fn a_role_that_is_taken_away_counts_from_the_next_request_on() {
    let site = Site::new().await;
    let browser = site.log_in("admin", PASSWORD).await;
    let users = "/administration/users";
    assert_eq!(site.page(&browser, users).await.status, 200);
    for (change, status) in [
        (
            "update access.mandate set system_role = 'administrator'",
            200,
        ),
        ("update access.mandate set system_role = 'operator'", 403),
        (
            "update access.mandate set system_role = 'super_administrator', area_id = 1",
            200,
        ),
        (
            "update access.mandate set valid_from = now() - interval '2 days',
             valid_until = now() - interval '1 day'",
            403,
        ),
        (
            "update access.mandate set valid_until = null, valid_from = now() + interval '1 day'",
            403,
        ),
        (
            "update access.mandate set valid_from = now() - interval '2 days'",
            200,
        ),
        ("delete from access.mandate", 403),
    ] {
        site.db.own(change).await;
        let page = site.page(&browser, users).await;
        assert_eq!(page.status, status, "{change}: {}", page.body);
    }
    // One's own account stays.
    assert_eq!(site.page(&browser, "/account").await.status, 200);
}
