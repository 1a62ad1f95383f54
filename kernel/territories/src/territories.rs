//! What people do to the tree, each in the part of it that they reach.

use regia_access::audit::{self, Entry};
use regia_access::{Permission, Principal, SystemRole};
use regia_ident::TerritoryId;
use regia_store::page::{Limit, Page};
use regia_store::{Store, StoreError, Tx};
use regia_users::Users;
use serde_json::json;

use crate::store::{self, Filter, Step, Territory};
use crate::{Occupant, TerritoryError};

/// Looking at the tree.
pub const READ: Permission = Permission::new(
    "access.territory.read",
    SystemRole::Viewer,
    "See the tree of territories.",
);

/// Making, renaming, moving and deleting what is in it.
pub const WRITE: Permission = Permission::new(
    "access.territory.write",
    SystemRole::Administrator,
    "Make, rename, move and delete territories.",
);

/// A name may be this long.
const NAME_CHARS: usize = 120;

/// Levels of a tree, its top among them: each is one more row for each territory below it.
const MOST_LEVELS: i64 = 30;

/// The territory that a field names: by its number, with or without words behind it, or by a name
/// that only one has. None for nothing. Whether a number is one that the principal reaches is for
/// whoever uses it to find out.
///
/// # Errors
/// [`TerritoryError::NoTerritory`], [`TerritoryError::Denied`], or when the database fails.
pub async fn chosen(
    store: &Store,
    principal: &Principal,
    text: &str,
) -> Result<Option<TerritoryId>, TerritoryError> {
    let text = text.trim();
    let Some(first) = text.split_whitespace().next() else {
        return Ok(None);
    };
    if let Ok(id) = first.parse() {
        return Ok(Some(id));
    }
    let filter = Filter::Named(text.to_owned());
    let limit = Limit::try_from(u16::from(Limit::MAX)).unwrap_or_default();
    let mut tx = store.begin(principal.scope(&READ)?).await?;
    let found = store::list(&mut tx, &filter, None, limit).await?;
    let same = |row: &&Territory| row.name.to_lowercase() == text.to_lowercase();
    let mut found = found.iter().filter(same);
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(Some(only.id)),
        _ => Err(TerritoryError::NoTerritory(TerritoryId(0))),
    }
}

/// The tree. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Territories {
    pub(crate) store: Store,
    pub(crate) users: Users,
}

impl Territories {
    /// Over these rows; the first user of a tenant is made among the users.
    #[must_use]
    pub const fn new(store: Store, users: Users) -> Self {
        Self { store, users }
    }

    /// Territories by name, after the name and number given.
    ///
    /// # Errors
    /// [`TerritoryError::Denied`], or when the database fails.
    pub async fn list(
        &self,
        principal: &Principal,
        filter: &Filter,
        after: Option<&(String, i64)>,
        limit: Limit,
    ) -> Result<Page<Territory>, TerritoryError> {
        let mut tx = self.store.begin(principal.scope(&READ)?).await?;
        let rows = store::list(&mut tx, filter, after, limit).await?;
        Ok(Page::from_rows(rows, limit, |row| {
            (row.name.clone(), row.id.0)
        }))
    }

    /// The territory that a field names; see [`chosen`].
    ///
    /// # Errors
    /// As [`chosen`].
    pub async fn chosen(
        &self,
        principal: &Principal,
        text: &str,
    ) -> Result<Option<TerritoryId>, TerritoryError> {
        chosen(&self.store, principal, text).await
    }

    /// A territory, and the way down to it, itself last.
    ///
    /// # Errors
    /// [`TerritoryError::Denied`], [`TerritoryError::NoTerritory`], or when the database fails.
    pub async fn get(
        &self,
        principal: &Principal,
        id: TerritoryId,
    ) -> Result<(Territory, Vec<Step>), TerritoryError> {
        let mut tx = self.store.begin(principal.scope(&READ)?).await?;
        let found = store::get(&mut tx, id).await?;
        let territory = found.ok_or(TerritoryError::NoTerritory(id))?;
        Ok((territory, store::way_to(&mut tx, id).await?))
    }

