//! API keys through the pages.

use http::Method;
use serde_json::json;

use crate::site::{Browser, OTHER_PASSWORD, PASSWORD, Site};

#[expect(
    clippy::too_many_lines,
    reason = "one key from its first page to its last"
)]
#[tokio::test]
async fn the_pages_make_show_change_replace_and_revoke_a_key() {
    let site = Site::new().await;
    let browser = site.log_in("admin", PASSWORD).await;
    for (base, owner) in [
        ("/administration/keys", "&owner=admin"),
        ("/account/keys", ""),
    ] {
        let form = format!(
            "name=billing&permissions=test.thing.read&permissions=access.user.read&area=1\
             &ends_on=2099-12-31&limit=30{owner}"
        );
        let made = site.post(&browser, base, &form).await;
        assert_eq!(made.status, 200, "{}", made.body);
        assert_eq!(made.header("cache-control"), "no-store");
        let text = text_of(&made.body);
        let users = async |text: &str| site.with_key(text, Method::GET, "/users", "").await.status;
        assert_eq!(users(&text).await, 200);
        let id = made.body.split(&format!("href=\"{base}/")).last().unwrap();
        let page = format!("{base}/{}", id.split('"').next().unwrap());
        let shown = site.page(&browser, &page).await;
        for expected in [
            "billing",
            "2099-12-31",
            "value=\"30\"",
            "access.<wbr>user.<wbr>read</dt><dd>See users, their roles, their state and their logins.",
        ] {
            assert!(shown.body.contains(expected), "{expected}: {}", shown.body);
        }
        assert!(!shown.body.contains(&text));
        let list = site.page(&browser, base).await;
        assert!(
            list.body.contains("billing") && list.body.contains("2 permissions"),
            "{}",
            list.body
        );
        let changed = site
            .post(
                &browser,
                &format!("{page}/change"),
                "name=invoices&ends_on=&limit=",
            )
            .await;
        assert_eq!((changed.status, changed.header("location")), (303, &*page));
        let wrong = site
            .post(
                &browser,
                &format!("{page}/change"),
                "name=invoices&ends_on=2020-01-01&limit=",
            )
            .await;
        assert_eq!(wrong.status, 422);
        assert!(
            wrong.body.contains("A day to come is needed"),
            "{}",
            wrong.body
        );
        let rotated = site
            .post(&browser, &format!("{page}/rotate"), "overlap_hours=1")
            .await;
        assert_eq!(rotated.status, 200, "{}", rotated.body);
        let second = text_of(&rotated.body);
        assert_eq!((users(&text).await, users(&second).await), (200, 200));
        let shown = site.page(&browser, &page).await;
        assert!(shown.body.contains("Key before"), "{}", shown.body);
        let csv = site.page(&browser, &format!("{base}?format=csv")).await;
        assert!(csv.body.starts_with("id,name,owner,state,"), "{}", csv.body);
        assert!(
            csv.body
                .contains(",invoices,admin,active,access.user.read test.thing.read,"),
            "{}",
            csv.body
        );
        let revoked = site.post(&browser, &format!("{page}/revoke"), "").await;
        assert_eq!((revoked.status, revoked.header("location")), (303, base));
        assert_eq!((users(&text).await, users(&second).await), (401, 401));
        let shown = site.page(&browser, &page).await;
        assert!(
            shown.body.contains("Revoked") && !shown.body.contains("data-open"),
            "{}",
            shown.body
        );
    }
}

#[tokio::test]
async fn the_form_says_what_is_wrong_and_keeps_what_was_typed() {
    let site = Site::new().await;
    let mandates = json!([{ "role": "viewer", "territory": 1 }]);
    site.join_with("maria", &mandates).await;
    let admin = site.log_in("admin", PASSWORD).await;
    let maria = site.log_in("maria", OTHER_PASSWORD).await;
    let own = "/account/keys";
    let all = "/administration/keys";
    for (browser, base, form, said) in [
        (&admin, all, "name=x", "Choose what the key may do."),
        (
            &admin,
            all,
            "name=x&permissions=test.thing.read&ends_on=tomorrow",
            "A day to come",
        ),
        (
            &admin,
            all,
            "name=x&permissions=test.thing.read&limit=many",
            "A whole number",
        ),
        (
            &admin,
            all,
            "name=x&permissions=test.thing.read&owner=nobody",
            "Nobody has this user name.",
        ),
        (
            &admin,
            all,
            "name=x&permissions=test.thing.read&area=x",
            "not there any more",
        ),
        (
            &admin,
            all,
            "name=+&permissions=test.thing.read",
            "1 to 80 characters",
        ),
        (&maria, own, "name=x&everything=true", "may not do yourself"),
        (
            &maria,
            own,
            "name=x&permissions=access.user.write",
            "may not do yourself",
        ),
    ] {
        let refused = site.post(browser, base, form).await;
        assert_eq!(refused.status, 422, "{form}: {}", refused.body);
        assert!(refused.body.contains(said), "{form}: {}", refused.body);
    }
    // Whose key it is cannot be said where one makes one's own.
    let sly = "name=x&permissions=test.thing.read&owner=admin&installation=true";
    let made = site.post(&maria, own, sly).await;
    assert_eq!(made.status, 200, "{}", made.body);
    let list = site.api(Method::GET, "/keys", "").await.json();
    assert_eq!(list["items"][0]["owner"]["name"], "maria");
    let form = site.page(&maria, "/account/keys/new").await;
    assert!(form.body.contains("test.thing.read") && !form.body.contains("access.user.write"));
    assert!(!form.body.contains("name=\"everything\"") && !form.body.contains("name=\"owner\""));
    // Who holds nothing has nothing to hand out.
    site.db
        .own("delete from access.mandate where user_id = 2")
        .await;
    let form = site.page(&maria, "/account/keys/new").await;
    assert!(form.body.contains("Nothing to hand out"), "{}", form.body);
}

#[tokio::test]
async fn forms_of_keys_need_their_token() {
    let site = Site::new().await;
    let browser = site.log_in("admin", PASSWORD).await;
    let forged = Browser {
        csrf: "x".into(),
        ..browser
    };
    for path in [
        "/administration/keys",
        "/account/keys",
        "/administration/keys/1/revoke",
        "/account/keys/1/rotate",
    ] {
        assert_eq!(
            site.post(&forged, path, "name=x").await.status,
            403,
            "{path}"
        );
    }
}

/// The key that a page shows once.
fn text_of(page: &str) -> String {
    let text = page.split("data-copy=\"").nth(1).unwrap();
    let text = text.split('"').next().unwrap();
    assert!(text.starts_with("regia_"), "{text}");
    text.to_owned()
}
