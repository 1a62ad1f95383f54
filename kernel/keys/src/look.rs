//! Keys as people look at them.

use regia_access::{ApiKeyId, Permission, Principal, UserId};
use regia_ident::TerritoryId;
use regia_store::page::{Limit, Page};

use crate::keys::{KEY_READ, KEY_WRITE, Keys, Reach};
use crate::{KeyError, KeyState, KeySummary, store};

/// Which keys by their owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnerFilter {
    /// Those of this user.
    User(UserId),
    /// Those of the installation.
    Installation,
}

/// Which keys; what is absent is any.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyFilter {
    /// Part of the key's name or of its owner's.
    pub text: Option<String>,
    /// In this state.
    pub state: Option<KeyState>,
    /// Of this owner.
    pub owner: Option<OwnerFilter>,
}

/// A territory that a key may be bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyArea {
    /// The territory.
    pub id: TerritoryId,
    /// Its name after those above it, from the tenant's on.
    pub path: String,
}

impl Keys {
    /// Keys, ended ones too, the newest first, after the one given.
    ///
    /// # Errors
    /// [`KeyError::Denied`], [`KeyError::NotAPerson`], or when the database fails.
    pub async fn list(
        &self,
        principal: &Principal,
        (reach, filter): (Reach, &KeyFilter),
        after: Option<ApiKeyId>,
        limit: Limit,
    ) -> Result<Page<KeySummary>, KeyError> {
        let (tenant, own) = reach.of(principal, &KEY_READ)?;
        let mut tx = self.begin(tenant).await?;
        let rows = store::keys::list(&mut tx, (own, filter), after, limit).await?;
        Ok(Page::from_rows(rows, limit, |row| row.id))
    }

    /// How many keys there are; counting stops at `most`.
    ///
    /// # Errors
    /// As [`Keys::list`].
    pub async fn count(
        &self,
        principal: &Principal,
        (reach, filter): (Reach, &KeyFilter),
        most: i64,
    ) -> Result<i64, KeyError> {
        let (tenant, own) = reach.of(principal, &KEY_READ)?;
        let mut tx = self.begin(tenant).await?;
        Ok(store::keys::count(&mut tx, (own, filter), most).await?)
    }

    /// A key.
    ///
    /// # Errors
    /// [`KeyError::NoKey`], and as [`Keys::list`].
    pub async fn get(
        &self,
        principal: &Principal,
        reach: Reach,
        id: ApiKeyId,
    ) -> Result<KeySummary, KeyError> {
        let (tenant, own) = reach.of(principal, &KEY_READ)?;
        let mut tx = self.begin(tenant).await?;
        let found = store::keys::get(&mut tx, own, id).await?;
        found.ok_or(KeyError::NoKey(id))
    }

    /// The territories in which whoever asks holds anything: the first `most` by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn areas(&self, principal: &Principal, most: i64) -> Result<Vec<KeyArea>, KeyError> {
        let Some(authority) = principal.authority() else {
            return Ok(Vec::new());
        };
        let held: Vec<TerritoryId> = authority.grants.iter().map(|grant| grant.area).collect();
        let mut tx = self.begin(authority.tenant).await?;
        Ok(store::keys::areas(&mut tx, &held, most).await?)
    }

    /// The permissions that whoever asks holds anywhere, by name.
    #[must_use]
    pub fn held(&self, principal: &Principal) -> Vec<Permission> {
        let held = |permission: &&Permission| {
            let authority = principal.authority();
            authority.is_none_or(|authority| !authority.areas(permission).is_empty())
        };
        self.0.catalogue.all().filter(held).copied().collect()
    }

    /// Whether whoever asks may make keys here: before they fill a form.
    ///
    /// # Errors
    /// [`KeyError::Denied`], [`KeyError::NotAPerson`].
    pub fn may_make(&self, principal: &Principal, reach: Reach) -> Result<(), KeyError> {
        reach.of(principal, &KEY_WRITE).map(|_| ())
    }

    /// Days after which a new key ends at the latest, where there is such a rule.
    #[must_use]
    pub fn max_days(&self) -> Option<u16> {
        self.0.settings.max_days
    }
}
