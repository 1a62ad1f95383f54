//! The door for scripts: who sent a key, and whether it still holds.

use std::sync::Arc;
use std::time::Duration;

use regia_access::audit::{self, Entry};
use regia_access::{
    Allowed, ApiKeySettings, Authority, Catalogue, Grant, Origin, Permission, Principal,
    SystemRole, UserId, authority_within,
};
use regia_clock::Chance;
use regia_ident::TerritoryId;
use regia_lifecycle::Lifecycle;
use regia_secrets::{Key, KeyRing, Secret};
use regia_store::{Scope, Store, Tx};
use serde_json::json;

use crate::store::find::Found;
use crate::{EVERYTHING, KeyError, signals, store, text};

/// All keys of the tenant.
pub const KEY_READ: Permission = Permission::new(
    "access.key.read",
    SystemRole::Administrator,
    "See all API keys of the tenant.",
)
.in_whole();

/// Making, changing, replacing and revoking them.
pub const KEY_WRITE: Permission = Permission::new(
    "access.key.write",
    SystemRole::Administrator,
    "Make, change, replace and revoke API keys of the tenant.",
)
.in_whole();

/// The name of the key that a first start makes.
const FIRST_KEY: &str = "first key";

const UPKEEP_EVERY: Duration = Duration::from_secs(3600);

/// API keys. Clones are the same.
#[derive(Debug, Clone)]
pub struct Keys(pub(crate) Arc<Inner>);

#[derive(Debug)]
pub(crate) struct Inner {
    pub store: Store,
    pub settings: ApiKeySettings,
    pub chance: Chance,
    pub key: Key,
    pub catalogue: Catalogue,
}

/// What keys need.
#[derive(Debug)]
pub struct Parts<'a> {
    /// The database.
    pub store: Store,
    /// Hashes the keys.
    pub keys: &'a KeyRing,
    /// What holds for all of them.
    pub settings: ApiKeySettings,
    /// Draws them.
    pub chance: Chance,
    /// What may be allowed at all.
    pub permissions: Vec<Permission>,
}

/// Which keys somebody works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// All keys of the tenant, which takes a permission.
    Tenant,
    /// One's own.
    Own,
}

/// The tenant and, where only their keys are meant, the user.
pub(crate) type Reached = (TerritoryId, Option<UserId>);

impl Reach {
    /// Whether whoever asks may.
    pub(crate) fn of(
        self,
        principal: &Principal,
        permission: &Permission,
    ) -> Result<Reached, KeyError> {
        match (self, principal) {
            (
                Self::Own,
                Principal::User {
                    user_id, authority, ..
                },
            ) => Ok((authority.tenant, Some(*user_id))),
            (Self::Own, _) => Err(KeyError::NotAPerson),
            (Self::Tenant, _) => Ok((principal.scope(permission)?.tenant, None)),
        }
    }
}

impl Keys {
    /// Keys in this database.
    #[must_use]
    pub fn new(parts: Parts<'_>) -> Self {
        let Parts {
            store,
            keys,
            settings,
            chance,
            permissions,
        } = parts;
        Self(Arc::new(Inner {
            store,
            settings,
            chance,
            // Keys are older than this crate, and their hashes stay.
            key: keys.derive("access"),
            catalogue: permissions.into_iter().collect(),
        }))
    }

