//! What a principal may do, and where.

use std::collections::BTreeSet;

use regia_fault::{Category, Fault};
use regia_ident::TerritoryId;
use regia_store::{Areas, Handed, Scope};
use thiserror::Error;

use crate::store::few::FEW;
use crate::{UserId, signals};

/// The roles that come with the server, each with everything that those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SystemRole {
    /// Looks.
    Viewer,
    /// Looks, and works on single devices.
    Technician,
    /// Runs the daily business, on many devices at a time too.
    Operator,
    /// Everything but roles and the server itself.
    Administrator,
    /// Everything.
    SuperAdministrator,
}

impl SystemRole {
    /// All of them, the least first.
    pub const ALL: [Self; 5] = [
        Self::Viewer,
        Self::Technician,
        Self::Operator,
        Self::Administrator,
        Self::SuperAdministrator,
    ];

    /// Its name in rows and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Technician => "technician",
            Self::Operator => "operator",
            Self::Administrator => "administrator",
            Self::SuperAdministrator => "super_administrator",
        }
    }

    /// The role of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }
}

/// Something that may be allowed, as its module declares it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permission {
    /// `module.noun.verb`
    pub name: &'static str,
    /// The least of the server's roles that has it.
    pub least: SystemRole,
    /// What it lets somebody do: a short English sentence, which other languages translate as a reason.
    pub means: &'static str,
    /// Whether it counts only for those who have it in the whole tenant, because what it is about
    /// belongs to no territory.
    pub whole: bool,
    /// The least level at which a single thing that was handed to a user allows it there; none: it
    /// takes a role.
    pub handed: Option<i16>,
}

impl Permission {
    /// One that takes a role.
    #[must_use]
    pub const fn new(name: &'static str, least: SystemRole, means: &'static str) -> Self {
        Self {
            name,
            least,
            means,
            whole: false,
            handed: None,
        }
    }

    /// One that takes a role in the whole tenant.
    #[must_use]
    pub const fn in_whole(self) -> Self {
        Self {
            whole: true,
            ..self
        }
    }

    /// One that a single thing handed to a user at this level allows there, too.
    #[must_use]
    pub const fn or_handed(self, level: i16) -> Self {
        Self {
            handed: Some(level),
            ..self
        }
    }
}

/// What one mandate or key allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// What a role of the server has.
    Role(SystemRole),
    /// These permissions, by name.
    These(BTreeSet<String>),
}

impl Allowed {
    fn has(&self, permission: &Permission) -> bool {
        match self {
            Self::Role(role) => *role >= permission.least,
            Self::These(names) => names.contains(permission.name),
        }
    }
}

/// Something allowed in a territory and everything below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The territory.
    pub area: TerritoryId,
    /// It and all below it, where those are few.
    pub few: Option<Vec<TerritoryId>>,
    /// What.
    pub allowed: Allowed,
}

/// All that a principal may do now; several grants add up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authority {
    /// The tenant that the principal belongs to.
    pub tenant: TerritoryId,
    /// Somebody to whom single things were handed.
    pub user: Option<UserId>,
    /// What is allowed where.
    pub grants: Vec<Grant>,
    /// Of that nothing but these permissions, by name; absent: all of it.
    pub only: Option<BTreeSet<String>>,
}

/// The principal may not do this anywhere.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the permission {permission} is missing")]
pub struct Denied {
    /// The name of what was asked for.
    pub permission: &'static str,
}

impl Authority {
    /// Everything in one tenant: the server itself.
    #[must_use]
    pub fn whole(tenant: TerritoryId) -> Self {
        Self {
            tenant,
            user: None,
            grants: vec![Grant {
                area: tenant,
                few: None,
                allowed: Allowed::Role(SystemRole::SuperAdministrator),
            }],
            only: None,
        }
    }

    /// Whether a role or key allows this somewhere, single things that were handed apart.
    #[must_use]
    pub fn holds(&self, permission: &Permission) -> bool {
        !self.allowing(permission).is_empty()
    }

    /// Whether everything is allowed everywhere in the tenant, whatever modules come to declare.
    #[must_use]
    pub fn is_unlimited(&self) -> bool {
        let all = Allowed::Role(SystemRole::SuperAdministrator);
        let whole = |grant: &Grant| grant.area == self.tenant && grant.allowed == all;
        self.only.is_none() && self.grants.iter().any(whole)
    }

    /// The territories in which a role allows this, with everything below them.
    #[must_use]
    pub fn areas(&self, permission: &Permission) -> Vec<TerritoryId> {
        let allowing = self.allowing(permission);
        allowing.into_iter().map(|grant| grant.area).collect()
    }

