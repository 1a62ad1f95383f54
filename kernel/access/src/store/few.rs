//! Territories that are few enough for a list to ask for each.

use regia_ident::TerritoryId;

/// So many territories are few: a list reads a page of each. Of more it reads on in its order and steps
/// over what stands elsewhere. With 32 of 1,000 territories, both read about 32 rows for one shown.
pub(crate) const FEW: usize = 32;

/// What a statement selects for [`few`], of a territory and its tenant as the statement names them.
#[must_use]
pub fn few_below(tenant: &str, area: &str) -> String {
    format!(
        "array(select few.territory_id from kernel.territory_above few
               where few.tenant_id = {tenant} and few.ancestor_id = {area} limit {})",
        FEW + 1
    )
}

/// The territories found by [`few_below`] in their order, where they are few.
#[must_use]
pub fn few(mut found: Vec<i64>) -> Option<Vec<TerritoryId>> {
    found.sort_unstable();
    (found.len() <= FEW).then(|| found.into_iter().map(TerritoryId).collect())
}
