//! Keys made, changed, replaced and revoked.

use std::collections::BTreeSet;

use regia_access::audit::{self, Entry};
use regia_access::{Allowed, ApiKeyId, Principal, UserId, territories_above};
use regia_ident::TerritoryId;
use regia_secrets::Secret;
use regia_store::Tx;
use serde_json::json;
use time::format_description::well_known::Rfc3339;

use crate::keys::{KEY_WRITE, Keys, Reach, Reached, allowed};
use crate::store::KeySummary;
use crate::store::keys::Insert;
use crate::terms::{MAX_OVERLAP_HOURS, Terms, wrong};
use crate::{EVERYTHING, KeyError, KeyState, store, text};

/// Keys that hold, of one owner. Nobody has so many scripts; something runs away.
const MAX_LIVE_PER_OWNER: i64 = 100;

/// Whose a new key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Owner {
    /// Whoever makes it; of a key that makes another, its owner.
    #[default]
    Maker,
    /// This user.
    User(UserId),
    /// Nobody: it outlives everybody. For those who may do everything.
    Installation,
}

/// A key that shall be made.
#[derive(Debug, Clone, Default)]
pub struct NewKey {
    /// Name, end and limit.
    pub terms: Terms,
    /// What it may do, or [`EVERYTHING`].
    pub permissions: Vec<String>,
    /// Where, with everything below; none: in the whole tenant.
    pub area: Option<TerritoryId>,
    /// Whose it is.
    pub owner: Owner,
}

