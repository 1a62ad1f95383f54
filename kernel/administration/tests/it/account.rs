//! One's own account through API and pages.

use http::Method;

use crate::site::{Browser, OTHER_PASSWORD, PASSWORD, Site, key_of};

#[tokio::test]
async fn a_password_is_changed_and_the_cookie_with_it() {
    let site = Site::new().await;
    let other = site.log_in("admin", PASSWORD).await;
    let browser = site.log_in("admin", PASSWORD).await;
    for (form, said) in [
        (
            "current=guess&password=stapler+anchovy+9&repeat=stapler+anchovy+9",
            "not your password",
        ),
        ("current=x&password=a&repeat=b", "not the same"),
    ] {
        let refused = site.post(&browser, "/account/password", form).await;
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains(said), "{}", refused.body);
    }
    let form = format!("current={PASSWORD}&password={OTHER_PASSWORD}&repeat={OTHER_PASSWORD}");
    let changed = site.post(&browser, "/account/password", &form).await;
    assert_eq!(changed.status, 303, "{}", changed.body);
    let renewed = site.browser(changed.cookie("regia")).await;
    assert_ne!(renewed.cookie, browser.cookie);
    let page = site.page(&renewed, changed.header("location")).await;
    assert!(
        page.body.contains("The password is changed"),
        "{}",
        page.body
    );
    for over in [&browser, &other] {
        assert_eq!(site.page(over, "/account").await.status, 303);
    }
    let json = format!("{{\"current\":\"{OTHER_PASSWORD}\",\"new\":\"{PASSWORD}\"}}");
    let back = site
        .as_person(&renewed, Method::POST, "/account/password", &json)
        .await;
    assert_eq!(back.status, 204, "{}", back.body);
    let json = "{\"current\":\"x\",\"new\":\"password1234\"}";
    let browser = site.browser(back.cookie("regia")).await;
    let wrong = site
        .as_person(&browser, Method::POST, "/account/password", json)
        .await;
    assert_eq!(wrong.problem(), (422, "access.password_wrong".into()));
}

#[tokio::test]
async fn a_second_factor_is_set_up_used_and_removed_through_the_pages() {
    let site = Site::new().await;
    let browser = site.log_in("admin", PASSWORD).await;
    let page = "/account/second-factor";
    assert_eq!(site.page(&browser, page).await.status, 200);
    assert_eq!(site.post(&browser, page, "").await.status, 303);
    let shown = site.page(&browser, page).await;
    assert!(shown.body.contains("<svg class=\"qr\""), "{}", shown.body);
    assert_eq!(shown.header("cache-control"), "no-store");
    let text = shown.body.split("data-copy=\"").nth(1).unwrap();
    let key = key_of(text.split('"').next().unwrap());
    let confirm = "/account/second-factor/confirm";
    let wrong = site.post(&browser, confirm, "code=000000").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("Wrong code"), "{}", wrong.body);
    let done = site
        .post(&browser, confirm, &format!("code={}", site.code(&key)))
        .await;
    assert_eq!(done.status, 200, "{}", done.body);
    assert_eq!(done.header("cache-control"), "no-store");
    assert!(done.body.contains("Recovery codes"), "{}", done.body);
    let browser = site.browser(done.cookie("regia")).await;
    assert_eq!(
        site.page(&browser, page).await.header("location"),
        "/account"
    );

    let half = site.try_log_in("admin", PASSWORD).await;
    assert_eq!(half.header("location"), "/login/code");
    let cookie = half.cookie("regia_half");
    let as_login = site
        .page(
            &site.browser(cookie.replace("regia_half", "regia")).await,
            "/account",
        )
        .await;
    assert_eq!(as_login.status, 303, "the half login opens nothing");
    let wrong = site.post_open("/login/code", "code=000000", &cookie).await;
    assert_eq!(wrong.status, 401);
    let code = format!("code={}&next=%2Faccount", site.next_code(&key));
    let entered = site.post_open("/login/code", &code, &cookie).await;
    assert_eq!(
        (entered.status, entered.header("location")),
        (303, "/account")
    );
    let entered = site.browser(entered.cookie("regia")).await;
    assert_eq!(site.page(&entered, "/account").await.status, 200);
    let replayed = site.post_open("/login/code", &code, &cookie).await;
    assert_eq!(replayed.header("location"), "/login?next=%2Faccount");

    let form = "renew_password=guess";
    let refused = site
        .post(&entered, "/account/second-factor/codes", form)
        .await;
    assert_eq!(refused.status, 422);
    let form = format!("renew_password={PASSWORD}");
    let renewed = site
        .post(&entered, "/account/second-factor/codes", &form)
        .await;
    assert_eq!(renewed.status, 200, "{}", renewed.body);
    let form = format!("remove_password={PASSWORD}");
    let removed = site
        .post(&entered, "/account/second-factor/remove", &form)
        .await;
    assert_eq!(removed.status, 303, "{}", removed.body);
    site.log_in("admin", PASSWORD).await;
}

