//! Logging in, staying in, ending.

use std::time::Duration;

use regia_access::{AccessError, Origin, Principal};
use regia_ident::TerritoryId;
use regia_identity::{LoginOutcome, LoginToken};
use regia_store::page::Limit;

use crate::site::{PASSWORD, Site, attempt, attempt_from};

#[tokio::test]
async fn the_right_password_opens_and_the_cookie_names_the_user() {
    let site = Site::new().await;
    let (token, principal) = site.log_in().await;
    let Principal::User { name, user_id, .. } = &principal else {
        panic!("{principal}")
    };
    assert_eq!(name, "admin");
    let text = token.to_text();
    let origin = Origin {
        address: Some([192, 0, 2, 7].into()),
        trace_id: Some("x".into()),
    };
    let found = site
        .access
        .authenticate_cookie(text.expose(), origin.clone())
        .await
        .unwrap();
    let found = found.unwrap().principal;
    assert_eq!(found.origin(), Some(&origin));
    assert_eq!(found.to_string(), "user admin");
    let logins = site
        .access
        .list_logins((TerritoryId::ROOT, *user_id), None, Limit::default())
        .await
        .unwrap();
    let [login] = &logins.items[..] else {
        panic!("{logins:?}")
    };
    assert_eq!(
        (&*login.address, &*login.user_agent),
        ("192.0.2.1", "a browser")
    );
}

#[tokio::test]
async fn names_are_compared_without_case() {
    let site = Site::new().await;
    let outcome = site
        .access
        .login(&attempt("Admin", PASSWORD))
        .await
        .unwrap();
    assert!(matches!(outcome, LoginOutcome::Welcome { .. }));
}

#[tokio::test]
async fn wrong_passwords_and_unknown_users_get_the_same_answer() {
    let site = Site::new().await;
    for (name, password) in [
        ("admin", "wrong"),
        ("admin", ""),
        ("nobody", PASSWORD),
        ("", ""),
        ("ad\0min", PASSWORD),
    ] {
        let outcome = site.access.login(&attempt(name, password)).await.unwrap();
        assert!(
            matches!(outcome, LoginOutcome::Refused),
            "{name:?}: {outcome:?}"
        );
    }
}

#[tokio::test]
async fn after_five_failures_even_the_right_password_waits_a_minute() {
    let site = Site::new().await;
    for host in 1..=5 {
        let guess = attempt_from(&format!("192.0.2.{host}"), "admin", "guess");
        assert!(matches!(
            site.access.login(&guess).await.unwrap(),
            LoginOutcome::Refused
        ));
    }
    let elsewhere = attempt_from("198.51.100.1", "admin", PASSWORD);
    let LoginOutcome::Limited { retry_after } = site.access.login(&elsewhere).await.unwrap() else {
        panic!("not limited");
    };
    assert_eq!(retry_after, Duration::from_secs(60));
    site.clock.advance(retry_after);
    let outcome = site.access.login(&elsewhere).await.unwrap();
    assert!(matches!(outcome, LoginOutcome::Welcome { .. }));
}

#[tokio::test]
async fn simultaneous_guesses_get_no_more_than_the_limit() {
    let site = Site::new().await;
    let guesses: Vec<_> = (0..20)
        .map(|number| attempt_from(&format!("192.0.2.{number}"), "admin", "guess"))
        .collect();
    let mut tasks = tokio::task::JoinSet::new();
    for guess in guesses {
        let access = site.access.clone();
        tasks.spawn(async move { access.login(&guess).await.unwrap() });
    }
    let outcomes = tasks.join_all().await;
    let checked = outcomes
        .iter()
        .filter(|o| matches!(o, LoginOutcome::Refused))
        .count();
    assert_eq!(checked, 5, "{outcomes:?}");
}

#[tokio::test]
async fn junk_cookies_name_nobody() {
    let site = Site::new().await;
    let (token, _) = site.log_in().await;
    let real = token.to_text();
    let longer = format!("{}A", real.expose());
    for junk in [
        "",
        "x",
        "../../etc",
        &"A".repeat(43),
        &"A".repeat(10_000),
        &longer,
        "é",
    ] {
        let found = site
            .access
            .authenticate_cookie(junk, Origin::default())
            .await
            .unwrap();
        assert!(found.is_none(), "{junk:.20}");
    }
    assert!(LoginToken::parse(real.expose()).is_some());
}

#[tokio::test]
async fn an_idle_login_ends_and_a_used_one_ends_later() {
    let site = Site::new().await;
    for (aged, lives) in [
        (
            "update access.login set last_used_at = now() - interval '29 minutes'",
            true,
        ),
        (
            "update access.login set last_used_at = now() - interval '31 minutes'",
            false,
        ),
        (
            "update access.login set created_at = now() - interval '7 hours 59 minutes'",
            true,
        ),
        (
            "update access.login set created_at = now() - interval '8 hours 1 minute'",
            false,
        ),
    ] {
        let (token, principal) = site.log_in().await;
        site.run(aged).await;
        assert_eq!(site.goes_on(&principal).await, lives, "{aged}");
        assert_eq!(site.knows(&token).await, lives, "{aged}");
    }
}

