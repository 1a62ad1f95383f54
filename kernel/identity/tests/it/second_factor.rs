//! The second factor, from its set-up to the login with it.

use std::time::Duration;

use regia_access::{AccessError, AccessSettings, Origin, SecondFactorRule};
use regia_identity::{CodeAttempt, CodeOutcome, HalfLoginToken, LoginOutcome, LoginToken};
use regia_secrets::Secret;

use crate::site::{OTHER_PASSWORD, PASSWORD, Site, TESTER, attempt, browser_at, key_of};

const STEP: Duration = Duration::from_secs(30);

async fn send_code(site: &Site, half: &HalfLoginToken, code: &Secret) -> CodeOutcome {
    let attempt = CodeAttempt {
        half: half.clone(),
        code: code.clone(),
        browser: browser_at("192.0.2.1"),
    };
    site.access.login_code(&attempt).await.unwrap()
}

#[tokio::test]
async fn it_counts_when_a_code_has_confirmed_it() {
    let site = Site::new().await;
    let (_, principal) = site.log_in().await;
    let first = site.access.begin_second_factor(&principal).await.unwrap();
    site.log_in().await;
    // Begun again: the first key is forgotten.
    let second = site.access.begin_second_factor(&principal).await.unwrap();
    let pending = site.access.pending_second_factor(&principal).await.unwrap();
    assert_eq!(pending.unwrap().text.expose(), second.text.expose());
    for wrong in [site.code(&key_of(&first)), "000000".into(), "".into()] {
        let refused = site.access.confirm_second_factor(&principal, &wrong).await;
        assert!(matches!(refused, Err(AccessError::WrongCode)));
    }
    let code = site.code(&key_of(&second));
    let confirmed = site.access.confirm_second_factor(&principal, &code).await;
    let (token, codes) = confirmed.unwrap();
    assert!(site.knows(&token).await);
    assert_eq!(codes.len(), 10);
    site.half("admin", PASSWORD).await;
    let again = site.access.begin_second_factor(&principal).await;
    assert!(matches!(again, Err(AccessError::HasSecondFactor)));
    let pending = site.access.pending_second_factor(&principal).await.unwrap();
    assert!(pending.is_none());
}

#[tokio::test]
async fn the_key_is_sealed_and_codes_are_hashed() {
    let site = Site::new().await;
    let (_, principal) = site.log_in().await;
    let (key, codes) = site.enrol(&principal).await;
    let mut tx = site.begin().await;
    let sealed: Vec<u8> = sqlx::query_scalar("select sealed_key from access.second_factor")
        .fetch_one(tx.conn())
        .await
        .unwrap();
    assert!(!sealed.windows(20).any(|part| part == key.as_bytes()));
    let hashes: Vec<Vec<u8>> = sqlx::query_scalar("select code_hash from access.recovery_code")
        .fetch_all(tx.conn())
        .await
        .unwrap();
    assert_eq!(hashes.len(), codes.len());
    assert!(hashes.iter().all(|hash| hash.len() == 32));
}

#[tokio::test]
async fn the_password_alone_opens_nothing_and_the_code_draws_a_new_token() {
    let site = Site::new().await;
    let (_, principal) = site.log_in().await;
    let (key, _) = site.enrol(&principal).await;
    site.clock.advance(STEP);
    let half = site.half("admin", PASSWORD).await;
    assert!(site.access.awaits_code(&half).await.unwrap());
    let as_login = LoginToken::parse(half.to_text().expose()).unwrap();
    assert!(!site.knows(&as_login).await);
    let CodeOutcome::Welcome { token, .. } = send_code(&site, &half, &site.code(&key)).await else {
        panic!("refused");
    };
    assert_ne!(token.to_text().expose(), half.to_text().expose());
    assert!(site.knows(&token).await);
    assert!(!site.access.awaits_code(&half).await.unwrap());
    site.clock.advance(STEP);
    let over = send_code(&site, &half, &site.code(&key)).await;
    assert!(matches!(over, CodeOutcome::Over), "{over:?}");
}

