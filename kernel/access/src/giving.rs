//! Nobody gives, or takes away, more than they hold.

use regia_ident::TerritoryId;
use regia_store::Tx;

use crate::access::Access;
use crate::authority::{Allowed, Authority};
use crate::catalogue::Catalogue;
use crate::{AccessError, Principal, UserId, store};

/// What `giver` lacks, in a territory given with everything above it, to give this there.
///
/// A role of the server grows with the server, so that only who has it, or a greater one, holds all
/// of it; a list of permissions is held one by one, from whatever mandate.
fn missing(
    giver: &Authority,
    gift: &Allowed,
    above: &[TerritoryId],
    catalogue: &Catalogue,
) -> Option<String> {
    let held: Vec<&Allowed> = giver
        .grants
        .iter()
        .filter(|grant| above.contains(&grant.area))
        .map(|grant| &grant.allowed)
        .collect();
    match gift {
        Allowed::Role(role) => {
            let holds = |held: &&Allowed| matches!(held, Allowed::Role(own) if own >= role);
            // Whoever is held to some permissions holds no role as a whole.
            (giver.only.is_some() || !held.iter().any(holds)).then(|| role.as_str().to_owned())
        }
        Allowed::These(names) => {
            let holds = |name: &&String| {
                held.iter().any(|held| match held {
                    Allowed::Role(own) => *own >= catalogue.least(name),
                    Allowed::These(own) => own.contains(*name),
                })
            };
            let named = |name: &String| giver.only.as_ref().is_none_or(|only| only.contains(name));
            let lacks = |name: &&String| !named(name) || !holds(name);
            names.iter().find(lacks).cloned()
        }
    }
}

impl Access {
    /// Refuses what gives or takes more than the principal holds in this territory or above it.
    ///
    /// # Errors
    /// [`AccessError::Beyond`], or when the database fails.
    pub async fn check_holds(
        &self,
        tx: &mut Tx,
        principal: &Principal,
        gift: &Allowed,
        area: TerritoryId,
    ) -> Result<(), AccessError> {
        let Some(authority) = principal.authority() else {
            return Ok(());
        };
        let above = store::mandate::above(tx, area).await?;
        match missing(authority, gift, &above, &self.1) {
            Some(missing) => Err(AccessError::Beyond(missing)),
            None => Ok(()),
        }
    }

    /// Refuses what is done to somebody who holds more than the principal: whoever can let
    /// themselves in as another has all that the other has.
    pub(crate) async fn check_outranks(
        &self,
        tx: &mut Tx,
        principal: &Principal,
        user: UserId,
    ) -> Result<(), AccessError> {
        let themselves = matches!(principal, Principal::User { user_id, .. } if *user_id == user);
        if themselves {
            return Ok(());
        }
        for (allowed, area) in store::mandate::list_not_over(tx, user).await? {
            self.check_holds(tx, principal, &allowed, area).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Grant, Permission, SystemRole};

    const READ: Permission = Permission::new("acs.device.read", SystemRole::Viewer);
    const RUN: Permission = Permission::new("acs.bulk.run", SystemRole::Operator);

    fn these(names: &[&str]) -> Allowed {
        Allowed::These(names.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn what_is_given_must_be_held_there_or_above() {
        let catalogue: Catalogue = [READ, RUN].into_iter().collect();
        let role = Allowed::Role;
        let (viewer, operator, all) = (
            SystemRole::Viewer,
            SystemRole::Operator,
            SystemRole::SuperAdministrator,
        );
        // The gift goes to territory 5, which stands below 2 and 1.
        for (held, gift, lacks) in [
            (vec![(1, role(all))], role(all), None),
            (vec![(5, role(operator))], role(operator), None),
            (vec![(2, role(operator))], role(viewer), None),
            (
                vec![(2, role(operator))],
                role(all),
                Some("super_administrator"),
            ),
            // Beside it or below it is not there.
            (vec![(6, role(all))], role(viewer), Some("viewer")),
            (vec![], role(viewer), Some("viewer")),
            (
                vec![(1, role(operator))],
                these(&["acs.device.read", "acs.bulk.run"]),
                None,
            ),
            (
                vec![(1, role(viewer))],
                these(&["acs.device.read", "acs.bulk.run"]),
                Some("acs.bulk.run"),
            ),
            (
                vec![(1, role(viewer)), (2, these(&["acs.bulk.run"]))],
                these(&["acs.device.read", "acs.bulk.run"]),
                None,
            ),
            (
                vec![(1, role(viewer)), (6, these(&["acs.bulk.run"]))],
                these(&["acs.device.read", "acs.bulk.run"]),
                Some("acs.bulk.run"),
            ),
            // A list is no role, however long.
            (
                vec![(1, these(&["acs.device.read", "acs.bulk.run"]))],
                role(viewer),
                Some("viewer"),
            ),
            // What nobody declares is held by who holds everything.
            (
                vec![(1, role(operator))],
                these(&["old.thing"]),
                Some("old.thing"),
            ),
            (vec![(1, role(all))], these(&["old.thing"]), None),
            (vec![], these(&[]), None),
        ] {
            let grants = held.into_iter().map(|(area, allowed)| Grant {
                area: TerritoryId(area),
                is_leaf: false,
                allowed,
            });
            let giver = Authority {
                tenant: TerritoryId(1),
                user: None,
                grants: grants.collect(),
                only: None,
            };
            let above = [TerritoryId(1), TerritoryId(2), TerritoryId(5)];
            let found = missing(&giver, &gift, &above, &catalogue);
            assert_eq!(found.as_deref(), lacks, "{gift:?} {giver:?}");
        }
    }

    #[test]
    fn whoever_is_held_to_some_permissions_gives_those_and_no_role() {
        let catalogue: Catalogue = [READ, RUN].into_iter().collect();
        let giver = Authority {
            tenant: TerritoryId(1),
            user: None,
            grants: vec![Grant {
                area: TerritoryId(1),
                is_leaf: false,
                allowed: Allowed::Role(SystemRole::SuperAdministrator),
            }],
            only: Some(["acs.bulk.run".to_owned()].into()),
        };
        for (gift, lacks) in [
            (these(&["acs.bulk.run"]), None),
            (
                these(&["acs.bulk.run", "acs.device.read"]),
                Some("acs.device.read"),
            ),
            (Allowed::Role(SystemRole::Viewer), Some("viewer")),
        ] {
            let found = missing(&giver, &gift, &[TerritoryId(1)], &catalogue);
            assert_eq!(found.as_deref(), lacks, "{gift:?}");
        }
    }
}
