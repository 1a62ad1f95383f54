//! Nobody makes, or gets the text of, a key that may do more than they.

use regia_access::{Principal, SystemRole, UserId};
use regia_ident::TerritoryId;
use regia_keys::{KeyError, NewKey, Owner, Reach, Terms};

use crate::site::{
    BOSS, FIRST_KEY, FOREIGN, FOREIGNER, NOBODY, NORTH, NORTHERNER, SOUTH, Site, TENANT, holder,
    wish,
};

/// How it went, in a word.
fn word<T>(result: Result<T, KeyError>) -> String {
    match result {
        Ok(_) => "made".into(),
        Err(KeyError::Beyond(what)) => format!("beyond {what}"),
        Err(KeyError::Denied(denied)) => format!("denied {}", denied.permission),
        Err(KeyError::Field(field, _)) => format!("field {field}"),
        Err(KeyError::NoOwner(_)) => "no owner".into(),
        Err(KeyError::NotAPerson) => "not a person".into(),
        Err(KeyError::NoKey(_)) => "no key".into(),
        Err(other) => panic!("{other}"),
    }
}

fn new(permissions: &[&str], area: Option<TerritoryId>, owner: Owner) -> NewKey {
    NewKey {
        area,
        owner,
        ..wish(permissions)
    }
}

#[tokio::test]
async fn a_key_for_oneself_is_held_to_what_one_holds() {
    let site = Site::new().await;
    let (boss, northerner) = (site.person(BOSS).await, site.person(NORTHERNER).await);
    let nobody = site.person(NOBODY).await;
    for (principal, permissions, area, expected) in [
        (&boss, &["*"][..], None, "made"),
        (&boss, &["acs.bulk.run"], Some(NORTH), "made"),
        (&boss, &["acs.bulk.run"], Some(FOREIGN), "field territory"),
        (
            &boss,
            &["acs.bulk.run"],
            Some(TerritoryId(4711)),
            "field territory",
        ),
        (&boss, &[], None, "field permissions"),
        (&boss, &["acs.bulk.ruin"], None, "field permissions"),
        (&boss, &["acs.bulk.run\0"], None, "field permissions"),
        (&northerner, &["acs.bulk.run"], Some(NORTH), "made"),
        (&northerner, &["acs.bulk.run"], None, "beyond acs.bulk.run"),
        (
            &northerner,
            &["acs.bulk.run"],
            Some(SOUTH),
            "beyond acs.bulk.run",
        ),
        (&northerner, &["*"], Some(NORTH), "beyond everything"),
        (
            &northerner,
            &["access.key.read"],
            Some(NORTH),
            "beyond access.key.read",
        ),
        (
            &nobody,
            &["acs.device.read"],
            None,
            "beyond acs.device.read",
        ),
        (&Principal::System("x"), &["*"], None, "not a person"),
    ] {
        let wish = new(permissions, area, Owner::Maker);
        let found = site.keys.create(principal, Reach::Own, &wish).await;
        assert_eq!(
            word(found),
            expected,
            "{principal} {permissions:?} {area:?}"
        );
    }
}