    fn allowing(&self, permission: &Permission) -> Vec<&Grant> {
        if !self.names(permission) {
            return Vec::new();
        }
        let counts = |grant: &&Grant| !permission.whole || grant.area == self.tenant;
        let grants = self.grants.iter().filter(counts);
        grants
            .filter(|grant| grant.allowed.has(permission))
            .collect()
    }

    fn names(&self, permission: &Permission) -> bool {
        let only = self.only.as_ref();
        only.is_none_or(|names| names.contains(permission.name))
    }

    /// Where the principal may do this.
    ///
    /// # Errors
    /// [`Denied`] when that is nowhere.
    pub fn scope(&self, permission: &Permission) -> Result<Scope, Denied> {
        let grants = self.allowing(permission);
        let handed = self.handed(permission);
        if grants.is_empty() && handed.is_none() {
            return Err(Denied {
                permission: permission.name,
            });
        }
        let areas = match all_of(&grants).as_deref() {
            _ if grants.iter().any(|grant| grant.area == self.tenant) => Areas::Whole,
            Some(&[only]) if handed.is_none() => Areas::Only(only),
            few => Areas::Below {
                tops: grants.iter().map(|grant| grant.area).collect(),
                few: few.map(Into::into),
            },
        };
        Ok(Scope {
            tenant: self.tenant,
            handed: handed.filter(|_| areas != Areas::Whole),
            areas,
        })
    }

    /// The single things that allow this, wherever they stand; none for what belongs to the whole
    /// tenant.
    fn handed(&self, permission: &Permission) -> Option<Handed> {
        if permission.whole || !self.names(permission) {
            return None;
        }
        Some(Handed {
            user: self.user?.0,
            least_level: permission.handed?,
        })
    }
}

/// Every territory of the grants, once, where they are few.
fn all_of(grants: &[&Grant]) -> Option<Vec<TerritoryId>> {
    let mut all = BTreeSet::new();
    for grant in grants {
        all.extend(grant.few.as_ref()?);
    }
    (all.len() <= FEW).then(|| all.into_iter().collect())
}

