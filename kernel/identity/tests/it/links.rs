//! The links with which people set their password.

use regia_access::{AccessError, AccessSettings, Origin, UserId};
use regia_ident::TerritoryId;
use regia_identity::LoginOutcome;
use regia_users::{Link, LinkToken, Person};

use crate::site::{OTHER_PASSWORD, Site, TESTER, attempt, plain};

const NEW: &str = "lantern over the harbour";

async fn use_link(site: &Site, token: &LinkToken, password: &str) -> Result<(), AccessError> {
    site.access
        .users()
        .use_link(token, &password.into(), Origin::default())
        .await
}

async fn invite(site: &Site) -> (UserId, Link) {
    let invited = site
        .access
        .users()
        .invite_new_user(&TESTER, plain("maria", &Person::default()))
        .await;
    invited.unwrap()
}

#[tokio::test]
async fn an_invitation_sets_the_first_password_once() {
    let site = Site::new().await;
    let (id, link) = invite(&site).await;
    let shown = site.access.users().look_at_link(&link.token).await.unwrap();
    assert_eq!((&*shown.name, shown.is_new), ("maria", true));
    let until = site
        .access
        .users()
        .open_link(TerritoryId::ROOT, id)
        .await
        .unwrap();
    assert_eq!(until, Some(link.expires_at));
    use_link(&site, &link.token, OTHER_PASSWORD).await.unwrap();
    site.log_in_as("maria", OTHER_PASSWORD).await;
    for again in [
        site.access
            .users()
            .look_at_link(&link.token)
            .await
            .map(drop),
        use_link(&site, &link.token, NEW).await,
    ] {
        assert!(matches!(again, Err(AccessError::LinkUsed)), "{again:?}");
    }
    assert_eq!(
        site.access
            .users()
            .open_link(TerritoryId::ROOT, id)
            .await
            .unwrap(),
        None
    );
    let stored = "select count(*) from access.user_link where length(token_hash) = 32";
    assert_eq!(site.count(stored).await, 1);
}

#[tokio::test]
async fn of_two_who_use_a_link_at_once_one_gets_in() {
    let site = Site::new().await;
    let (_, link) = invite(&site).await;
    let (one, other) = tokio::join!(
        use_link(&site, &link.token, OTHER_PASSWORD),
        use_link(&site, &link.token, NEW),
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
}

#[tokio::test]
async fn junk_old_and_replaced_links_open_nothing() {
    let site = Site::new().await;
    let (id, first) = invite(&site).await;
    for junk in ["", "x", "../..", &"A".repeat(44), "é"] {
        assert!(LinkToken::parse(junk).is_none(), "{junk}");
    }
    let forged = LinkToken::parse(&"A".repeat(43)).unwrap();
    let refused = use_link(&site, &forged, NEW).await;
    assert!(matches!(refused, Err(AccessError::LinkUnknown)));
    let second = site.access.users().invite_user(&TESTER, id).await.unwrap();
    let refused = use_link(&site, &first.token, NEW).await;
    assert!(matches!(refused, Err(AccessError::LinkUnknown)));
    site.run("update access.user_link set expires_at = now() - interval '1 second'")
        .await;
    let refused = use_link(&site, &second.token, NEW).await;
    assert!(matches!(refused, Err(AccessError::LinkOld)));
    // A login's token is no link's.
    let (login, _) = site.log_in().await;
    let moved = LinkToken::parse(login.to_text().expose()).unwrap();
    let refused = use_link(&site, &moved, NEW).await;
    assert!(matches!(refused, Err(AccessError::LinkUnknown)));
}

#[tokio::test]
async fn a_link_lives_as_long_as_the_settings_say() {
    let site = Site::new().await;
    let settings = AccessSettings {
        invite_hours: 5,
        ..AccessSettings::default()
    };
    let invited = site
        .with_settings(settings)
        .users()
        .invite_new_user(&TESTER, plain("maria", &Person::default()))
        .await;
    invited.unwrap();
    let five = "select count(*) from access.user_link
        where expires_at - created_at = interval '5 hours'";
    assert_eq!(site.count(five).await, 1);
}

#[tokio::test]
async fn a_reset_link_changes_nothing_until_it_is_used_and_then_ends_every_login() {
    let site = Site::new().await;
    let id = site.joined("maria").await;
    let (_, principal) = site.log_in_as("maria", OTHER_PASSWORD).await;
    let (token, _) = site.log_in_as("maria", OTHER_PASSWORD).await;
    site.enrol(&principal).await;
    let link = site
        .access
        .users()
        .reset_user(&TESTER, id, false)
        .await
        .unwrap();
    assert!(
        !site
            .access
            .users()
            .look_at_link(&link.token)
            .await
            .unwrap()
            .is_new
    );
    assert!(site.knows(&token).await);
    use_link(&site, &link.token, NEW).await.unwrap();
    assert!(!site.knows(&token).await);
    let old = site
        .access
        .login(&attempt("maria", OTHER_PASSWORD))
        .await
        .unwrap();
    assert!(matches!(old, LoginOutcome::Refused));
    // The second factor stays unless the administrator said otherwise.
    site.half("maria", NEW).await;
    let link = site
        .access
        .users()
        .reset_user(&TESTER, id, true)
        .await
        .unwrap();
    use_link(&site, &link.token, OTHER_PASSWORD).await.unwrap();
    site.log_in_as("maria", OTHER_PASSWORD).await;
}

#[tokio::test]
async fn a_link_is_made_for_whom_it_helps() {
    let site = Site::new().await;
    let id = site.joined("maria").await;
    let invited = site.access.users().invite_user(&TESTER, id).await;
    assert!(matches!(invited, Err(AccessError::HasPassword(_))));
    let link = site
        .access
        .users()
        .reset_user(&TESTER, id, false)
        .await
        .unwrap();
    site.access.users().suspend_user(&TESTER, id).await.unwrap();
    // Suspended since.
    let refused = use_link(&site, &link.token, NEW).await;
    assert!(matches!(refused, Err(AccessError::LinkUnknown)));
    let reset = site.access.users().reset_user(&TESTER, id, false).await;
    assert!(matches!(reset, Err(AccessError::Suspended(_))));
    let new = site
        .access
        .users()
        .create_user(&TESTER, plain("berta", &Person::default()))
        .await
        .unwrap();
    let reset = site.access.users().reset_user(&TESTER, new, false).await;
    assert!(matches!(reset, Err(AccessError::NoPassword(_))));
}

#[tokio::test]
async fn a_weak_password_leaves_the_link_good() {
    let site = Site::new().await;
    let (_, link) = invite(&site).await;
    for weak in [
        "",
        "short",
        "password1234",
        "i am maria, hello",
        &"x".repeat(2_000),
    ] {
        let refused = use_link(&site, &link.token, weak).await;
        assert!(matches!(refused, Err(AccessError::Weak(_))), "{weak:.20}");
    }
    use_link(&site, &link.token, OTHER_PASSWORD).await.unwrap();
}