#[tokio::test]
async fn a_code_is_accepted_once_however_the_clock_is_set() {
    let site = Site::new().await;
    let (_, principal) = site.log_in().await;
    let (key, _) = site.enrol(&principal).await;
    // The one that confirmed the set-up.
    let half = site.half("admin", PASSWORD).await;
    let replayed = send_code(&site, &half, &site.code(&key)).await;
    assert!(matches!(replayed, CodeOutcome::Refused), "{replayed:?}");
    let earlier = key.code_at(site.clock.now() - STEP).unwrap().into();
    let late = send_code(&site, &half, &earlier).await;
    assert!(matches!(late, CodeOutcome::Refused), "{late:?}");
    // A telephone that is a step ahead.
    let ahead: Secret = key.code_at(site.clock.now() + STEP).unwrap().into();
    let welcome = send_code(&site, &half, &ahead).await;
    assert!(
        matches!(welcome, CodeOutcome::Welcome { .. }),
        "{welcome:?}"
    );
    let half = site.half("admin", PASSWORD).await;
    let replayed = send_code(&site, &half, &ahead).await;
    assert!(matches!(replayed, CodeOutcome::Refused), "{replayed:?}");
}

#[tokio::test]
async fn of_two_who_send_a_code_at_once_one_gets_in() {
    let site = Site::new().await;
    let (_, principal) = site.log_in().await;
    let (key, _) = site.enrol(&principal).await;
    site.clock.advance(STEP);
    let (one, other) = (
        site.half("admin", PASSWORD).await,
        site.half("admin", PASSWORD).await,
    );
    let code = site.code(&key);
    let (a, b) = tokio::join!(
        send_code(&site, &one, &code),
        send_code(&site, &other, &code)
    );
    let entered = [&a, &b]
        .into_iter()
        .filter(|outcome| matches!(outcome, CodeOutcome::Welcome { .. }));
    assert_eq!(entered.count(), 1, "{a:?} {b:?}");
}

#[tokio::test]
async fn wrong_codes_count_as_failures_and_end_the_half_login() {
    let site = Site::new().await;
    let (_, principal) = site.log_in().await;
    let (key, _) = site.enrol(&principal).await;
    let half = site.half("admin", PASSWORD).await;
    for _ in 0..5 {
        let refused = send_code(&site, &half, &"000000".into()).await;
        assert!(matches!(refused, CodeOutcome::Refused), "{refused:?}");
    }
    let limited = site
        .access
        .login(&attempt("admin", PASSWORD))
        .await
        .unwrap();
    assert!(
        matches!(limited, LoginOutcome::Limited { .. }),
        "{limited:?}"
    );
    site.clock.advance(Duration::from_secs(60));
    let over = send_code(&site, &half, &site.code(&key)).await;
    assert!(matches!(over, CodeOutcome::Over), "{over:?}");
    let half = site.half("admin", PASSWORD).await;
    let welcome = send_code(&site, &half, &site.code(&key)).await;
    assert!(
        matches!(welcome, CodeOutcome::Welcome { .. }),
        "{welcome:?}"
    );
}

#[tokio::test]
async fn codes_are_limited_by_account_over_many_half_logins() {
    let site = Site::new().await;
    let (_, principal) = site.log_in().await;
    site.enrol(&principal).await;
    let mut halves = Vec::new();
    for _ in 0..6 {
        halves.push(site.half("admin", PASSWORD).await);
    }
    let last = halves.pop().unwrap();
    for half in &halves {
        send_code(&site, half, &"000000".into()).await;
    }
    let limited = send_code(&site, &last, &"000000".into()).await;
    assert!(
        matches!(limited, CodeOutcome::Limited { .. }),
        "{limited:?}"
    );
}

#[tokio::test]
async fn a_half_login_ends_with_time_suspension_and_a_new_password() {
    let site = Site::new().await;
    let id = site.joined("maria").await;
    let (_, principal) = site.log_in_as("maria", OTHER_PASSWORD).await;
    let (key, _) = site.enrol(&principal).await;
    site.clock.advance(STEP);
    let code = site.code(&key);
    let half = site.half("maria", OTHER_PASSWORD).await;
    site.run("update access.half_login set created_at = now() - interval '5 minutes'")
        .await;
    assert!(matches!(
        send_code(&site, &half, &code).await,
        CodeOutcome::Over
    ));
    let half = site.half("maria", OTHER_PASSWORD).await;
    site.access.users().suspend_user(&TESTER, id).await.unwrap();
    site.access.users().resume_user(&TESTER, id).await.unwrap();
    assert!(matches!(
        send_code(&site, &half, &code).await,
        CodeOutcome::Over
    ));
    let half = site.half("maria", OTHER_PASSWORD).await;
    site.access
        .users()
        .reset_password(&TESTER, "maria", None)
        .await
        .unwrap();
    assert!(matches!(
        send_code(&site, &half, &code).await,
        CodeOutcome::Over
    ));
    let forged = HalfLoginToken::parse(&"A".repeat(43)).unwrap();
    assert!(matches!(
        send_code(&site, &forged, &code).await,
        CodeOutcome::Over
    ));
}