impl From<Denied> for Fault {
    fn from(denied: Denied) -> Self {
        metrics::counter!(signals::DENIALS).increment(1);
        Self::new(
            Category::Forbidden,
            "access.denied",
            format!("This takes the permission {}.", denied.permission),
        )
        .hint("Ask an administrator for a role that has it.")
        .lacking(denied.permission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Permission =
        Permission::new("acs.device.read", SystemRole::Viewer, "See devices.").or_handed(1);
    const RUN: Permission = Permission::new("acs.bulk.run", SystemRole::Operator, "Give commands.");

    fn grant(area: i64, is_leaf: bool, allowed: Allowed) -> Grant {
        Grant {
            area: TerritoryId(area),
            few: is_leaf.then(|| vec![TerritoryId(area)]),
            allowed,
        }
    }

    fn check(grants: Vec<Grant>, user: Option<i64>, permission: &Permission) -> Option<String> {
        let authority = Authority {
            tenant: TerritoryId(1),
            user: user.map(UserId),
            grants,
            only: None,
        };
        scope_of(&authority, permission)
    }

    fn scope_of(authority: &Authority, permission: &Permission) -> Option<String> {
        let scope = authority.scope(permission).ok()?;
        let handed = scope.handed.map(|handed| handed.user);
        Some(match scope.areas {
            Areas::Whole => format!("whole {handed:?}"),
            Areas::Only(area) => format!("only {area} {handed:?}"),
            Areas::Below { tops, few } => {
                let numbers = |areas: &[TerritoryId]| -> Vec<i64> {
                    areas.iter().map(|area| area.0).collect()
                };
                let few = few.map(|few| numbers(&few));
                format!("below {:?} few {few:?} {handed:?}", numbers(&tops))
            }
        })
    }

    #[test]
    fn grants_add_up_to_where_something_is_allowed() {
        let role = |role| Allowed::Role(role);
        let own = |names: &[&str]| Allowed::These(names.iter().map(ToString::to_string).collect());
        let leaf = |allowed| vec![grant(5, true, allowed)];
        let (viewer, operator) = (SystemRole::Viewer, SystemRole::Operator);
        for (grants, user, permission, expected) in [
            (vec![], None, &READ, None),
            (
                vec![],
                Some(7),
                &READ,
                Some("below [] few Some([]) Some(7)"),
            ),
            (vec![], Some(7), &RUN, None),
            (
                vec![grant(1, false, role(viewer))],
                Some(7),
                &READ,
                Some("whole None"),
            ),
            (vec![grant(1, false, role(viewer))], Some(7), &RUN, None),
            (leaf(role(operator)), None, &RUN, Some("only 5 None")),
            (leaf(role(operator)), Some(7), &RUN, Some("only 5 None")),
            (
                leaf(role(operator)),
                Some(7),
                &READ,
                Some("below [5] few Some([5]) Some(7)"),
            ),
            (
                vec![grant(5, false, role(operator))],
                None,
                &RUN,
                Some("below [5] few None None"),
            ),
            (
                vec![grant(5, true, role(operator)), grant(6, true, role(viewer))],
                None,
                &READ,
                Some("below [5, 6] few Some([5, 6]) None"),
            ),
            (
                vec![grant(5, true, role(operator)), grant(6, true, role(viewer))],
                None,
                &RUN,
                Some("only 5 None"),
            ),
            (
                leaf(own(&["acs.bulk.run"])),
                None,
                &RUN,
                Some("only 5 None"),
            ),
            (leaf(own(&["acs.bulk.run"])), None, &READ, None),
        ] {
            let found = check(grants.clone(), user, permission);
            assert_eq!(found.as_deref(), expected, "{grants:?} {}", permission.name);
        }
    }

    #[test]
    fn territories_are_few_or_not() {
        let viewer = |area, is_leaf| grant(area, is_leaf, Allowed::Role(SystemRole::Viewer));
        let leaves = |last| {
            (2..=last)
                .map(|area| viewer(area, true))
                .collect::<Vec<_>>()
        };
        for (grants, few) in [
            (vec![viewer(5, true), viewer(5, true)], None),
            (vec![viewer(5, true), viewer(6, false)], None),
            (leaves(33), Some(32)),
            (leaves(34), None),
        ] {
            let authority = Authority {
                grants: grants.clone(),
                ..Authority::whole(TerritoryId(1))
            };
            let found = match authority.scope(&READ).unwrap().areas {
                Areas::Below { few, .. } => few.map(|few| few.len()),
                Areas::Only(area) => {
                    assert_eq!(area, TerritoryId(5));
                    None
                }
                Areas::Whole => panic!("{grants:?}"),
            };
            assert_eq!(found, few, "{grants:?}");
        }
    }

    #[test]
    fn what_belongs_to_the_whole_tenant_takes_a_role_in_all_of_it() {
        let users =
            Permission::new("access.user.read", SystemRole::Viewer, "See users.").in_whole();
        let handed = users.or_handed(1);
        let viewer = || Allowed::Role(SystemRole::Viewer);
        for (area, user, permission, expected) in [
            (1, None, &users, Some("whole None")),
            (5, None, &users, None),
            // No single thing stands for all of it.
            (1, Some(7), &handed, Some("whole None")),
            (5, Some(7), &handed, None),
        ] {
            let found = check(vec![grant(area, false, viewer())], user, permission);
            assert_eq!(found.as_deref(), expected, "{area} {user:?}");
        }
    }

    #[test]
    fn what_is_not_named_is_not_allowed_whatever_the_grants_are() {
        let whole = vec![grant(
            1,
            false,
            Allowed::Role(SystemRole::SuperAdministrator),
        )];
        let only = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect());
        for (grants, only, user, read, unlimited) in [
            (whole.clone(), None, Some(7), Some("whole None"), true),
            (
                whole.clone(),
                only(&["acs.device.read"]),
                Some(7),
                Some("whole None"),
                false,
            ),
            (whole, only(&["acs.bulk.run"]), Some(7), None, false),
            // Single things that were handed to the user.
            (
                vec![],
                only(&["acs.device.read"]),
                Some(7),
                Some("below [] few Some([]) Some(7)"),
                false,
            ),
            (vec![], only(&["acs.bulk.run"]), Some(7), None, false),
            (
                vec![grant(
                    5,
                    true,
                    Allowed::Role(SystemRole::SuperAdministrator),
                )],
                None,
                None,
                Some("only 5 None"),
                false,
            ),
        ] {
            let authority = Authority {
                tenant: TerritoryId(1),
                user: user.map(UserId),
                grants,
                only,
            };
            assert_eq!(
                scope_of(&authority, &READ).as_deref(),
                read,
                "{authority:?}"
            );
            assert_eq!(authority.is_unlimited(), unlimited, "{authority:?}");
        }
    }

    #[test]
    fn a_role_has_what_lesser_roles_have() {
        for role in SystemRole::ALL {
            assert_eq!(SystemRole::parse(role.as_str()), Some(role));
            assert_eq!(Allowed::Role(role).has(&RUN), role >= SystemRole::Operator);
        }
        assert_eq!(SystemRole::parse("root"), None);
    }
}
