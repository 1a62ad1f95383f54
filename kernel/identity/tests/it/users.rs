//! Users: made, listed, suspended, deleted.

use regia_access::{AccessError, NewMandate, Role, SystemRole};
use regia_clock::Clock;
use regia_ident::TerritoryId;
use regia_identity::LoginOutcome;
use regia_store::page::{Cursor, Limit};
use regia_users::{Person, UserFilter, UserState};

use crate::site::{OTHER_PASSWORD, PASSWORD, Site, TESTER, attempt, plain};

fn person(full_name: &str, email: &str) -> Person {
    Person {
        full_name: full_name.into(),
        email: email.into(),
    }
}

#[tokio::test]
async fn a_made_user_waits_for_their_link_and_cannot_log_in() {
    let site = Site::new().await;
    let maria = person(" Maria Bianchi ", "maria@example.net");
    let id = site
        .access
        .users()
        .create_user(&TESTER, plain("Maria", &maria))
        .await
        .unwrap();
    let found = site
        .access
        .users()
        .get_user(TerritoryId::ROOT, id)
        .await
        .unwrap();
    assert_eq!(
        (&*found.name, &*found.full_name, &*found.email, found.state),
        (
            "Maria",
            "Maria Bianchi",
            "maria@example.net",
            UserState::Invited
        )
    );
    assert_eq!(
        (found.last_login_at, found.has_second_factor),
        (None, false)
    );
    for password in ["", "x", PASSWORD] {
        let outcome = site.access.login(&attempt("maria", password)).await;
        assert!(matches!(outcome.unwrap(), LoginOutcome::Refused));
    }
    assert_eq!(site.access.users().user_named("MARIA").await.unwrap().1, id);
}

#[tokio::test]
async fn a_name_is_taken_whatever_its_case() {
    let site = Site::new().await;
    for name in ["admin", "ADMIN", " Admin "] {
        let taken = site
            .access
            .users()
            .create_user(&TESTER, plain(name, &Person::default()))
            .await;
        assert!(matches!(taken, Err(AccessError::NameTaken(_))), "{name}");
    }
    for name in ["", "a b", "a\0b", "аdmin", "admin\u{200b}"] {
        let odd = site
            .access
            .users()
            .create_user(&TESTER, plain(name, &Person::default()))
            .await;
        assert!(
            matches!(odd, Err(AccessError::Field("name", _))),
            "{name:?}"
        );
    }
}

#[tokio::test]
async fn users_are_found_by_name_and_state_page_by_page() {
    let site = Site::new().await;
    for (name, full_name) in [
        ("carla", ""),
        ("Berta", "Anna Blu"),
        ("anna", ""),
        ("dora", ""),
    ] {
        let made = site
            .access
            .users()
            .create_user(&TESTER, plain(name, &person(full_name, "")))
            .await;
        made.unwrap();
    }
    let names = async |text: Option<&str>, state| {
        let filter = UserFilter {
            text: text.map(str::to_owned),
            state,
        };
        let limit = Limit::try_from(2).unwrap();
        let (mut names, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = site
                .access
                .users()
                .list_users(TerritoryId::ROOT, &filter, after.as_deref(), limit)
                .await;
            let page = page.unwrap();
            names.extend(page.items.into_iter().map(|user| user.name));
            match page.next {
                Some(next) => after = Some(Cursor::parse(&next).unwrap()),
                None => break,
            }
        }
        let counted = site
            .access
            .users()
            .count_users(TerritoryId::ROOT, &filter, 100)
            .await
            .unwrap();
        assert_eq!(usize::try_from(counted).unwrap(), names.len());
        names
    };
    assert_eq!(
        names(None, None).await,
        ["admin", "anna", "Berta", "carla", "dora"]
    );
    assert_eq!(names(Some("ANNA"), None).await, ["anna", "Berta"]);
    assert_eq!(names(None, Some(UserState::Active)).await, ["admin"]);
    assert_eq!(names(Some("d"), Some(UserState::Invited)).await, ["dora"]);
    for nothing in ["%", "_", "\0", "a\\"] {
        assert!(names(Some(nothing), None).await.is_empty(), "{nothing:?}");
    }
}

