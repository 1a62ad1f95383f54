//! Nobody gives, or takes away, more than they hold.

use regia_ident::TerritoryId;
use regia_store::Tx;

use crate::authority::Allowed;
use crate::catalogue::Catalogue;
use crate::{AccessError, Mandates, Principal, UserId, store};

impl Principal {
    /// What whoever asks lacks to give this, or to take it, in a territory named with everything above
    /// it; none when they hold all of it. The server itself lacks nothing.
    ///
    /// A role of the server grows with the server, so that only who has it, or a greater one, holds all
    /// of it; a list of permissions is held one by one, from whatever mandate. What nobody declares
    /// may mean something again with the next version: it is held by who is named for it, and by who
    /// has everything.
    #[must_use]
    pub fn lacks(
        &self,
        gift: &Allowed,
        above: &[TerritoryId],
        catalogue: &Catalogue,
    ) -> Option<String> {
        let giver = self.authority()?;
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
                let lacks = giver.only.is_some() || !held.iter().any(holds);
                lacks.then(|| role.as_str().to_owned())
            }
            Allowed::These(names) => {
                let holds = |name: &String| {
                    held.iter().any(|held| match held {
                        Allowed::Role(own) => *own >= catalogue.least(name),
                        Allowed::These(own) => own.contains(name),
                    })
                };
                let only = giver.only.as_ref();
                let named = |name: &String| only.is_none_or(|only| only.contains(name));
                let lacks = |name: &&String| !named(name) || !holds(name);
                names.iter().find(lacks).cloned()
            }
        }
    }
}

impl Mandates {
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
        let above = store::mandate::above(tx, area).await?;
        match principal.lacks(gift, &above, &self.catalogue) {
            Some(missing) => Err(AccessError::Beyond(missing)),
            None => Ok(()),
        }
    }

    /// Refuses what is done to somebody who holds more than the principal: whoever can let
    /// themselves in as another has all that the other has.
    ///
    /// # Errors
    /// [`AccessError::Beyond`], or when the database fails.
    pub async fn check_outranks(
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
    use std::sync::Arc;

    use super::*;
    use crate::{ApiKeyId, Authority, Grant, Origin, Permission, SystemRole};

    const READ: Permission = Permission::new("acs.device.read", SystemRole::Viewer, "See devices.");
    const RUN: Permission = Permission::new("acs.bulk.run", SystemRole::Operator, "Give commands.");
    const BOTH: [&str; 2] = [READ.name, RUN.name];

    const VIEWER: Allowed = Allowed::Role(SystemRole::Viewer);
    const OPERATOR: Allowed = Allowed::Role(SystemRole::Operator);
    const BOSS: Allowed = Allowed::Role(SystemRole::Administrator);
    const ALL: Allowed = Allowed::Role(SystemRole::SuperAdministrator);

    fn these<const N: usize>(names: [&str; N]) -> Allowed {
        Allowed::These(names.map(str::to_owned).into())
    }

    fn giver(held: &[(i64, Allowed)], only: Option<&str>) -> Principal {
        let grant = |(area, allowed): &(i64, Allowed)| Grant {
            area: TerritoryId(*area),
            few: None,
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
                grants: held.iter().map(grant).collect(),
                only: only.map(|name| [name.to_owned()].into()),
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
    fn what_is_given_must_be_held_there_or_above() {
        let catalogue: Catalogue = [READ, RUN].into_iter().collect();
        let all: &[_] = &[(1, ALL)];
        let two: &[_] = &[(2, OPERATOR), (4, VIEWER)];
        let own: &[_] = &[(1, these([RUN.name]))];
        let sum: &[_] = &[(1, VIEWER), (2, these([RUN.name]))];
        for (held, only, gift, area, lacking) in [
            (all, None, ALL, 1, None),
            (all, None, ALL, 3, None),
            (all, None, these(BOTH), 3, None),
            (&[], None, VIEWER, 1, Some("viewer")),
            (&[], None, these([]), 1, None),
            (&[(1, BOSS)], None, ALL, 1, Some("super_administrator")),
            (&[(1, BOSS)], None, these(BOTH), 3, None),
            (&[(1, VIEWER)], None, these(BOTH), 3, Some(RUN.name)),
            // There and below it, neither above nor beside it.
            (&[(2, ALL)], None, ALL, 2, None),
            (&[(2, ALL)], None, ALL, 3, None),
            (&[(2, ALL)], None, ALL, 1, Some("super_administrator")),
            (&[(2, ALL)], None, VIEWER, 4, Some("viewer")),
            (&[(2, ALL)], None, these([RUN.name]), 1, Some(RUN.name)),
            (&[(2, ALL)], None, these([RUN.name]), 4, Some(RUN.name)),
            (&[(2, OPERATOR)], None, VIEWER, 3, None),
            (two, None, these(BOTH), 2, None),
            (two, None, these([READ.name]), 4, None),
            (two, None, these(BOTH), 4, Some(RUN.name)),
            // Mandates add up, where each of them counts.
            (sum, None, these(BOTH), 3, None),
            (sum, None, these(BOTH), 4, Some(RUN.name)),
            // A list is no role, however long.
            (&[(1, these(BOTH))], None, VIEWER, 1, Some("viewer")),
            (own, None, these([RUN.name]), 3, None),
            (own, None, these([READ.name]), 3, Some(READ.name)),
            // Whoever is held to some permissions gives those, and no role.
            (all, Some(RUN.name), these([RUN.name]), 3, None),
            (all, Some(RUN.name), these(BOTH), 3, Some(READ.name)),
            (all, Some(RUN.name), VIEWER, 3, Some("viewer")),
            (all, Some(RUN.name), ALL, 1, Some("super_administrator")),
            // What nobody declares.
            (all, None, these(["old.thing"]), 1, None),
            (&[(2, ALL)], None, these(["old.thing"]), 3, None),
            (
                &[(1, BOSS)],
                None,
                these(["old.thing"]),
                1,
                Some("old.thing"),
            ),
            (
                &[(1, these(["old.thing"]))],
                None,
                these(["old.thing"]),
                1,
                None,
            ),
        ] {
            let giver = giver(held, only);
            let found = giver.lacks(&gift, &above(area), &catalogue);
            assert_eq!(found.as_deref(), lacking, "{giver:?} {gift:?} {area}");
        }
        let server = Principal::System("x");
        assert_eq!(server.lacks(&ALL, &above(1), &catalogue), None);
    }
}
