//! Where a second factor is required.

use http::Method;
use regia_access::{AccessSettings, SecondFactorRule};

use crate::site::{PASSWORD, Site, key_of};

#[tokio::test]
async fn everything_leads_to_the_set_up_and_works_afterwards() {
    let site = Site::with(AccessSettings {
        second_factor: SecondFactorRule::Required,
        ..AccessSettings::default()
    })
    .await;
    let mut browser = site.log_in("admin", PASSWORD).await;
    for page in [
        "/account",
        "/administration/users",
        "/account/second-factorx",
        "/nowhere",
    ] {
        let led = site.page(&browser, page).await;
        assert_eq!(
            (led.status, led.header("location")),
            (303, "/account/second-factor"),
            "{page}"
        );
    }
    let refused = site.as_person(&browser, Method::GET, "/account", "").await;
    assert_eq!(
        refused.problem(),
        (403, "access.second_factor_required".into())
    );
    // A key is asked for no second factor.
    assert_eq!(site.api(Method::GET, "/users", "").await.status, 200);
    let page = site.page(&browser, "/account/second-factor").await;
    assert!(
        page.body.contains("Everybody has a second factor here"),
        "{}",
        page.body
    );
    browser.csrf = csrf_of(&page.body);
    assert_eq!(
        site.post(&browser, "/account/second-factor", "")
            .await
            .status,
        303
    );
    let shown = site.page(&browser, "/account/second-factor").await;
    let text = shown.body.split("data-copy=\"").nth(1).unwrap();
    let key = key_of(text.split('"').next().unwrap());
    let form = format!("code={}", site.code(&key));
    let done = site
        .post(&browser, "/account/second-factor/confirm", &form)
        .await;
    assert_eq!(done.status, 200, "{}", done.body);
    let browser = site.browser(done.cookie("regia")).await;
    assert_eq!(site.page(&browser, "/account").await.status, 200);
}

#[tokio::test]
async fn whoever_does_not_want_to_may_log_out() {
    let site = Site::with(AccessSettings {
        second_factor: SecondFactorRule::Required,
        ..AccessSettings::default()
    })
    .await;
    let mut browser = site.log_in("admin", PASSWORD).await;
    let page = site.page(&browser, "/account/second-factor").await;
    browser.csrf = csrf_of(&page.body);
    let out = site.post(&browser, "/logout", "").await;
    assert_eq!((out.status, out.header("location")), (303, "/login"));
}

/// The token that the forms of a page carry.
fn csrf_of(page: &str) -> String {
    let token = page.split("name=\"csrf\" value=\"").nth(1).unwrap();
    token.split('"').next().unwrap().to_owned()
}
