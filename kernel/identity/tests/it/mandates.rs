//! Who holds which role where: given, ended, in force, and never more than the giver holds.

use regia_access::{
    AccessError, Catalogue, Mandate, MandateId, NewMandate, Origin, Permission, Principal, Role,
    RoleId, Standing, SystemRole, UserId,
};
use regia_clock::Clock;
use regia_ident::TerritoryId;
use regia_store::{Areas, Handed, Scope};
use time::Duration;

use crate::site::{OTHER_PASSWORD, Site, TESTER};

use SystemRole::{Administrator, Operator, SuperAdministrator, Viewer};

const READ: Permission = Permission::new("acs.device.read", Viewer, "See devices.");
const RUN: Permission = Permission::new("acs.bulk.run", Operator, "Give commands.");

/// A tenant with a north (11, with 111 below it) and a south (12), and another tenant (2).
async fn site() -> Site {
    let mut site = Site::new().await;
    site.access = site
        .access
        .clone()
        .knowing([READ, RUN].into_iter().collect::<Catalogue>());
    site.db
        .own(
            "insert into kernel.territory (territory_id, tenant_id, parent_id, name) values
                 (2, 2, null, 'other'), (11, 1, 1, 'north'), (12, 1, 1, 'south'),
                 (111, 1, 11, 'lake'), (21, 2, 2, 'elsewhere')",
        )
        .await;
    site.db
        .own(
            "insert into access.role (territory_id, role_id, name, permissions)
             overriding system value values
                 (1, 5, 'readers', '{acs.device.read}'), (1, 6, 'runners', '{acs.bulk.run}'),
                 (2, 7, 'foreign', '{}')",
        )
        .await;
    site
}

fn at(role: SystemRole, area: i64) -> NewMandate {
    NewMandate {
        area: Some(TerritoryId(area)),
        ..NewMandate::whole(Role::System(role))
    }
}

fn own(role: i64, area: i64) -> NewMandate {
    NewMandate {
        area: Some(TerritoryId(area)),
        ..NewMandate::whole(Role::Own(RoleId(role)))
    }
}

async fn give(site: &Site, user: UserId, mandate: NewMandate) -> Result<MandateId, AccessError> {
    site.access.mandates().give(&TESTER, user, &mandate).await
}

async fn mandates(site: &Site, user: UserId) -> Vec<Mandate> {
    let listed = site.access.mandates().list(TerritoryId::ROOT, user).await;
    listed.unwrap()
}

async fn areas(
    site: &Site,
    token: &regia_identity::LoginToken,
    what: &Permission,
) -> Option<Scope> {
    let text = token.to_text();
    let found = site
        .access
        .authenticate_cookie(text.expose(), Origin::default())
        .await;
    found.unwrap().unwrap().principal.scope(what).ok()
}

#[tokio::test]
async fn a_role_counts_where_and_while_it_is_held_and_two_add_up() {
    let site = site().await;
    let maria = site.joined("maria").await;
    let (token, _) = site.log_in_as("maria", OTHER_PASSWORD).await;
    assert_eq!(areas(&site, &token, &RUN).await, None);
    let (now, day) = (Clock::system().now(), Duration::days(1));
    let ended = NewMandate {
        valid_from: Some(now - day * 2),
        valid_until: Some(now - day),
        ..at(Operator, 1)
    };
    let coming = NewMandate {
        valid_from: Some(now + day),
        ..at(Operator, 1)
    };
    for nothing in [&ended, &coming, &at(Viewer, 1), &own(5, 1)] {
        site.access
            .mandates()
            .give(&TESTER, maria, nothing)
            .await
            .unwrap();
        assert_eq!(areas(&site, &token, &RUN).await, None, "{nothing:?}");
    }
    let standings: Vec<Standing> = mandates(&site, maria)
        .await
        .iter()
        .map(|mandate| mandate.standing)
        .collect();
    let (force, over) = (Standing::InForce, Standing::Over);
    assert_eq!(standings, [force, force, Standing::Coming, over]);
    let north = give(&site, maria, at(Operator, 11)).await.unwrap();
    give(&site, maria, own(6, 12)).await.unwrap();
    let both = areas(&site, &token, &RUN).await.unwrap().areas;
    let both_are = Areas::Below {
        tops: [11, 12].map(TerritoryId).into(),
        few: Some([11, 12, 111].map(TerritoryId).into()),
    };
    assert_eq!(both, both_are);
    site.access
        .mandates()
        .end(&TESTER, maria, north)
        .await
        .unwrap();
    let one = areas(&site, &token, &RUN).await.unwrap().areas;
    assert_eq!(one, Areas::Only(TerritoryId(12)));
    // Single things count only for those to whom some were handed.
    let looks = RUN.or_handed(1);
    let scope = areas(&site, &token, &looks).await.unwrap();
    assert_eq!((scope.areas, scope.handed), (one, None));
    let statement = format!(
        "update access.user_account set was_handed = true where user_id = {}",
        maria.0
    );
    site.db.own(&statement).await;
    let scope = areas(&site, &token, &looks).await.unwrap();
    let south = Areas::Below {
        tops: [TerritoryId(12)].into(),
        few: Some([TerritoryId(12)].into()),
    };
    let handed = Handed {
        user: maria.0,
        least_level: 1,
    };
    assert_eq!((scope.areas, scope.handed), (south, Some(handed)));
    let gone = site.access.mandates().end(&TESTER, maria, north).await;
    assert!(matches!(gone, Err(AccessError::NoMandate(_))));
    let shown = &mandates(&site, maria).await[0];
    assert_eq!(
        (shown.role, shown.role_name.as_deref(), &*shown.path),
        (Role::Own(RoleId(6)), Some("runners"), "root / south")
    );
}

