//! The tree: read, changed, and never further than somebody reaches.

use regia_access::{Principal, SystemRole};
use regia_ident::TerritoryId;
use regia_store::page::{Cursor, Limit};
use regia_territories::{Filter, Occupant, TerritoryError};

use crate::{Site, somebody};

use SystemRole::{Administrator, SuperAdministrator, Viewer};

const TREE: &str = "insert into kernel.territory (territory_id, tenant_id, parent_id, name) values
    (2, 2, null, 'other'), (21, 2, 2, 'elsewhere'),
    (11, 1, 1, 'north'), (12, 1, 1, 'South'), (13, 1, 1, 'east'),
    (111, 1, 11, 'lake'), (112, 1, 11, 'Hill'), (1111, 1, 111, 'north shore')";

async fn site() -> Site {
    let site = Site::new().await;
    site.db.own(TREE).await;
    // Numbers that were given by hand are not given again.
    site.db
        .own("alter sequence kernel.territory_territory_id_seq restart with 1000")
        .await;
    site
}

fn root(role: SystemRole) -> Principal {
    somebody(1, 1, Some(role))
}

/// All pages of a list, two rows each, as names.
async fn names(site: &Site, principal: &Principal, filter: Filter) -> Vec<String> {
    let limit = Limit::try_from(2).unwrap();
    let (mut names, mut after) = (Vec::new(), None::<(String, i64)>);
    loop {
        let page = site
            .territories
            .list(principal, &filter, after.as_ref(), limit)
            .await
            .unwrap();
        names.extend(page.items.into_iter().map(|row| row.name));
        match page.next {
            Some(next) => after = Some(Cursor::parse(&next).unwrap()),
            None => return names,
        }
    }
}

#[tokio::test]
async fn everybody_sees_the_part_that_they_reach() {
    let site = site().await;
    let (all, north) = (root(Viewer), somebody(1, 11, Some(Viewer)));
    let named = |text: &str| Filter::Named(text.to_owned());
    for (who, filter, expected) in [
        (&all, Filter::Tops, vec!["root"]),
        (
            &all,
            Filter::Below(TerritoryId(1)),
            vec!["east", "north", "South"],
        ),
        (&all, Filter::Below(TerritoryId(11)), vec!["Hill", "lake"]),
        (&all, Filter::Below(TerritoryId(2)), vec![]),
        (&all, named("NORTH"), vec!["north", "north shore"]),
        (&all, named("elsewhere"), vec![]),
        (&all, named("%"), vec![]),
        (&all, named("\0"), vec![]),
        (&north, Filter::Tops, vec!["north"]),
        (&north, Filter::Below(TerritoryId(1)), vec!["north"]),
        (&north, Filter::Below(TerritoryId(12)), vec![]),
        (&north, named("o"), vec!["north", "north shore"]),
    ] {
        let found = names(&site, who, filter.clone()).await;
        assert_eq!(found, expected, "{filter:?}");
    }
    let (shore, way) = site
        .territories
        .get(&north, TerritoryId(1111))
        .await
        .unwrap();
    assert_eq!(shore.path, "north / lake / north shore");
    assert_eq!((way.len(), shore.has_below), (3, false));
    let (top, _) = site.territories.get(&north, TerritoryId(11)).await.unwrap();
    assert_eq!((top.parent, top.has_below), (None, true));
    for hidden in [1, 2, 12, 21, -1] {
        let found = site.territories.get(&north, TerritoryId(hidden)).await;
        assert!(
            matches!(found, Err(TerritoryError::NoTerritory(_))),
            "{hidden}"
        );
    }
    let nobody = somebody(1, 1, None);
    let denied = site.territories.get(&nobody, TerritoryId(1)).await;
    assert!(matches!(denied, Err(TerritoryError::Denied(_))));
}

