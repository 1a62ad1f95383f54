//! Who may look at users and change them.

use crate::site::{PASSWORD, Site};

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
        // The console's own page, which names what is missing.
        let (title, permission) = ("<h1>You may not do this", "permission access.user.read.");
        let names = page.body.contains(title) && page.body.contains(permission);
        assert_eq!(names, status == 403, "{change}: {}", page.body);
    }
    // One's own account stays.
    assert_eq!(site.page(&browser, "/account").await.status, 200);
}
