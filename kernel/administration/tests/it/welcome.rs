//! The page of a link.

use crate::site::{OTHER_PASSWORD, PASSWORD, Site};
use http::Method;

async fn invited(site: &Site) -> String {
    let made = site
        .api(Method::POST, "/users", "{\"name\":\"maria\"}")
        .await;
    let id = made.json()["id"].as_i64().unwrap();
    site.invitation(id).await
}

#[tokio::test]
async fn it_greets_asks_twice_and_is_used_up() {
    let site = Site::new().await;
    let path = invited(&site).await;
    let nobody = crate::site::Browser {
        cookie: String::new(),
        csrf: String::new(),
    };
    let page = site.page(&nobody, &path).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("Welcome, maria"), "{}", page.body);
    assert_eq!(page.header("cache-control"), "no-store");
    for (form, said) in [
        ("password=short&repeat=short", "At least 12 characters"),
        ("password=password1234&repeat=password1234", "guessed first"),
        (
            "password=hello+maria+hello&repeat=hello+maria+hello",
            "must not hold",
        ),
        ("password=stapler+anchovy&repeat=stapler", "not the same"),
    ] {
        let refused = site.post_open(&path, form, "").await;
        assert_eq!(refused.status, 422, "{form}");
        assert!(refused.body.contains(said), "{form}: {}", refused.body);
    }
    let form = format!("password={OTHER_PASSWORD}&repeat={OTHER_PASSWORD}");
    let done = site.post_open(&path, &form, "").await;
    assert!(done.body.contains("Log in as maria."), "{}", done.body);
    assert!(done.headers.get("set-cookie").is_none());
    site.log_in("maria", OTHER_PASSWORD).await;
    for used in [
        site.page(&nobody, &path).await,
        site.post_open(&path, &form, "").await,
    ] {
        assert_eq!(used.status, 404);
        assert!(used.body.contains("This link was used"), "{}", used.body);
    }
}

#[tokio::test]
async fn junk_and_old_links_are_told_in_clear_words() {
    let site = Site::new().await;
    let path = invited(&site).await;
    let nobody = crate::site::Browser {
        cookie: String::new(),
        csrf: String::new(),
    };
    let forged = format!("/welcome/{}", "A".repeat(43));
    for junk in ["/welcome/x", "/welcome/%00", "/welcome/..%2f", &forged] {
        let page = site.page(&nobody, junk).await;
        assert_eq!(page.status, 404, "{junk}");
        assert!(
            page.body.contains("This link is not valid"),
            "{}",
            page.body
        );
    }
    site.run("update access.user_link set expires_at = now()")
        .await;
    let page = site.page(&nobody, &path).await;
    assert!(page.body.contains("This link is too old"), "{}", page.body);
}

#[tokio::test]
async fn a_form_of_another_site_with_unknown_fields_or_too_long_is_refused() {
    let site = Site::new().await;
    let path = invited(&site).await;
    let form = format!("password={OTHER_PASSWORD}&repeat={OTHER_PASSWORD}");
    let unknown = site
        .post_open(&path, &format!("{form}&admin=true"), "")
        .await;
    assert_eq!(unknown.status, 422);
    let huge = format!("password={}&repeat=x", "x".repeat(10 * 1024 * 1024));
    assert_eq!(site.post_open(&path, &huge, "").await.status, 413);
    let request = http::Request::post(&path)
        .header("host", "regia.test")
        .header("origin", "https://evil.example")
        .header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(axum::body::Body::from(form)).unwrap();
    assert_eq!(site.send(request).await.problem(), (403, "web.csrf".into()));
    assert_eq!(site.try_log_in("maria", OTHER_PASSWORD).await.status, 401);
    assert_eq!(site.try_log_in("maria", PASSWORD).await.status, 401);
}