#[tokio::test]
async fn who_may_change_the_tree_changes_their_part_of_it() {
    let site = site().await;
    let tree = &site.territories;
    let north = somebody(1, 11, Some(Administrator));
    let made = tree.create(&north, TerritoryId(11), "bay").await.unwrap();
    let deeper = tree.create(&north, made, "pier").await.unwrap();
    tree.rename(&north, made, "harbour").await.unwrap();
    tree.place(&north, made, TerritoryId(111)).await.unwrap();
    let (pier, _) = tree.get(&root(Viewer), deeper).await.unwrap();
    assert_eq!(pier.path, "root / north / lake / harbour / pier");
    tree.delete(&north, deeper).await.unwrap();
    let (top, south) = (TerritoryId(11), TerritoryId(12));
    for (refused, expected) in [
        (tree.create(&north, south, "x").await.map(drop), "none"),
        (
            tree.create(&north, TerritoryId(1), "x").await.map(drop),
            "none",
        ),
        (
            tree.create(&north, TerritoryId(2), "x").await.map(drop),
            "none",
        ),
        (tree.rename(&north, south, "x").await, "none"),
        (tree.place(&north, made, south).await, "none"),
        (tree.place(&north, south, top).await, "none"),
        (tree.delete(&north, south).await, "none"),
        (tree.rename(&north, top, "x").await, "top"),
        (tree.place(&north, top, made).await, "top"),
        (tree.delete(&north, top).await, "top"),
        (tree.create(&north, top, "HILL").await.map(drop), "taken"),
        (tree.rename(&north, TerritoryId(112), "lake").await, "taken"),
        (tree.create(&north, top, " ").await.map(drop), "name"),
        (
            tree.place(&north, TerritoryId(111), TerritoryId(111)).await,
            "itself",
        ),
        (tree.place(&north, TerritoryId(111), made).await, "itself"),
        (
            tree.create(&root(Viewer), top, "x").await.map(drop),
            "denied",
        ),
    ] {
        let found = match refused {
            Err(TerritoryError::NoTerritory(_)) => "none",
            Err(TerritoryError::Top) => "top",
            Err(TerritoryError::NameTaken(_)) => "taken",
            Err(TerritoryError::Name(_)) => "name",
            Err(TerritoryError::BelowItself) => "itself",
            Err(TerritoryError::Denied(_)) => "denied",
            other => panic!("{other:?}"),
        };
        assert_eq!(found, expected);
    }
    // The name of the whole tenant is a super administrator's to choose, its place nobody's.
    let all = root(SuperAdministrator);
    tree.rename(&all, TerritoryId(1), "Regia").await.unwrap();
    for refused in [
        tree.delete(&all, TerritoryId(1)).await,
        tree.place(&all, TerritoryId(1), top).await,
    ] {
        assert!(matches!(refused, Err(TerritoryError::Top)), "{refused:?}");
    }
    let lines = "select count(*) from access.audit where action like 'access.territory.%'";
    assert_eq!(site.count(lines).await, 6);
}

#[tokio::test]
async fn whatever_stands_there_keeps_a_territory_and_is_named() {
    let site = site().await;
    let all = root(SuperAdministrator);
    site.db
        .own(
            "insert into access.user_account (territory_id, user_id, name)
             overriding system value values (1, 50, 'maria')",
        )
        .await;
    for statement in [
        "insert into access.mandate (territory_id, user_id, system_role, area_id)
             values (1, 50, 'viewer', 12)",
        "insert into access.api_key (territory_id, name, key_hash, area_id)
             values (1, 'key', 'x', 13)",
        "insert into acs.fleet_credential (territory_id, area_id, username, sealed_password)
             values (1, 112, 'fleet', 'x')",
    ] {
        site.db.own(statement).await;
    }
    let module = |schema: &str, table: &str| Occupant::Module(schema.into(), table.into());
    for (id, expected) in [
        (11, Occupant::Territories),
        (12, Occupant::Roles),
        (13, Occupant::Keys),
        (112, module("acs", "fleet_credential")),
    ] {
        let refused = site.territories.delete(&all, TerritoryId(id)).await;
        match refused {
            Err(TerritoryError::NotEmpty(found)) => assert_eq!(found, expected),
            other => panic!("{id} {other:?}"),
        }
    }
}

#[tokio::test]
async fn of_two_moves_into_each_other_one_happens() {
    let site = site().await;
    let all = root(SuperAdministrator);
    let (north, south) = (TerritoryId(11), TerritoryId(12));
    let (one, other) = tokio::join!(
        site.territories.place(&all, north, south),
        site.territories.place(&all, south, north),
    );
    assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
    let circles = "select count(*) from kernel.territory t where t.tenant_id = 1 and not exists
        (select from kernel.territory_above above
         where above.ancestor_id = 1 and above.territory_id = t.territory_id)";
    assert_eq!(site.count(circles).await, 0);
}

#[tokio::test]
async fn a_tree_is_thirty_levels_deep_at_most() {
    let site = site().await;
    let all = root(SuperAdministrator);
    let mut last = TerritoryId(13);
    for level in 3..=30 {
        let made = site.territories.create(&all, last, "deeper").await;
        last = made.unwrap_or_else(|error| panic!("{level} {error:?}"));
    }
    let deep = site.territories.create(&all, last, "too deep").await;
    assert!(matches!(deep, Err(TerritoryError::TooDeep)));
    let deep = site.territories.place(&all, TerritoryId(12), last).await;
    assert!(matches!(deep, Err(TerritoryError::TooDeep)));
    let (lake, east) = (TerritoryId(11), TerritoryId(13));
    // Three levels below the second: room for no more than these.
    site.territories.place(&all, lake, east).await.unwrap();
}
