//! Every page, asked by every role, by somebody with none, and for things of another tenant.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use crate::site::{OTHER_PASSWORD, PASSWORD, Site};

/// The roles of the server, the least first.
const ROLES: [&str; 5] = [
    "viewer",
    "technician",
    "operator",
    "administrator",
    "super_administrator",
];

/// Each page with the place of the least role that may look at it; none: everybody who is logged in.
/// `{...}` stands for something of the tenant.
const PAGES: [(&str, Option<usize>); 12] = [
    ("/administration/users", Some(3)),
    ("/administration/users/new", Some(3)),
    ("/administration/users/{id}", Some(3)),
    ("/administration/roles", Some(3)),
    ("/administration/roles/new", Some(3)),
    ("/administration/roles/{role}", Some(3)),
    ("/administration/territories", Some(0)),
    ("/administration/territories/options", Some(0)),
    ("/administration/territories/{id}", Some(0)),
    ("/administration/territories/{id}/below", Some(0)),
    ("/account", None),
    ("/account/second-factor", None),
];

/// What the router has, read from its source: a page that the list above does not know fails.
#[test]
fn every_page_is_in_the_list() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages.rs");
    let source = std::fs::read_to_string(file).unwrap();
    let source: String = source.split_whitespace().collect();
    let routes = source.split(".route(\"").skip(1).filter_map(|rest| {
        let (path, rest) = rest.split_once('"')?;
        let looks = rest.trim_start_matches(',').starts_with("get(");
        looks.then(|| path.to_owned())
    });
    let found: BTreeSet<String> = routes.filter(|path| !path.contains("{token}")).collect();
    let known = PAGES.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(found, known);
}

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

/// A path with something of the first tenant, or of the other.
fn filled(path: &str, foreign: bool) -> String {
    let (territory, user, role) = match foreign {
        true => ("2", "90", "501"),
        false => ("11", "1", "500"),
    };
    let id = match path.contains("territories") {
        true => territory,
        false => user,
    };
    path.replace("{id}", id).replace("{role}", role)
}

#[tokio::test]
async fn each_role_sees_its_pages_and_is_told_what_the_others_take() {
    let site = site().await;
    for (place, role) in ROLES.into_iter().enumerate() {
        site.join_with(role, &json!([{ "role": role }])).await;
        let browser = site.log_in(role, OTHER_PASSWORD).await;
        for (path, least) in PAGES {
            let path = filled(path, false);
            let shown = site.page(&browser, &path).await;
            let expected = match least {
                Some(least) if place < least => 403,
                _ => 200,
            };
            assert_eq!(shown.status, expected, "{role} {path}");
            if expected == 403 {
                assert!(shown.body.contains("You may not do this"), "{role} {path}");
                assert!(shown.body.contains("access."), "{role} {path}");
            }
        }
    }
}

#[tokio::test]
async fn nobody_in_particular_gets_to_the_login_and_who_holds_nothing_nowhere() {
    let site = site().await;
    site.join("maria").await;
    let maria = site.log_in("maria", OTHER_PASSWORD).await;
    let stranger = crate::site::Browser {
        cookie: String::new(),
        csrf: String::new(),
    };
    for (path, least) in PAGES {
        let path = filled(path, false);
        let led = site.page(&stranger, &path).await;
        assert_eq!(led.status, 303, "{path}");
        assert!(led.header("location").starts_with("/login"), "{path}");
        let expected = if least.is_some() { 403 } else { 200 };
        let shown = site.page(&maria, &path).await;
        assert_eq!(shown.status, expected, "{path}");
    }
}

#[tokio::test]
async fn things_of_another_tenant_are_not_there() {
    let site = site().await;
    let browser = site.log_in("admin", PASSWORD).await;
    for (path, _) in PAGES {
        // A tree is opened where it is: below nothing there is nothing.
        if path.contains('{') && !path.ends_with("/below") {
            let path = filled(path, true);
            assert_eq!(site.page(&browser, &path).await.status, 404, "{path}");
        }
    }
    let below = filled("/administration/territories/{id}/below", true);
    let below = site.page(&browser, &below).await;
    assert_eq!((below.status, below.body.trim()), (200, ""));
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
