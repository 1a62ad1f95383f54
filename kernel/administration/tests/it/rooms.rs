//! What pages show to whom. Every page is asked by everybody in the tests of the composed server.

use serde_json::json;

use crate::site::{OTHER_PASSWORD, PASSWORD, Site};

async fn site() -> Site {
    let site = Site::new().await;
    site.db
        .own(
            "insert into kernel.territory (territory_id, tenant_id, parent_id, name) values
                 (2, 2, null, 'other'), (11, 1, 1, 'north')",
        )
        .await;
    site.db
        .own(
            "insert into access.user_account (territory_id, user_id, name)
             overriding system value values (2, 90, 'foreign')",
        )
        .await;
    site.db
        .own(
            "insert into access.role (territory_id, role_id, name, permissions)
             overriding system value values (1, 500, 'own', '{}'), (2, 501, 'foreign', '{}')",
        )
        .await;
    site
}

#[tokio::test]
async fn a_role_in_a_part_of_the_tree_is_none_for_what_belongs_to_all_of_it() {
    let site = site().await;
    let north = json!([{ "role": "super_administrator", "territory": 11 }]);
    site.join_with("nora", &north).await;
    let nora = site.log_in("nora", OTHER_PASSWORD).await;
    for (path, status) in [
        ("/administration/users", 403),
        ("/administration/roles", 403),
        ("/administration/territories", 200),
        ("/administration/territories/11", 200),
        ("/administration/territories/1", 404),
    ] {
        assert_eq!(site.page(&nora, path).await.status, status, "{path}");
    }
    // What is refused is not offered.
    let page = site
        .page(&nora, "/administration/territories/11")
        .await
        .body;
    assert!(page.contains("href=\"/administration/territories\""));
    assert!(!page.contains("href=\"/administration/users\""), "{page}");
    assert!(!page.contains("href=\"/administration/roles\""));
}

#[tokio::test]
async fn what_a_role_does_not_allow_is_left_out() {
    let site = site().await;
    site.join_with("anna", &json!([{ "role": "administrator" }]))
        .await;
    let (anna, admin) = (
        site.log_in("anna", OTHER_PASSWORD).await,
        site.log_in("admin", PASSWORD).await,
    );
    for (path, marks) in [
        ("/administration/users", "/administration/users/new"),
        ("/administration/users/1", "data-open=\"suspend\""),
        ("/administration/users/1", "/mandates\""),
        ("/administration/roles", "/administration/roles/new"),
        ("/administration/roles/operator", "/second-factor"),
    ] {
        let (less, more) = (site.page(&anna, path).await, site.page(&admin, path).await);
        assert_eq!((less.status, more.status), (200, 200), "{path}");
        assert!(more.body.contains(marks), "{path} {marks}");
        assert!(!less.body.contains(marks), "{path} {marks} {}", less.body);
    }
}