#[tokio::test]
async fn what_is_known_of_a_user_changes_with_its_audit_line() {
    let site = Site::new().await;
    let id = site.joined("maria").await;
    let changed = site
        .access
        .users()
        .change_user(&TESTER, id, &person("Maria", "m@example.net"))
        .await;
    changed.unwrap();
    assert_eq!(
        site.access
            .users()
            .get_user(TerritoryId::ROOT, id)
            .await
            .unwrap()
            .full_name,
        "Maria"
    );
    let odd = site
        .access
        .users()
        .change_user(&TESTER, id, &person("", "m"))
        .await;
    assert!(matches!(odd, Err(AccessError::Field("email", _))));
    let noted = "select count(*) from access.audit
        where action = 'access.user.change' and after->>'email' = 'm@example.net'";
    assert_eq!(site.count(noted).await, 1);
}

#[tokio::test]
async fn suspending_ends_logins_at_once_and_resuming_lets_in_again() {
    let site = Site::new().await;
    let id = site.joined("maria").await;
    let (token, principal) = site.log_in_as("maria", OTHER_PASSWORD).await;
    site.access.users().suspend_user(&TESTER, id).await.unwrap();
    site.access.users().suspend_user(&TESTER, id).await.unwrap();
    assert!(!site.knows(&token).await);
    assert!(!site.goes_on(&principal).await);
    let attempt = attempt("maria", OTHER_PASSWORD);
    let outcome = site.access.login(&attempt).await.unwrap();
    assert!(matches!(outcome, LoginOutcome::Refused));
    site.access.users().resume_user(&TESTER, id).await.unwrap();
    site.access.users().resume_user(&TESTER, id).await.unwrap();
    let outcome = site.access.login(&attempt).await.unwrap();
    assert!(matches!(outcome, LoginOutcome::Welcome { .. }));
    assert!(
        site.access
            .users()
            .get_user(TerritoryId::ROOT, id)
            .await
            .unwrap()
            .last_login_at
            .is_some()
    );
}

#[tokio::test]
async fn the_last_super_administrator_who_may_log_in_stays() {
    let site = Site::new().await;
    let admin = site.access.users().user_named("admin").await.unwrap().1;
    // Who has not come yet cannot let anybody in.
    let invited = site
        .access
        .users()
        .create_user(&TESTER, plain("maria", &Person::default()))
        .await
        .unwrap();
    let refused = [
        site.access.users().suspend_user(&TESTER, admin).await,
        site.access.users().delete_user(&TESTER, admin).await,
    ];
    for refused in refused {
        assert!(
            matches!(refused, Err(AccessError::LastSuperAdministrator)),
            "{refused:?}"
        );
    }
    site.access
        .users()
        .delete_user(&TESTER, invited)
        .await
        .unwrap();
    // Whoever may do less, or not for good, or not everywhere, is no other.
    let berta = site.joined("berta").await;
    let (role, everything) = (Role::System, SystemRole::SuperAdministrator);
    let day = time::Duration::days(1);
    let mandate = NewMandate::whole(role(everything));
    for less in [
        NewMandate::whole(role(SystemRole::Administrator)),
        NewMandate {
            valid_until: Some(Clock::system().now() + day),
            ..mandate.clone()
        },
        NewMandate {
            valid_from: Some(Clock::system().now() + day),
            ..mandate.clone()
        },
    ] {
        site.access
            .mandates()
            .give(&TESTER, berta, &less)
            .await
            .unwrap();
        let refused = site.access.users().delete_user(&TESTER, admin).await;
        assert!(
            matches!(refused, Err(AccessError::LastSuperAdministrator)),
            "{less:?}"
        );
    }
    let given = site.access.mandates().give(&TESTER, berta, &mandate).await;
    given.unwrap();
    let (one, other) = tokio::join!(
        site.access.users().suspend_user(&TESTER, admin),
        site.access.users().delete_user(&TESTER, berta),
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
}

#[tokio::test]
async fn a_deleted_user_is_gone_with_logins_and_their_name_is_free() {
    let site = Site::new().await;
    let id = site.joined("maria").await;
    let (token, principal) = site.log_in_as("maria", OTHER_PASSWORD).await;
    site.enrol(&principal).await;
    site.access.users().delete_user(&TESTER, id).await.unwrap();
    assert!(!site.knows(&token).await);
    let gone = site.access.users().get_user(TerritoryId::ROOT, id).await;
    assert!(matches!(gone, Err(AccessError::NoUser(_))));
    assert_ne!(site.joined("maria").await, id);
    let trail = "select count(*) from access.audit
        where action = 'access.user.delete' and before->>'name' = 'maria'";
    assert_eq!(site.count(trail).await, 1);
}