    /// Makes one below another.
    ///
    /// # Errors
    /// [`TerritoryError::Denied`], [`TerritoryError::NoTerritory`] above it, [`TerritoryError::Name`],
    /// [`TerritoryError::NameTaken`], [`TerritoryError::TooDeep`], or when the database fails.
    pub async fn create(
        &self,
        principal: &Principal,
        parent: TerritoryId,
        name: &str,
    ) -> Result<TerritoryId, TerritoryError> {
        let name = checked(name)?;
        let mut tx = self.change(principal).await?;
        let above = store::get(&mut tx, parent).await?;
        above.ok_or(TerritoryError::NoTerritory(parent))?;
        if store::levels(&mut tx, parent).await?.0 >= MOST_LEVELS {
            return Err(TerritoryError::TooDeep);
        }
        let made = store::insert(&mut tx, parent, name).await;
        let id = made.map_err(|error| name_taken(error, name))?;
        let entry = Entry {
            after: Some(json!({ "name": name, "parent": parent })),
            ..Entry::new("access.territory.create", format!("territory:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Gives one another name.
    ///
    /// # Errors
    /// [`TerritoryError::Denied`], [`TerritoryError::NoTerritory`], [`TerritoryError::Top`],
    /// [`TerritoryError::Name`], [`TerritoryError::NameTaken`], or when the database fails.
    pub async fn rename(
        &self,
        principal: &Principal,
        id: TerritoryId,
        name: &str,
    ) -> Result<(), TerritoryError> {
        let name = checked(name)?;
        let mut tx = self.change(principal).await?;
        let before = changeable(&mut tx, id, true).await?;
        let renamed = store::rename(&mut tx, id, name).await;
        renamed.map_err(|error| name_taken(error, name))?;
        let entry = Entry {
            before: Some(json!({ "name": before.name })),
            after: Some(json!({ "name": name })),
            ..Entry::new("access.territory.rename", format!("territory:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        Ok(tx.commit().await?)
    }

    /// Puts one below another, with everything that stands in it.
    ///
    /// # Errors
    /// [`TerritoryError::Denied`], [`TerritoryError::NoTerritory`] of either, [`TerritoryError::Top`],
    /// [`TerritoryError::BelowItself`], [`TerritoryError::TooDeep`], [`TerritoryError::NameTaken`],
    /// or when the database fails.
    pub async fn place(
        &self,
        principal: &Principal,
        id: TerritoryId,
        parent: TerritoryId,
    ) -> Result<(), TerritoryError> {
        let mut tx = self.change(principal).await?;
        let before = changeable(&mut tx, id, false).await?;
        let above = store::get(&mut tx, parent).await?;
        above.ok_or(TerritoryError::NoTerritory(parent))?;
        if store::stands_in(&mut tx, parent, id).await? {
            return Err(TerritoryError::BelowItself);
        }
        let (depth, _) = store::levels(&mut tx, parent).await?;
        let (_, height) = store::levels(&mut tx, id).await?;
        if depth + height > MOST_LEVELS {
            return Err(TerritoryError::TooDeep);
        }
        let placed = store::place(&mut tx, id, parent).await;
        placed.map_err(|error| name_taken(error, &before.name))?;
        let entry = Entry {
            before: Some(json!({ "parent": before.parent })),
            after: Some(json!({ "parent": parent })),
            ..Entry::new("access.territory.move", format!("territory:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes one in which nothing stands.
    ///
    /// # Errors
    /// [`TerritoryError::Denied`], [`TerritoryError::NoTerritory`], [`TerritoryError::Top`],
    /// [`TerritoryError::NotEmpty`], or when the database fails.
    pub async fn delete(
        &self,
        principal: &Principal,
        id: TerritoryId,
    ) -> Result<(), TerritoryError> {
        let mut tx = self.change(principal).await?;
        let before = changeable(&mut tx, id, false).await?;
        store::delete(&mut tx, id).await.map_err(not_empty)?;
        let entry = Entry {
            before: Some(json!({ "name": before.name, "parent": before.parent })),
            ..Entry::new("access.territory.delete", format!("territory:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        tx.commit().await.map_err(not_empty)
    }

    async fn change(&self, principal: &Principal) -> Result<Tx, TerritoryError> {
        let mut tx = self.store.begin(principal.scope(&WRITE)?).await?;
        store::one_at_a_time(&mut tx).await?;
        Ok(tx)
    }
}

/// A territory that whoever asks may change: they reach the one above it too. The top of the tenant
/// has a name, and nothing else of it changes.
async fn changeable(
    tx: &mut Tx,
    id: TerritoryId,
    only_name: bool,
) -> Result<Territory, TerritoryError> {
    let found = store::get(tx, id).await?;
    let territory = found.ok_or(TerritoryError::NoTerritory(id))?;
    let is_own_tenant = id == tx.territory() && tx.areas() == [id];
    if territory.parent.is_some() || (only_name && is_own_tenant) {
        return Ok(territory);
    }
    Err(TerritoryError::Top)
}

/// A name as people write it.
pub(crate) fn checked(name: &str) -> Result<&str, TerritoryError> {
    let name = name.trim();
    if name.is_empty() {
        return Err(TerritoryError::Name("is empty"));
    }
    if name.chars().count() > NAME_CHARS {
        return Err(TerritoryError::Name("has 120 characters at most"));
    }
    if name.chars().any(regia_access::is_invisible) {
        return Err(TerritoryError::Name("has characters that cannot be seen"));
    }
    Ok(name)
}

fn name_taken(error: StoreError, name: &str) -> TerritoryError {
    match error.constraint() {
        Some("territory_name") => TerritoryError::NameTaken(name.to_owned()),
        _ => error.into(),
    }
}

/// Whatever refers to a territory keeps it, and says of which table it is. What the tables of modules
/// hold is theirs to know.
fn not_empty(error: StoreError) -> TerritoryError {
    let Some((schema, table)) = error.referring_table() else {
        return error.into();
    };
    TerritoryError::NotEmpty(match (schema, table) {
        ("kernel", "territory") => Occupant::Territories,
        ("access", "mandate") => Occupant::Roles,
        ("access", "api_key") => Occupant::Keys,
        (schema, table) => Occupant::Module(schema.to_owned(), table.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_something_to_see() {
        for (name, expected) in [
            ("Torino", Some("Torino")),
            (" Val d'Aosta / Vallée ", Some("Val d'Aosta / Vallée")),
            ("", None),
            ("  ", None),
            ("a\0b", None),
            ("a\u{202e}b", None),
            ("a\nb", None),
            (&"x".repeat(120), Some(&*"x".repeat(120))),
            (&"x".repeat(121), None),
        ] {
            assert_eq!(checked(name).ok(), expected, "{name:?}");
        }
    }
}