#[tokio::test]
async fn keys_for_others_take_a_permission_and_hold_no_more_than_their_maker() {
    let site = Site::new().await;
    let boss = site.person(BOSS).await;
    let first = site.ask(&FIRST_KEY.into()).await.unwrap();
    let administrator = holder(SystemRole::Administrator, TENANT);
    let below = holder(SystemRole::SuperAdministrator, NORTH);
    let operator = holder(SystemRole::Operator, TENANT);
    let user = |id: UserId| Owner::User(id);
    for (principal, permissions, owner, expected) in [
        (&boss, &["acs.bulk.run"][..], user(NORTHERNER), "made"),
        (&boss, &["*"], user(NORTHERNER), "made"),
        (&boss, &["*"], user(FOREIGNER), "no owner"),
        (&boss, &["*"], user(UserId(4711)), "no owner"),
        (&boss, &["*"], Owner::Installation, "made"),
        (&first, &["*"], Owner::Maker, "made"),
        (&administrator, &["acs.bulk.run"], user(BOSS), "made"),
        (&administrator, &["*"], user(BOSS), "beyond everything"),
        (
            &administrator,
            &["acs.bulk.run"],
            Owner::Installation,
            "beyond a key of the installation",
        ),
        (
            &operator,
            &["acs.device.read"],
            Owner::Maker,
            "denied access.key.write",
        ),
        // Keys are the tenant's, not a territory's.
        (
            &below,
            &["acs.device.read"],
            Owner::Maker,
            "denied access.key.write",
        ),
    ] {
        let wish = new(permissions, None, owner);
        let found = site.keys.create(principal, Reach::Tenant, &wish).await;
        assert_eq!(
            word(found),
            expected,
            "{principal} {permissions:?} {owner:?}"
        );
    }
}

#[tokio::test]
async fn a_stronger_key_is_neither_replaced_nor_changed() {
    let site = Site::new().await;
    let boss = site.person(BOSS).await;
    let administrator = holder(SystemRole::Administrator, TENANT);
    let made = site.keys.create(&boss, Reach::Own, &wish(&["*"])).await;
    let strong = made.unwrap().0.id;
    let narrow = wish(&["acs.device.read", "access.key.write"]);
    let made = site.keys.create(&boss, Reach::Own, &narrow).await;
    let (weak, text) = made.unwrap();
    // The same owner's weaker key must not become the stronger one either.
    let key = site.ask(&text).await.unwrap();
    let terms = Terms {
        name: "mine".into(),
        ..Terms::default()
    };
    for (principal, id, expected) in [
        (&administrator, strong, "beyond everything"),
        (&key, strong, "beyond everything"),
        (&administrator, weak.id, "made"),
        (&key, weak.id, "made"),
        (&boss, strong, "made"),
    ] {
        let keys = &site.keys;
        let rotated = keys.rotate(principal, Reach::Tenant, id, 24).await;
        assert_eq!(word(rotated), expected, "{principal}");
        let changed = keys.change(principal, Reach::Tenant, id, &terms).await;
        assert_eq!(word(changed), expected, "{principal}");
    }
    // Ending it takes nothing but the permission.
    let revoked = site
        .keys
        .revoke(&administrator, Reach::Tenant, strong)
        .await;
    assert_eq!(word(revoked), "made");
}

#[tokio::test]
async fn keys_of_others_are_not_ones_own_and_tenants_do_not_meet() {
    let site = Site::new().await;
    let (boss, northerner) = (site.person(BOSS).await, site.person(NORTHERNER).await);
    let foreigner = site.person(FOREIGNER).await;
    let made = site.keys.create(&boss, Reach::Own, &wish(&["*"])).await;
    let id = made.unwrap().0.id;
    let keys = &site.keys;
    for (principal, reach) in [
        (&northerner, Reach::Own),
        (&foreigner, Reach::Own),
        (&foreigner, Reach::Tenant),
    ] {
        assert_eq!(word(keys.get(principal, reach, id).await), "no key");
        assert_eq!(word(keys.rotate(principal, reach, id, 0).await), "no key");
        assert_eq!(word(keys.revoke(principal, reach, id).await), "no key");
        let filter = Default::default();
        let count = keys.count(principal, (reach, &filter), 10).await;
        assert_eq!(count.unwrap(), 0);
    }
    let denied = keys.get(&northerner, Reach::Tenant, id).await;
    assert_eq!(word(denied), "denied access.key.read");
    // A key of the other tenant is a key there and nowhere else.
    let made = keys.create(&foreigner, Reach::Own, &wish(&["*"])).await;
    let (_, text) = made.unwrap();
    let found = site.ask(&text).await.unwrap();
    assert_eq!(found.authority().unwrap().tenant, FOREIGN);
}