#[tokio::test]
async fn what_is_given_names_things_of_this_tenant() {
    let site = site().await;
    let maria = site.joined("maria").await;
    let now = Clock::system().now();
    let backwards = NewMandate {
        valid_until: Some(now - Duration::minutes(1)),
        ..at(Viewer, 1)
    };
    for (odd, field) in [
        (at(Viewer, 2), "territory"),
        (at(Viewer, 21), "territory"),
        (at(Viewer, -1), "territory"),
        (own(7, 1), "role"),
        (own(99, 1), "role"),
        (backwards, "valid_until"),
    ] {
        let refused = site.access.mandates().give(&TESTER, maria, &odd).await;
        match refused {
            Err(AccessError::Field(found, _)) => assert_eq!(found, field, "{odd:?}"),
            other => panic!("{odd:?} {other:?}"),
        }
    }
    let nobody = give(&site, UserId(-1), at(Viewer, 1)).await;
    assert!(matches!(nobody, Err(AccessError::NoUser(_))));
    site.db
        .own(
            "insert into access.mandate (territory_id, user_id, system_role, area_id)
             select territory_id, user_id, 'viewer', 1 from access.user_account,
                 generate_series(1, 100) where name = 'maria'",
        )
        .await;
    let full = give(&site, maria, at(Viewer, 1)).await;
    assert!(matches!(full, Err(AccessError::TooManyMandates)));
}

#[tokio::test]
async fn nobody_gives_or_takes_or_touches_more_than_they_hold() {
    let site = site().await;
    let north = [at(Operator, 11), own(5, 1)];
    site.joined_with("berta", &north).await;
    let (_, berta) = site.log_in_as("berta", OTHER_PASSWORD).await;
    let maria = site.joined("maria").await;
    let (_, admin) = site.access.users().user_named("admin").await.unwrap();
    for (mandate, allowed) in [
        (at(Viewer, 11), true),
        (at(Operator, 111), true),
        (own(6, 111), true),
        (own(5, 12), true),
        (at(Administrator, 11), false),
        (at(Viewer, 1), false),
        (at(Viewer, 12), false),
        (own(6, 12), false),
    ] {
        let given = site.access.mandates().give(&berta, maria, &mandate).await;
        let beyond = matches!(given, Err(AccessError::Beyond(_)));
        assert_eq!((given.is_ok(), beyond), (allowed, !allowed), "{mandate:?}");
    }
    // Also when a user is made.
    let person = regia_users::Person::default();
    let more = regia_users::NewUser {
        name: "carla",
        person: &person,
        mandates: &[at(Viewer, 12)],
    };
    let made = site.access.users().create_user(&berta, more).await;
    assert!(matches!(made, Err(AccessError::Beyond(_))));
    let carla = site.access.users().user_named("carla").await;
    assert!(matches!(carla, Err(AccessError::NoUser(_))));
    let of_admin = mandates(&site, admin).await[0].id;
    for refused in [
        site.access.mandates().end(&berta, admin, of_admin).await,
        site.access.users().suspend_user(&berta, admin).await,
        site.access.users().delete_user(&berta, admin).await,
        site.access
            .users()
            .reset_user(&berta, admin, true)
            .await
            .map(drop),
        site.access.remove_second_factor(&berta, admin).await,
    ] {
        assert!(
            matches!(refused, Err(AccessError::Beyond(_))),
            "{refused:?}"
        );
    }
    // Whoever holds no more than they do is theirs to touch.
    site.access
        .users()
        .suspend_user(&berta, maria)
        .await
        .unwrap();
}

