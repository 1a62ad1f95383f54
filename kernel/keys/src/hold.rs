//! Nobody hands out more than they hold.

use regia_access::{Permission, Principal};
use regia_ident::TerritoryId;

use crate::{EVERYTHING, KeyError};

/// Refuses what whoever asks does not hold themselves in the area. `above` are the area and all
/// territories above it. A name that nobody declares allows nothing.
pub(crate) fn check(
    principal: &Principal,
    catalogue: &[Permission],
    permissions: &[String],
    above: &[TerritoryId],
) -> Result<(), KeyError> {
    let Some(authority) = principal.authority() else {
        return Ok(());
    };
    let lacks = |name: &String| {
        if name == EVERYTHING {
            return !authority.is_unlimited();
        }
        let Some(permission) = catalogue.iter().find(|known| known.name == name) else {
            return false;
        };
        let held = authority.areas(permission);
        !held.iter().any(|area| above.contains(area))
    };
    match permissions.iter().find(|name| lacks(name)) {
        Some(name) if name == EVERYTHING => Err(KeyError::Beyond("everything".to_owned())),
        Some(name) => Err(KeyError::Beyond(name.clone())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use regia_access::{Allowed, ApiKeyId, Authority, Grant, Origin, SystemRole};

    const READ: Permission = Permission::new("acs.device.read", SystemRole::Viewer);
    const RUN: Permission = Permission::new("acs.bulk.run", SystemRole::Operator);

    fn holder(grants: &[(i64, Allowed)], only: Option<&[&str]>) -> Principal {
        let grant = |(area, allowed): &(i64, Allowed)| Grant {
            area: TerritoryId(*area),
            is_leaf: false,
            allowed: allowed.clone(),
        };
        Principal::ApiKey {
            id: ApiKeyId(1),
            name: "x".into(),
            owner: None,
            requests_per_minute: None,
            authority: Arc::new(Authority {
                tenant: TerritoryId(1),
                user: None,
                grants: grants.iter().map(grant).collect(),
                only: only.map(|names| names.iter().map(ToString::to_string).collect()),
            }),
            origin: Origin::default(),
        }
    }

    /// Territory 1 holds 2, which holds 3; 4 stands beside 2.
    fn above(area: i64) -> Vec<TerritoryId> {
        let path: &[i64] = match area {
            1 => &[1],
            2 => &[1, 2],
            3 => &[1, 2, 3],
            _ => &[1, 4],
        };
        path.iter().copied().map(TerritoryId).collect()
    }

    #[test]
    fn a_key_gets_nothing_that_its_maker_lacks() {
        let role = |role| Allowed::Role(role);
        let all = holder(&[(1, role(SystemRole::SuperAdministrator))], None);
        let boss = holder(&[(1, role(SystemRole::Administrator))], None);
        let below = holder(&[(2, role(SystemRole::SuperAdministrator))], None);
        let two = holder(
            &[
                (2, role(SystemRole::Operator)),
                (4, role(SystemRole::Viewer)),
            ],
            None,
        );
        let narrow = holder(
            &[(1, role(SystemRole::SuperAdministrator))],
            Some(&["acs.device.read"]),
        );
        let own = holder(
            &[(1, Allowed::These(["acs.bulk.run".to_owned()].into()))],
            None,
        );
        for (principal, permissions, area, lacking) in [
            (&all, &["*"][..], 1, None),
            (&all, &["*", "acs.bulk.run"], 3, None),
            (&boss, &["*"], 1, Some("everything")),
            (&boss, &["acs.device.read", "acs.bulk.run"], 3, None),
            (&below, &["*"], 2, Some("everything")),
            (&below, &["acs.bulk.run"], 2, None),
            (&below, &["acs.bulk.run"], 3, None),
            (&below, &["acs.bulk.run"], 1, Some("acs.bulk.run")),
            (&below, &["acs.bulk.run"], 4, Some("acs.bulk.run")),
            (&two, &["acs.device.read"], 4, None),
            (
                &two,
                &["acs.device.read", "acs.bulk.run"],
                4,
                Some("acs.bulk.run"),
            ),
            (&narrow, &["acs.device.read"], 3, None),
            (&narrow, &["acs.bulk.run"], 3, Some("acs.bulk.run")),
            (&narrow, &["*"], 3, Some("everything")),
            (&own, &["acs.bulk.run"], 3, None),
            (&own, &["acs.device.read"], 3, Some("acs.device.read")),
            (&own, &["x.not.declared"], 3, None),
        ] {
            let permissions: Vec<String> = permissions.iter().map(ToString::to_string).collect();
            let found = match check(principal, &[READ, RUN], &permissions, &above(area)) {
                Ok(()) => None,
                Err(KeyError::Beyond(what)) => Some(what),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(
                found.as_deref(),
                lacking,
                "{principal:?} {permissions:?} {area}"
            );
        }
        assert!(check(&Principal::System("x"), &[], &["*".to_owned()], &above(1)).is_ok());
    }
}
