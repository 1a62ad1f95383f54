//! The console's screens of what is watched.

use crate::site::Site;

#[tokio::test]
async fn the_trail_is_read_and_narrowed_by_what_is_typed() {
    let site = Site::new().await;
    site.changes(1, &["device:1", "device:2", "onboarding"])
        .await;
    let browser = site.log_in().await;
    let page = site.page(&browser, "/administration/audit").await;
    assert_eq!(page.status, 200, "{}", page.body);
    for text in [
        "/acs/devices/2",
        "=maria",
        "access.<wbr>user.<wbr>create",
        "Nothing sealed yet",
    ] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    for (typed, shown, hidden) in [
        ("device:1", "/acs/devices/1", "/acs/devices/2"),
        ("acs.", "/acs/devices/1", "access.<wbr>user"),
        ("192.0.2.7", "/acs/devices/1", "access.<wbr>user"),
        ("0123456789abcdef", "/acs/devices/1", "access.<wbr>user"),
        ("admin", "access.<wbr>login", "/acs/devices/1"),
    ] {
        let page = site
            .page(&browser, &format!("/administration/audit?q={typed}"))
            .await;
        assert!(page.body.contains(shown), "{typed}: {}", page.body);
        assert!(!page.body.contains(hidden), "{typed}");
    }
    let none = site.page(&browser, "/administration/audit?q=nobody").await;
    assert!(none.body.contains("Nothing matches"), "{}", none.body);
    let csv = site
        .page(&browser, "/administration/audit?q=device:1&format=csv")
        .await;
    assert_eq!(csv.body.lines().count(), 2, "{}", csv.body);
}

#[tokio::test]
async fn a_line_shows_what_was_changed() {
    let site = Site::new().await;
    site.changes(1, &["device:1"]).await;
    let browser = site.log_in().await;
    let list = site.get("/audit?action=acs.").await;
    let id = list.json()["items"][0]["id"].as_i64().unwrap();
    let page = site
        .page(&browser, &format!("/administration/audit/{id}"))
        .await;
    for text in [
        "<ins>roof</ins>",
        "href=\"/acs/devices/1\"",
        "object=device",
    ] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let none = site.page(&browser, "/administration/audit/999999").await;
    assert_eq!(none.status, 404);
}

#[tokio::test]
async fn a_check_says_what_is_wrong() {
    let site = Site::new().await;
    site.changes(1, &["device:1"]).await;
    site.trail.seal().await.unwrap();
    let browser = site.log_in().await;
    let form = format!("day={}", regia_clock::Clock::system().now().date());
    let path = "/administration/audit/verify";
    let page = site.post(&browser, path, &form).await;
    assert!(page.body.contains("Nothing found"), "{}", page.body);
    let list = site.page(&browser, "/administration/audit").await;
    assert!(
        list.body.contains("Checked without a finding"),
        "{}",
        list.body
    );
    site.db
        .own(
            "set session_replication_role = replica;
             delete from access.audit where object = 'device:1'",
        )
        .await;
    let page = site.post(&browser, path, &form).await;
    assert!(page.body.contains("The line is gone"), "{}", page.body);
    let list = site.page(&browser, "/administration/audit").await;
    assert!(
        list.body.contains("1 findings at the last check"),
        "{}",
        list.body
    );
}

#[tokio::test]
async fn what_was_tried_is_told_in_the_language_of_the_page() {
    let site = Site::new().await;
    let mut browser = site.log_in().await;
    site.with_key("192.0.2.7", "/audit", "junk").await;
    site.get("/audit?cursor=junk").await;
    site.post_without_token(&browser).await;
    site.log.write().await;
    let path = "/administration/security";
    let english = site.page(&browser, path).await.body;
    browser.cookie.push_str("; regia_language=it");
    let italian = site.page(&browser, path).await.body;
    for (en, it) in [
        ("The API key is not valid.", "La chiave API non è valida."),
        ("The cursor is not valid.", "Il cursore non è valido."),
        (
            "The request has no CSRF token.",
            "Nella richiesta manca il token CSRF.",
        ),
    ] {
        assert!(english.contains(en) && italian.contains(it), "{italian}");
    }
}

#[tokio::test]
async fn what_was_tried_is_shown_and_an_address_is_banned_and_let_in() {
    let site = Site::new().await;
    let browser = site.log_in().await;
    site.guess("hunter2", "wrong").await;
    site.log.write().await;
    let path = "/administration/security";
    let page = site.page(&browser, path).await;
    assert_eq!(page.status, 200, "{}", page.body);
    for text in [
        "Wrong password",
        "Nobody is kept out",
        "1 failed logins",
        "hun…",
        "127.0.0.1",
    ] {
        assert!(page.body.contains(text), "{text}: {}", page.body);
    }
    let week = site
        .page(&browser, "/administration/security?span=week&kind=login")
        .await;
    assert!(
        !week.body.contains("hun…") && week.body.contains("user admin"),
        "{}",
        week.body
    );
    let mut italian = browser.clone();
    italian.cookie.push_str("; regia_language=it");
    for typed in ["utente admin", "user admin"] {
        let typed = format!("{path}?q={}", typed.replace(' ', "+"));
        let found = site.page(&italian, &typed).await;
        let who = "<a href=\"/administration/security?q=utente";
        assert!(found.body.contains(who), "{}", found.body);
        assert!(found.body.contains(">utente admin</a>"), "{}", found.body);
    }
    let form = "address=198.51.100.7&reason=scans&minutes=60";
    let bans = "/administration/security/bans";
    assert_eq!(site.post(&browser, bans, form).await.status, 303);
    let page = site.page(&browser, path).await;
    assert!(page.body.contains("1 address is kept out"), "{}", page.body);
    assert!(page.body.contains("198.51.100.7") && page.body.contains("scans"));
    let own = "address=127.0.0.1&reason=x&minutes=60";
    assert_eq!(site.post(&browser, bans, own).await.status, 409);
    let id = site.get("/security/bans").await.json()["items"][0]["id"].clone();
    let remove = format!("{bans}/{id}/remove");
    assert_eq!(site.post(&browser, &remove, "").await.status, 303);
    assert_eq!(site.post(&browser, &remove, "").await.status, 404);
}
