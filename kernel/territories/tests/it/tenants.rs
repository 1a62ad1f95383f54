//! Tenants, made by whoever owns the machine.

use std::sync::Arc;

use regia_access::{LoginId, Origin, Principal, authority_of};
use regia_ident::TerritoryId;
use regia_store::page::Limit;
use regia_territories::{Filter, TerritoryError};
use regia_users::{UserFilter, UserState};

use crate::Site;

const OWNER: Principal = Principal::System("command line");
const PASSWORD: &str = "stapler anchovy lantern";

#[tokio::test]
async fn a_tenant_comes_with_somebody_who_gets_in_and_sees_it_alone() {
    let site = Site::new().await;
    let made = site.territories.create_tenant(&OWNER, " Sud ", "sofia");
    let (tenant, link) = made.await.unwrap();
    assert_eq!(tenant.name, "Sud");
    let password = PASSWORD.into();
    let used = site
        .users
        .use_link(&link.token, &password, Origin::default());
    used.await.unwrap();
    let (of, user) = site.users.user_named("sofia").await.unwrap();
    assert_eq!(of, tenant.id);
    let known = site.users.get_user(of, user).await.unwrap();
    assert_eq!(known.state, UserState::Active);
    let mut tx = site.db.store().upkeep(of).await.unwrap();
    let (authority, _) = authority_of(&mut tx, of, user).await.unwrap();
    let principal = Principal::User {
        user_id: user,
        name: known.name,
        login_id: LoginId(1),
        authority: Arc::new(authority),
        origin: Origin::default(),
    };
    let limit = Limit::default();
    let tops = site
        .territories
        .list(&principal, &Filter::Tops, None, limit)
        .await;
    let tops: Vec<TerritoryId> = tops.unwrap().items.iter().map(|row| row.id).collect();
    assert_eq!(tops, [tenant.id]);
    let north = site.territories.create(&principal, tenant.id, "north");
    north.await.unwrap();
    let other = site
        .territories
        .create(&principal, TerritoryId::ROOT, "north")
        .await;
    assert!(matches!(other, Err(TerritoryError::NoTerritory(_))));
    let users = site
        .users
        .count_users(tenant.id, &UserFilter::default(), 9)
        .await;
    assert_eq!(users.unwrap(), 1);
    let trail = "select count(*) from access.audit where action = 'access.tenant.create'
        and territory_id > 1 and after->>'name' = 'Sud'";
    assert_eq!(site.count(trail).await, 1);
}

#[tokio::test]
async fn names_of_tenants_and_users_are_taken_once_and_nothing_stays_of_a_refusal() {
    let site = Site::new().await;
    let made = site.territories.create_tenant(&OWNER, "Sud", "sofia").await;
    made.unwrap();
    for (name, user) in [
        ("SUD", "other"),
        ("Est", "SOFIA"),
        ("", "other"),
        ("Est", "a b"),
    ] {
        let refused = site.territories.create_tenant(&OWNER, name, user).await;
        assert!(
            matches!(
                refused,
                Err(TerritoryError::NameTaken(_)
                    | TerritoryError::Name(_)
                    | TerritoryError::Access(_))
            ),
            "{name} {user}"
        );
    }
    let (mut names, mut after) = (Vec::new(), None);
    let limit = Limit::try_from(1).unwrap();
    loop {
        let page = site.territories.list_tenants(after, limit).await.unwrap();
        after = page.items.last().map(|tenant| tenant.id);
        names.extend(page.items.into_iter().map(|tenant| tenant.name));
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(names, ["root", "Sud"]);
}