#[tokio::test]
async fn of_two_super_administrators_who_let_go_at_once_one_stays() {
    let site = site().await;
    let everything = [NewMandate::whole(Role::System(SuperAdministrator))];
    let berta = site.joined_with("berta", &everything).await;
    let (_, admin) = site.access.users().user_named("admin").await.unwrap();
    let ids = [
        (berta, mandates(&site, berta).await[0].id),
        (admin, mandates(&site, admin).await[0].id),
    ];
    let [(one, first), (other, second)] = ids;
    let (one, other) = tokio::join!(
        site.access.mandates().end(&TESTER, one, first),
        site.access.mandates().end(&TESTER, other, second),
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let refused = [one, other].into_iter().find(Result::is_err);
    let refused = refused.unwrap();
    assert!(
        matches!(refused, Err(AccessError::LastSuperAdministrator)),
        "{refused:?}"
    );
}

#[tokio::test]
async fn users_of_another_tenant_are_not_there() {
    let site = site().await;
    let theirs = Principal::User {
        user_id: UserId(77),
        name: "foreign".into(),
        login_id: regia_access::LoginId(1),
        authority: std::sync::Arc::new(regia_access::Authority::whole(TerritoryId(2))),
        origin: Origin::default(),
    };
    let maria = site.joined("maria").await;
    let access = &site.access;
    let (tenant, viewer) = (TerritoryId(2), at(Viewer, 2));
    for found in [
        access.users().get_user(tenant, maria).await.map(drop),
        access.mandates().list(tenant, maria).await.map(drop),
        access
            .mandates()
            .give(&theirs, maria, &viewer)
            .await
            .map(drop),
        access.users().suspend_user(&theirs, maria).await,
        access.users().resume_user(&theirs, maria).await,
        access.users().delete_user(&theirs, maria).await,
        access.users().invite_user(&theirs, maria).await.map(drop),
        access
            .users()
            .reset_user(&theirs, maria, true)
            .await
            .map(drop),
        access.remove_second_factor(&theirs, maria).await,
    ] {
        assert!(matches!(found, Err(AccessError::NoUser(_))), "{found:?}");
    }
    let filter = regia_users::UserFilter::default();
    assert_eq!(
        access
            .users()
            .count_users(tenant, &filter, 9)
            .await
            .unwrap(),
        0
    );
    // A name is one person's in the whole installation: who logs in says no tenant.
    let person = regia_users::Person::default();
    let same = crate::site::plain("maria", &person);
    let taken = access.users().create_user(&theirs, same).await;
    assert!(matches!(taken, Err(AccessError::NameTaken(_))));
    let other = crate::site::plain("giulia", &person);
    let giulia = access.users().create_user(&theirs, other).await.unwrap();
    assert!(access.users().get_user(tenant, giulia).await.is_ok());
    let not_here = access.users().get_user(TerritoryId::ROOT, giulia).await;
    assert!(matches!(not_here, Err(AccessError::NoUser(_))));
}

#[tokio::test]
async fn a_stream_ends_when_what_its_user_may_do_changes() {
    let site = site().await;
    let maria = site.joined_with("maria", &[at(Viewer, 11)]).await;
    let (token, principal) = site.log_in_as("maria", OTHER_PASSWORD).await;
    assert!(site.access.still_valid(&principal).await.unwrap());
    let held = mandates(&site, maria).await[0].id;
    site.access
        .mandates()
        .end(&TESTER, maria, held)
        .await
        .unwrap();
    assert!(!site.access.still_valid(&principal).await.unwrap());
    // The login itself goes on.
    assert!(site.knows(&token).await);
}

#[tokio::test]
async fn giving_and_ending_stand_in_the_trail() {
    let site = site().await;
    let maria = site.joined("maria").await;
    let given = give(&site, maria, at(Operator, 11)).await.unwrap();
    site.access
        .mandates()
        .end(&TESTER, maria, given)
        .await
        .unwrap();
    for noted in [
        "select count(*) from access.audit where action = 'access.mandate.give' and before is null
             and after->>'role' = 'operator' and after->>'territory' = '11'",
        "select count(*) from access.audit where action = 'access.mandate.end' and after is null
             and before->>'role' = 'operator' and before->>'territory' = '11'",
    ] {
        assert_eq!(site.count(noted).await, 1, "{noted}");
    }
}