#[tokio::test]
async fn a_second_factor_is_set_up_and_removed_through_the_api() {
    let site = Site::new().await;
    let browser = site.log_in("admin", PASSWORD).await;
    let post = async |path: &str, json: &str, browser: &crate::site::Browser| {
        let path = format!("/account/second-factor{path}");
        site.as_person(browser, Method::POST, &path, json).await
    };
    let begun = post("", "", &browser).await;
    assert_eq!(begun.status, 201, "{}", begun.body);
    let key = key_of(begun.json()["key"].as_str().unwrap());
    let json = format!("{{\"code\":\"{}\"}}", site.code(&key));
    let confirmed = post("/confirm", &json, &browser).await;
    assert_eq!(
        confirmed.json()["recovery_codes"].as_array().unwrap().len(),
        10
    );
    let browser = site.browser(confirmed.cookie("regia")).await;
    let account = site
        .as_person(&browser, Method::GET, "/account", "")
        .await
        .json();
    assert_eq!(account["recovery_codes_left"], 10);
    assert_eq!(account["user"]["second_factor"], true);
    let again = post("", "", &browser).await;
    assert_eq!(again.problem(), (409, "access.has_second_factor".into()));
    let id = account["user"]["id"].as_i64().unwrap();
    let path = format!("/users/{id}/second-factor");
    assert_eq!(site.api(Method::DELETE, &path, "").await.status, 204);
    let again = site.api(Method::DELETE, &path, "").await;
    assert_eq!(again.problem(), (409, "access.no_second_factor".into()));
    let json = format!("{{\"password\":\"{PASSWORD}\"}}");
    for path in ["/recovery-codes", "/remove"] {
        let none = post(path, &json, &browser).await;
        assert_eq!(none.problem(), (409, "access.no_second_factor".into()));
    }
}

#[tokio::test]
async fn logins_are_listed_and_ended() {
    let site = Site::new().await;
    let id = site.join("maria").await;
    let of_another = site.log_in("maria", OTHER_PASSWORD).await;
    let (first, second) = (
        site.log_in("admin", PASSWORD).await,
        site.log_in("admin", PASSWORD).await,
    );
    let own = site.log_in("admin", PASSWORD).await;
    let list = site
        .as_person(&own, Method::GET, "/account/logins", "")
        .await
        .json();
    let list = list["items"].as_array().unwrap().clone();
    assert_eq!(list.len(), 3);
    let oldest = list[2]["id"].as_i64().unwrap();
    let path = format!("/account/logins/{oldest}");
    for _ in 0..2 {
        let ended = site.as_person(&own, Method::DELETE, &path, "").await;
        assert_eq!(ended.status, 204);
    }
    assert_eq!(site.page(&first, "/account").await.status, 303);
    assert_eq!(site.post(&own, "/account/logins/end", "").await.status, 303);
    assert_eq!(site.page(&second, "/account").await.status, 303);
    assert_eq!(site.page(&own, "/account").await.status, 200);
    assert_eq!(site.page(&of_another, "/account").await.status, 200);
    let logins = format!("/users/{id}/logins");
    assert_eq!(site.api(Method::DELETE, &logins, "").await.status, 204);
    assert_eq!(site.page(&of_another, "/account").await.status, 303);
}