    /// Makes the installation's own key of a first start, which may do everything. The text is
    /// answered when it was drawn by chance.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seed(&self, given: Option<Secret>) -> Result<Option<Secret>, KeyError> {
        let drawn = match given {
            Some(_) => None,
            None => Some(text::draw(&self.0.chance)),
        };
        let Some(key) = given.or_else(|| drawn.clone()) else {
            return Ok(None);
        };
        let mut tx = self.begin(TerritoryId::ROOT).await?;
        let hash = text::hash(&self.0.key, &key);
        let id = store::keys::insert_first(&mut tx, FIRST_KEY, &hash).await?;
        let entry = Entry {
            after: Some(json!({ "name": FIRST_KEY, "permissions": ["*"] })),
            ..Entry::new("access.api_key.create", format!("api_key:{id}"))
        };
        audit::record(&mut tx, &Principal::System("first start"), entry).await?;
        tx.commit().await?;
        Ok(drawn)
    }

    /// Who sent this key; none when it is unknown, ended, replaced, or its owner may not log in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn authenticate(
        &self,
        key: &Secret,
        origin: Origin,
    ) -> Result<Option<Principal>, KeyError> {
        let found = match text::may_be_key(key.expose()) {
            true => self.find(key, origin).await?,
            false => None,
        };
        if found.is_none() {
            metrics::counter!(signals::UNKNOWN).increment(1);
        }
        Ok(found)
    }

    async fn find(&self, key: &Secret, origin: Origin) -> Result<Option<Principal>, KeyError> {
        // A key says no tenant.
        let mut tx = self.0.store.upkeep(TerritoryId::ROOT).await?;
        let hashes = text::hashes(&self.0.key, key);
        let from = origin.address.map(|address| address.to_string());
        let found = store::find::find(&mut tx, &hashes, from.as_deref()).await?;
        let Some(found) = found else {
            return Ok(None);
        };
        if found.is_stale {
            store::find::touch(&mut tx, (found.tenant, found.id), from.as_deref()).await?;
        }
        let authority = authority(&mut tx, &found).await?;
        tx.commit().await?;
        Ok(Some(Principal::ApiKey {
            id: found.id,
            name: found.name,
            owner: found.owner,
            requests_per_minute: found.requests_per_minute,
            authority: Arc::new(authority),
            origin,
        }))
    }

    /// Whether a key still holds, and for the same things: for streams that outlive the request that
    /// began them. Logins are asked about where they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn still_valid(&self, principal: &Principal) -> Result<bool, KeyError> {
        let Principal::ApiKey {
            id, authority: had, ..
        } = principal
        else {
            return Ok(true);
        };
        let mut tx = self.0.store.upkeep(TerritoryId::ROOT).await?;
        Ok(match store::find::find_live(&mut tx, *id).await? {
            Some(found) => authority(&mut tx, &found).await? == **had,
            None => false,
        })
    }

    /// Forgets replaced texts whose time is over, and keys that ended long ago: now and every hour.
    pub fn run_upkeep(&self, lifecycle: &Lifecycle) {
        let (keys, stopping) = (self.clone(), lifecycle.stopping());
        lifecycle.spawn("keys upkeep", async move {
            loop {
                if let Err(error) = keys.upkeep().await {
                    tracing::error!(error = ?error, "the upkeep of API keys failed");
                }
                tokio::select! {
                    () = stopping.cancelled() => return,
                    () = tokio::time::sleep(UPKEEP_EVERY) => {}
                }
            }
        });
    }

    /// One round of the upkeep.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn upkeep(&self) -> Result<(), KeyError> {
        let mut tx = self.0.store.upkeep(TerritoryId::ROOT).await?;
        store::keys::forget_ended(&mut tx).await?;
        Ok(tx.commit().await?)
    }

    /// For somebody's work in their tenant.
    pub(crate) async fn begin(&self, tenant: TerritoryId) -> Result<Tx, KeyError> {
        Ok(self.0.store.begin(Scope::whole(tenant)).await?)
    }
}

/// What a key may do now: with an owner no more than they may, without one what it says itself.
async fn authority(tx: &mut Tx, found: &Found) -> Result<Authority, KeyError> {
    let allowed = allowed(&found.permissions);
    if let Some(owner) = found.owner {
        let only = match allowed {
            Allowed::Role(_) => None,
            Allowed::These(names) => Some(names),
        };
        return Ok(authority_within(tx, (found.tenant, owner), found.area, only).await?);
    }
    Ok(Authority {
        tenant: found.tenant,
        user: None,
        grants: vec![Grant {
            area: found.area,
            few: found.few.clone(),
            allowed,
        }],
        only: None,
    })
}

/// What a key's permissions say; everything is what the greatest role has.
pub(crate) fn allowed(permissions: &[String]) -> Allowed {
    match permissions.iter().any(|name| name == EVERYTHING) {
        true => Allowed::Role(SystemRole::SuperAdministrator),
        false => Allowed::These(permissions.iter().cloned().collect()),
    }
}
