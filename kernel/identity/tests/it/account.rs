//! What people do to their own account.

use std::sync::Arc;

use regia_access::{AccessError, ApiKeyId, Authority, Origin, Principal, UserId};
use regia_ident::TerritoryId;
use regia_identity::LoginOutcome;

use crate::site::{OTHER_PASSWORD, PASSWORD, Site, attempt};

const NEW: &str = "lantern over the harbour";

#[tokio::test]
async fn a_changed_password_ends_the_other_logins_and_renews_this_one() {
    let site = Site::new().await;
    let (other, _) = site.log_in().await;
    let (token, principal) = site.log_in().await;
    let renewed = site
        .access
        .change_password(&principal, &PASSWORD.into(), &NEW.into())
        .await
        .unwrap();
    assert!(!site.knows(&other).await);
    assert!(!site.knows(&token).await);
    assert!(site.knows(&renewed).await);
    let old = site
        .access
        .login(&attempt("admin", PASSWORD))
        .await
        .unwrap();
    assert!(matches!(old, LoginOutcome::Refused));
    site.log_in_as("admin", NEW).await;
}

#[tokio::test]
async fn the_present_password_is_asked_for_and_guessing_is_limited() {
    let site = Site::new().await;
    let (token, principal) = site.log_in().await;
    for _ in 0..5 {
        let refused = site
            .access
            .change_password(&principal, &"guess".into(), &NEW.into())
            .await;
        assert!(matches!(refused, Err(AccessError::WrongPassword)));
    }
    let refused = site
        .access
        .change_password(&principal, &PASSWORD.into(), &NEW.into())
        .await;
    assert!(matches!(refused, Err(AccessError::Limited { .. })));
    assert!(site.knows(&token).await);
}

#[tokio::test]
async fn a_weak_password_changes_nothing() {
    let site = Site::new().await;
    let (token, principal) = site.log_in().await;
    let refused = site
        .access
        .change_password(&principal, &PASSWORD.into(), &"administrator".into())
        .await;
    assert!(matches!(refused, Err(AccessError::Weak(_))));
    assert!(site.knows(&token).await);
}

#[tokio::test]
async fn a_key_has_no_account() {
    let site = Site::new().await;
    let key = Principal::ApiKey {
        id: ApiKeyId(1),
        name: "scripts".into(),
        owner: Some(UserId(1)),
        requests_per_minute: None,
        authority: Arc::new(Authority::whole(TerritoryId::ROOT)),
        origin: Origin::default(),
    };
    for principal in [key, Principal::System("test")] {
        let changed = site
            .access
            .change_password(&principal, &PASSWORD.into(), &NEW.into())
            .await;
        assert!(matches!(changed, Err(AccessError::NotAPerson)));
        let begun = site.access.begin_second_factor(&principal).await;
        assert!(matches!(begun, Err(AccessError::NotAPerson)));
    }
}

#[tokio::test]
async fn all_logins_but_ones_own_can_be_ended() {
    let site = Site::new().await;
    let id = site.joined("maria").await;
    let (of_another, _) = site.log_in_as("maria", OTHER_PASSWORD).await;
    let (first, _) = site.log_in().await;
    let (own, principal) = site.log_in().await;
    let Principal::User { user_id, .. } = &principal else {
        panic!("{principal}")
    };
    site.access
        .revoke_logins(&principal, *user_id)
        .await
        .unwrap();
    assert!(!site.knows(&first).await);
    assert!(site.knows(&own).await);
    assert!(site.knows(&of_another).await);
    site.access.revoke_logins(&principal, id).await.unwrap();
    assert!(!site.knows(&of_another).await);
}

#[tokio::test]
async fn a_login_of_another_user_is_not_ended_by_its_number() {
    let site = Site::new().await;
    let id = site.joined("maria").await;
    let (own, principal) = site.log_in().await;
    let Principal::User { login_id, .. } = &principal else {
        panic!("{principal}")
    };
    let revoked = site.access.revoke_login(&principal, id, *login_id).await;
    revoked.unwrap();
    assert!(site.knows(&own).await);
}