#[tokio::test]
async fn use_is_noted_and_a_long_stream_is_no_use() {
    let site = Site::new().await;
    let (token, principal) = site.log_in().await;
    let age = "update access.login set last_used_at = now() - interval '20 minutes'";
    site.run(age).await;
    site.goes_on(&principal).await;
    let used = "select last_used_at > now() - interval '1 minute' from access.login";
    let is_fresh = async || {
        let mut tx = site.begin().await;
        sqlx::query_scalar::<_, bool>(used)
            .fetch_one(tx.conn())
            .await
            .unwrap()
    };
    assert!(!is_fresh().await);
    assert!(site.knows(&token).await);
    assert!(is_fresh().await);
}

#[tokio::test]
async fn logging_out_or_being_revoked_ends_a_login_at_once() {
    let site = Site::new().await;
    let (first, principal) = site.log_in().await;
    let (second, other) = site.log_in().await;
    site.access.logout(&principal).await.unwrap();
    assert!(!site.knows(&first).await);
    assert!(site.knows(&second).await);
    let Principal::User {
        login_id, user_id, ..
    } = other
    else {
        panic!()
    };
    site.access
        .revoke_login(&Principal::System("test"), user_id, login_id)
        .await
        .unwrap();
    site.access
        .revoke_login(&Principal::System("test"), user_id, login_id)
        .await
        .unwrap();
    assert!(!site.knows(&second).await);
}

#[tokio::test]
async fn a_new_login_replaces_the_one_that_the_browser_carried() {
    let site = Site::new().await;
    let (old, _) = site.log_in().await;
    let mut again = attempt("admin", PASSWORD);
    again.browser.previous = Some(old.clone());
    let LoginOutcome::Welcome { token, .. } = site.access.login(&again).await.unwrap() else {
        panic!("refused");
    };
    assert_ne!(token.to_text().expose(), old.to_text().expose());
    assert!(!site.knows(&old).await);
    assert!(site.knows(&token).await);
}

#[tokio::test]
async fn a_user_keeps_the_newest_hundred_logins() {
    let site = Site::new().await;
    let (first, _) = site.log_in().await;
    let more = "insert into access.login (territory_id, user_id, token_hash, address, user_agent)
        select territory_id, user_id, int4send(n), '', '' from access.login, generate_series(1, 99) n";
    site.run(more).await;
    assert!(site.knows(&first).await);
    let (last, _) = site.log_in().await;
    assert!(!site.knows(&first).await);
    assert!(site.knows(&last).await);
}

#[tokio::test]
async fn a_reset_password_is_the_only_one_and_ends_every_login() {
    let site = Site::new().await;
    let (token, _) = site.log_in().await;
    let system = Principal::System("command line");
    let drawn = site
        .access
        .users()
        .reset_password(&system, "admin", None)
        .await
        .unwrap();
    assert!(!site.knows(&token).await);
    let old = site
        .access
        .login(&attempt("admin", PASSWORD))
        .await
        .unwrap();
    assert!(matches!(old, LoginOutcome::Refused));
    let new = site
        .access
        .login(&attempt("admin", drawn.expose()))
        .await
        .unwrap();
    assert!(matches!(new, LoginOutcome::Welcome { .. }));
    let nobody = site
        .access
        .users()
        .reset_password(&system, "nobody", None)
        .await;
    assert!(matches!(nobody, Err(AccessError::NoUser(name)) if name == "nobody"));
}

#[tokio::test]
async fn a_csrf_token_fits_its_login_only() {
    let site = Site::new().await;
    let (mine, _) = site.log_in().await;
    let (other, _) = site.log_in().await;
    let token = site.access.csrf_token(&mine);
    assert!(site.access.csrf_matches(&mine, &token));
    assert!(site.with_rotated_key().csrf_matches(&mine, &token));
    assert_ne!(token, site.access.csrf_token(&mine));
    let forged = "A".repeat(token.len());
    for (login, token) in [
        (&other, token.as_str()),
        (&mine, ""),
        (&mine, &forged),
        (&mine, &token[1..]),
    ] {
        assert!(!site.access.csrf_matches(login, token), "{token}");
    }
}

#[tokio::test]
async fn logins_survive_a_rotation_of_the_secret_key() {
    let site = Site::new().await;
    let (token, _) = site.log_in().await;
    let text = token.to_text();
    let rotated = site.with_rotated_key();
    let found = rotated
        .authenticate_cookie(text.expose(), Origin::default())
        .await
        .unwrap();
    assert!(found.is_some());
}