#[tokio::test]
async fn a_language_is_chosen_and_goes_with_the_person() {
    let site = Site::new().await;
    let browser = site.log_in("admin", PASSWORD).await;
    let speaks = async |language: &str| {
        let page = site.page(&browser, "/account").await;
        assert!(
            page.body.contains(&format!("<html lang=\"{language}\"")),
            "{}",
            page.body
        );
        page.headers
            .get_all("set-cookie")
            .iter()
            .map(|cookie| cookie.to_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert!(speaks("en").await.is_empty());
    let chosen = site
        .post(&browser, "/account/language", "language=it")
        .await;
    assert_eq!(
        (chosen.status, chosen.header("location")),
        (303, "/account")
    );
    assert_eq!(chosen.cookie("regia_language"), "regia_language=it");
    // The browser of the test keeps no cookie: it is told again, and speaks Italian all the same.
    let told = speaks("it").await;
    assert!(
        told[0].starts_with("regia_language=it; Max-Age=31536000; Path=/"),
        "{told:?}"
    );
    let keeping = Browser {
        cookie: format!("{}; regia_language=it", browser.cookie),
        ..browser.clone()
    };
    let page = site.page(&keeping, "/account").await;
    assert!(!page.headers.contains_key("set-cookie"));
    assert!(
        page.body.contains("<option value=\"it\" selected>Italiano"),
        "{}",
        page.body
    );
    // A visitor's page, in the language that the browser keeps.
    let welcome = site
        .page(
            &Browser {
                cookie: "regia_language=it".into(),
                csrf: String::new(),
            },
            "/welcome/x",
        )
        .await;
    assert!(
        welcome.body.contains("Questo link non è valido"),
        "{}",
        welcome.body
    );
    for odd in ["language=", "language=xx", "language=%00"] {
        let chosen = site.post(&browser, "/account/language", odd).await;
        assert_eq!(chosen.status, 303, "{odd}");
        let told = chosen.headers.get_all("set-cookie").iter().count();
        assert_eq!(
            (told, &*chosen.cookie("regia_language")),
            (1, "regia_language=")
        );
        assert!(speaks("en").await.is_empty());
    }
}

#[tokio::test]
async fn the_api_takes_a_language_tag_or_none() {
    let site = Site::new().await;
    let browser = site.log_in("admin", PASSWORD).await;
    let speaks = async |language: &str| {
        let page = site.page(&browser, "/account").await;
        let tag = format!("<html lang=\"{language}\"");
        assert!(page.body.contains(&tag), "{}", page.body);
    };
    let choose = async |json: &str| {
        let path = "/account/language";
        site.as_person(&browser, Method::PUT, path, json)
            .await
            .problem_or_ok()
    };
    assert_eq!(choose("{\"language\":\"it\"}").await.0, 204);
    speaks("it").await;
    for odd in [
        "{\"language\":\"Italiano\"}",
        "{\"language\":\"\"}",
        "{\"language\":\"i\\u0000\"}",
    ] {
        assert_eq!(
            choose(odd).await,
            (422, "access.field_invalid".into()),
            "{odd}"
        );
    }
    assert_eq!(choose("{}").await.0, 204);
    speaks("en").await;
    let key = site
        .api(Method::PUT, "/account/language", "{\"language\":\"it\"}")
        .await;
    assert_eq!(key.problem(), (403, "access.not_a_person".into()));
}
