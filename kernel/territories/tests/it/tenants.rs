//! Tenants, made by whoever owns the machine.

use regia_access::{LoginOutcome, Origin, Principal, UserFilter};
use regia_ident::TerritoryId;
use regia_store::page::Limit;
use regia_territories::{Filter, TerritoryError};

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
        .access
        .use_link(&link.token, &password, Origin::default());
    used.await.unwrap();
    let attempt = regia_access::LoginAttempt {
        name: "sofia".into(),
        password: PASSWORD.into(),
        browser: regia_access::Browser {
            address: [192, 0, 2, 1].into(),
            user_agent: String::new(),
            trace_id: None,
            previous: None,
        },
    };
    let LoginOutcome::Welcome { principal, .. } = site.access.login(&attempt).await.unwrap() else {
        panic!("not let in");
    };
    assert_eq!(principal.tenant(), tenant.id);
    assert!(site.access.still_valid(&principal).await.unwrap());
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
        .access
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