#[tokio::test]
async fn a_recovery_code_opens_once_and_new_ones_replace_the_old() {
    let site = Site::new().await;
    let (_, principal) = site.log_in().await;
    let (_, codes) = site.enrol(&principal).await;
    let half = site.half("admin", PASSWORD).await;
    let typed = codes[0].expose().to_uppercase().replace('-', " ");
    let welcome = send_code(&site, &half, &typed.into()).await;
    assert!(
        matches!(welcome, CodeOutcome::Welcome { .. }),
        "{welcome:?}"
    );
    let half = site.half("admin", PASSWORD).await;
    let used = send_code(&site, &half, &codes[0]).await;
    assert!(matches!(used, CodeOutcome::Refused), "{used:?}");
    let wrong = site
        .access
        .renew_recovery_codes(&principal, &"guess".into())
        .await;
    assert!(matches!(wrong, Err(AccessError::WrongPassword)));
    let renewed = site
        .access
        .renew_recovery_codes(&principal, &PASSWORD.into())
        .await;
    let renewed = renewed.unwrap();
    let replaced = send_code(&site, &half, &codes[1]).await;
    assert!(matches!(replaced, CodeOutcome::Refused), "{replaced:?}");
    let welcome = send_code(&site, &half, &renewed[0]).await;
    assert!(
        matches!(welcome, CodeOutcome::Welcome { .. }),
        "{welcome:?}"
    );
    let whose = site.access.users().user_named("admin").await.unwrap();
    let left = site
        .access
        .find_second_factor(whose.0, whose.1)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(left.codes_left, 9);
}

#[tokio::test]
async fn it_is_removed_with_the_password_or_by_an_administrator() {
    let site = Site::new().await;
    let id = site.joined("maria").await;
    let (_, principal) = site.log_in_as("maria", OTHER_PASSWORD).await;
    site.enrol(&principal).await;
    let wrong = site
        .access
        .remove_own_second_factor(&principal, &"guess".into())
        .await;
    assert!(matches!(wrong, Err(AccessError::WrongPassword)));
    let removed = site
        .access
        .remove_own_second_factor(&principal, &OTHER_PASSWORD.into())
        .await;
    removed.unwrap();
    let (_, principal) = site.log_in_as("maria", OTHER_PASSWORD).await;
    let again = site.access.remove_second_factor(&TESTER, id).await;
    assert!(matches!(again, Err(AccessError::NoSecondFactor)));
    site.enrol(&principal).await;
    let half = site.half("maria", OTHER_PASSWORD).await;
    site.access.remove_second_factor(&TESTER, id).await.unwrap();
    assert!(!site.access.awaits_code(&half).await.unwrap());
    site.log_in_as("maria", OTHER_PASSWORD).await;
}

#[tokio::test]
async fn where_it_is_required_a_login_without_one_must_enrol_first() {
    let site = Site::new().await;
    let (token, principal) = site.log_in().await;
    let strict = site.with_settings(AccessSettings {
        second_factor: SecondFactorRule::Required,
        ..AccessSettings::default()
    });
    let must = async |token: &LoginToken| {
        let text = token.to_text();
        let found = strict
            .authenticate_cookie(text.expose(), Origin::default())
            .await;
        found.unwrap().unwrap().must_enrol
    };
    assert!(must(&token).await);
    let enrolment = strict.begin_second_factor(&principal).await.unwrap();
    assert!(must(&token).await);
    let code = site.code(&key_of(&enrolment));
    let confirmed = strict.confirm_second_factor(&principal, &code).await;
    let (renewed, _) = confirmed.unwrap();
    assert!(!site.knows(&token).await, "the old token is over");
    assert!(!must(&renewed).await);
}

#[tokio::test]
async fn a_key_that_was_sealed_before_a_rotation_still_opens() {
    let site = Site::new().await;
    let (_, principal) = site.log_in().await;
    let (key, codes) = site.enrol(&principal).await;
    site.clock.advance(STEP);
    let rotated = site.with_rotated_key();
    for code in [site.code(&key), codes[3].clone()] {
        let LoginOutcome::CodeNeeded { half } =
            rotated.login(&attempt("admin", PASSWORD)).await.unwrap()
        else {
            panic!("no code was asked for");
        };
        let attempt = CodeAttempt {
            half,
            code,
            browser: browser_at("192.0.2.1"),
        };
        let outcome = rotated.login_code(&attempt).await.unwrap();
        assert!(
            matches!(outcome, CodeOutcome::Welcome { .. }),
            "{outcome:?}"
        );
    }
}