impl Keys {
    /// Makes a key. Its text is answered here and never again.
    ///
    /// # Errors
    /// [`KeyError::Denied`], [`KeyError::Beyond`] when it could do more than its maker,
    /// [`KeyError::Field`], [`KeyError::NoOwner`], [`KeyError::TooMany`], or when the database fails.
    pub async fn create(
        &self,
        principal: &Principal,
        reach: Reach,
        new: &NewKey,
    ) -> Result<(KeySummary, Secret), KeyError> {
        let (tenant, own) = reach.of(principal, &KEY_WRITE)?;
        let permissions = self.declared(&new.permissions)?;
        let owner = match own {
            Some(user) => Some(user),
            None => owner(principal, new.owner)?,
        };
        let mut tx = self.begin(tenant).await?;
        let now = store::keys::now(&mut tx).await?;
        let terms = new.terms.checked(&self.0.settings, (now, now), None)?;
        let area = new.area.unwrap_or(tenant);
        self.check_held(&mut tx, principal, &permissions, area)
            .await?;
        if let Some(user) = owner
            && !store::keys::is_user(&mut tx, user).await?
        {
            return Err(KeyError::NoOwner(user));
        }
        if store::keys::count_live(&mut tx, owner).await? >= MAX_LIVE_PER_OWNER {
            return Err(KeyError::TooMany(MAX_LIVE_PER_OWNER));
        }
        let drawn = text::draw(&self.0.chance);
        let insert = Insert {
            terms: &terms,
            hash: &text::hash(&self.0.key, &drawn),
            permissions: &permissions,
            area,
            owner,
        };
        let id = store::keys::insert(&mut tx, &insert).await?;
        let entry = Entry {
            after: Some(json!({
                "name": terms.name, "owner": owner, "permissions": permissions, "territory": area,
                "expires_at": at(&terms), "requests_per_minute": terms.requests_per_minute,
            })),
            ..Entry::new("access.api_key.create", format!("api_key:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        let made = present(&mut tx, id).await?;
        tx.commit().await?;
        Ok((made, drawn))
    }

    /// Gives a key another text, which is answered here and never again. The present one is good for
    /// some hours more; one that was replaced before is not, from now on.
    ///
    /// # Errors
    /// [`KeyError::Denied`], [`KeyError::Beyond`], [`KeyError::NoKey`], [`KeyError::Field`], or when
    /// the database fails.
    pub async fn rotate(
        &self,
        principal: &Principal,
        reach: Reach,
        id: ApiKeyId,
        overlap_hours: u16,
    ) -> Result<(KeySummary, Secret), KeyError> {
        if overlap_hours > MAX_OVERLAP_HOURS {
            return Err(wrong("overlap_hours", "is 0 to 720"));
        }
        let reached = reach.of(principal, &KEY_WRITE)?;
        let mut tx = self.begin(reached.0).await?;
        self.lock_held(&mut tx, principal, reached, id).await?;
        let drawn = text::draw(&self.0.chance);
        let hash = text::hash(&self.0.key, &drawn);
        store::keys::rotate(&mut tx, id, &hash, overlap_hours).await?;
        let entry = Entry {
            after: Some(json!({ "overlap_hours": overlap_hours })),
            ..Entry::new("access.api_key.rotate", format!("api_key:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        let replaced = present(&mut tx, id).await?;
        tx.commit().await?;
        Ok((replaced, drawn))
    }

    /// Changes a key's name, end and limit.
    ///
    /// # Errors
    /// [`KeyError::Denied`], [`KeyError::Beyond`], [`KeyError::NoKey`], [`KeyError::Field`], or when
    /// the database fails.
    pub async fn change(
        &self,
        principal: &Principal,
        reach: Reach,
        id: ApiKeyId,
        terms: &Terms,
    ) -> Result<KeySummary, KeyError> {
        let reached = reach.of(principal, &KEY_WRITE)?;
        let mut tx = self.begin(reached.0).await?;
        let key = self.lock_held(&mut tx, principal, reached, id).await?;
        let now = store::keys::now(&mut tx).await?;
        let since = key.rotated_at.unwrap_or(key.created_at);
        let before = key.terms();
        let after = terms.checked(&self.0.settings, (since, now), Some(&before))?;
        if after == before {
            return Ok(key);
        }
        store::keys::change(&mut tx, id, &after).await?;
        let shown = |terms: &Terms| {
            json!({
                "name": terms.name, "expires_at": at(terms),
                "requests_per_minute": terms.requests_per_minute,
            })
        };
        let entry = Entry {
            before: Some(shown(&before)),
            after: Some(shown(&after)),
            ..Entry::new("access.api_key.change", format!("api_key:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        let changed = present(&mut tx, id).await?;
        tx.commit().await?;
        Ok(changed)
    }

    /// Ends a key for good.
    ///
    /// # Errors
    /// [`KeyError::Denied`], [`KeyError::NoKey`], or when the database fails.
    pub async fn revoke(
        &self,
        principal: &Principal,
        reach: Reach,
        id: ApiKeyId,
    ) -> Result<(), KeyError> {
        let reached = reach.of(principal, &KEY_WRITE)?;
        let mut tx = self.begin(reached.0).await?;
        let key = locked(&mut tx, reached, id).await?;
        store::keys::revoke(&mut tx, id).await?;
        let entry = Entry {
            before: Some(json!({ "name": key.name })),
            ..Entry::new("access.api_key.revoke", format!("api_key:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        Ok(tx.commit().await?)
    }

    /// Each permission once, all of them declared by somebody.
    fn declared(&self, wanted: &[String]) -> Result<Vec<String>, KeyError> {
        let wanted: BTreeSet<&String> = wanted.iter().collect();
        if wanted.is_empty() {
            return Err(wrong("permissions", "names what the key may do"));
        }
        let known = |name: &str| name == EVERYTHING || self.0.catalogue.find(name).is_some();
        match wanted.iter().find(|name| !known(name)) {
            Some(name) => {
                // Not more of it than a person can read.
                let shown: String = name.chars().take(80).collect();
                let reason = format!("names {shown:?}, which is no permission");
                Err(KeyError::Field("permissions", reason))
            }
            None => Ok(wanted.into_iter().cloned().collect()),
        }
    }

    async fn check_held(
        &self,
        tx: &mut Tx,
        principal: &Principal,
        permissions: &[String],
        area: TerritoryId,
    ) -> Result<(), KeyError> {
        let above = territories_above(tx, area).await?;
        if above.is_empty() {
            return Err(wrong("territory", "is none"));
        }
        let gift = allowed(permissions);
        match (principal.lacks(&gift, &above, &self.0.catalogue), gift) {
            (None, _) => Ok(()),
            (Some(_), Allowed::Role(_)) => Err(KeyError::Beyond("everything".to_owned())),
            (Some(name), Allowed::These(_)) => Err(KeyError::Beyond(name)),
        }
    }

    /// A key that holds. Whoever gets its text, or lets it live on, may do what it may; people's own
    /// keys never do more than they.
    async fn lock_held(
        &self,
        tx: &mut Tx,
        principal: &Principal,
        reached: Reached,
        id: ApiKeyId,
    ) -> Result<KeySummary, KeyError> {
        let key = locked(tx, reached, id).await?;
        let owner = key.owner.as_ref().map(|owner| owner.id);
        let own = matches!(principal, Principal::User { user_id, .. } if owner == Some(*user_id));
        if !own {
            self.check_held(tx, principal, &key.permissions, key.area)
                .await?;
        }
        Ok(key)
    }
}

/// One that nobody else changes until the end of this transaction. What was revoked stays so; one
/// that ended by itself may be given another end.
async fn locked(tx: &mut Tx, (_, user): Reached, id: ApiKeyId) -> Result<KeySummary, KeyError> {
    let found = store::keys::lock(tx, user, id).await?;
    found
        .filter(|key| key.state != KeyState::Revoked)
        .ok_or(KeyError::NoKey(id))
}

/// The key as it is now.
async fn present(tx: &mut Tx, id: ApiKeyId) -> Result<KeySummary, KeyError> {
    let found = store::keys::get(tx, None, id).await?;
    found.ok_or(KeyError::NoKey(id))
}

fn owner(principal: &Principal, wanted: Owner) -> Result<Option<UserId>, KeyError> {
    match (wanted, principal) {
        (Owner::User(user), _) => Ok(Some(user)),
        (Owner::Maker, Principal::User { user_id, .. }) => Ok(Some(*user_id)),
        (Owner::Maker, Principal::ApiKey { owner, .. }) => Ok(*owner),
        (Owner::Installation | Owner::Maker, Principal::System(_)) => Ok(None),
        (Owner::Installation, _) => {
            let unlimited = principal.authority().is_some_and(|all| all.is_unlimited());
            match unlimited {
                true => Ok(None),
                false => Err(KeyError::Beyond("a key of the installation".to_owned())),
            }
        }
    }
}

fn at(terms: &Terms) -> Option<String> {
    terms.expires_at.and_then(|at| at.format(&Rfc3339).ok())
}
