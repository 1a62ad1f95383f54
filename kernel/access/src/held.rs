//! What somebody may do now, by the mandates that they hold.

use std::collections::BTreeSet;

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};

use crate::{Authority, UserId, store};

/// What a user may do now, and whether a role of theirs takes a second factor.
///
/// # Errors
/// As any statement.
pub async fn authority_of(
    tx: &mut Tx,
    tenant: TerritoryId,
    user: UserId,
) -> Result<(Authority, bool), StoreError> {
    let found = store::mandate::list_in_force(tx, tenant, user).await?;
    let authority = Authority {
        tenant,
        user: found.was_handed.then_some(user),
        grants: found.grants,
        only: None,
    };
    Ok((authority, found.takes_second_factor))
}

/// What something that acts for a user may do now: no more than the user may, nowhere but in an area,
/// and, where they are named, nothing but these permissions.
///
/// # Errors
/// As any statement.
pub async fn authority_within(
    tx: &mut Tx,
    (tenant, user): (TerritoryId, UserId),
    area: TerritoryId,
    only: Option<BTreeSet<String>>,
) -> Result<Authority, StoreError> {
    let found = store::mandate::list_in_force_within(tx, (tenant, user), area).await?;
    Ok(Authority {
        tenant,
        // Single things that were handed to the user may stand anywhere.
        user: (area == tenant && found.was_handed).then_some(user),
        grants: found.grants,
        only,
    })
}
