//! The door: everything that decides who asks.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use regia_access::{
    AccessError, AccessSettings, Catalogue, Mandates, Origin, Principal, authority_of,
};
use regia_clock::{Chance, Clock};
use regia_ident::TerritoryId;
use regia_lifecycle::Lifecycle;
use regia_secrets::{Key, KeyRing};
use regia_security::SecurityLog;
use regia_store::Store;
use regia_users::Users;

use crate::login::CSRF_NONCE_BYTES;
use crate::store::login::Limits;
use crate::throttle::Throttle;
use crate::{LoginToken, store};

const UPKEEP_EVERY: Duration = Duration::from_secs(3600);

/// Who may ask. Clones are the same door.
#[derive(Debug, Clone)]
pub struct Access(pub(crate) Arc<Parts>, pub(crate) Users);

#[derive(Debug)]
pub(crate) struct Parts {
    pub store: Store,
    pub settings: AccessSettings,
    pub clock: Clock,
    pub chance: Chance,
    pub key: Key,
    pub throttle: Throttle,
    pub security: OnceLock<SecurityLog>,
}

/// A login that was recognised.
#[derive(Debug, Clone)]
pub struct Authenticated {
    /// Who asks.
    pub principal: Principal,
    /// Its secret, to which CSRF tokens are bound.
    pub token: LoginToken,
    /// A second factor must be set up before anything else.
    pub must_enrol: bool,
    /// In which language they read the console, as a tag; none: they did not choose.
    pub language: Option<String>,
}

impl Access {
    /// Takes the time of one password hash.
    ///
    /// # Errors
    /// [`AccessError::Hashing`] when there is no memory for it.
    pub fn new(
        store: Store,
        keys: &KeyRing,
        settings: AccessSettings,
        clock: Clock,
        chance: Chance,
    ) -> Result<Self, AccessError> {
        let users = Users::new(store.clone(), keys, settings.clone(), chance.clone())?;
        let throttle = Throttle::new(clock.clone(), settings.failed_logins_per_minute);
        let key = keys.derive("access");
        let parts = Parts {
            store,
            settings,
            clock,
            chance,
            key,
            throttle,
            security: OnceLock::new(),
        };
        Ok(Self(Arc::new(parts), users))
    }

    /// The same door, which knows what may be allowed. Without it nobody but a super administrator
    /// holds a permission of an own role.
    #[must_use]
    pub fn knowing(self, catalogue: Catalogue) -> Self {
        Self(self.0, self.1.knowing(catalogue))
    }

    /// What may be allowed.
    #[must_use]
    pub const fn catalogue(&self) -> &Catalogue {
        self.mandates().catalogue()
    }

    /// Who may come in at all.
    #[must_use]
    pub const fn users(&self) -> &Users {
        &self.1
    }

    /// What they may do.
    #[must_use]
    pub const fn mandates(&self) -> &Mandates {
        self.1.mandates()
    }

    /// Notes from here on what happens at the doors; once in the life of a door.
    pub fn watch(&self, log: SecurityLog) {
        self.0.security.get_or_init(|| log);
    }

    /// Where what happens at the doors is noted; nowhere until somebody watches.
    #[must_use]
    pub fn security(&self) -> SecurityLog {
        self.0.security.get().cloned().unwrap_or_default()
    }

    /// Forgets logins and links that ended: now and every hour.
    pub fn run_upkeep(&self, lifecycle: &Lifecycle) {
        let (access, stopping) = (self.clone(), lifecycle.stopping());
        lifecycle.spawn("access upkeep", async move {
            loop {
                if let Err(error) = access.upkeep().await {
                    tracing::error!(error = ?error, "the upkeep of logins failed");
                }
                tokio::select! {
                    () = stopping.cancelled() => return,
                    () = tokio::time::sleep(UPKEEP_EVERY) => {}
                }
            }
        });
    }

    async fn upkeep(&self) -> Result<(), AccessError> {
        let mut tx = self.0.store.upkeep(TerritoryId::ROOT).await?;
        let ended = store::login::delete_ended(&mut tx, self.limits()).await?;
        store::half_login::delete_old(&mut tx).await?;
        regia_users::forget_old_links(&mut tx).await?;
        tx.commit().await?;
        tracing::debug!(access.ended_logins = ended, "forgot logins that ended");
        Ok(())
    }

    /// Who sent this login cookie; none when it is forged, ended or revoked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn authenticate_cookie(
        &self,
        cookie: &str,
        origin: Origin,
    ) -> Result<Option<Authenticated>, AccessError> {
        let Some(token) = LoginToken::parse(cookie) else {
            return Ok(None);
        };
        // A login says no tenant.
        let mut tx = self.0.store.upkeep(TerritoryId::ROOT).await?;
        let hashes = token.hashes(&self.0.key);
        let Some(found) = store::login::find(&mut tx, &hashes, self.limits()).await? else {
            return Ok(None);
        };
        if found.is_stale {
            store::login::touch(&mut tx, found.tenant, found.login_id).await?;
        }
        let (authority, by_role) = authority_of(&mut tx, found.tenant, found.user_id).await?;
        tx.commit().await?;
        Ok(Some(Authenticated {
            must_enrol: (self.requires_second_factor() || by_role) && !found.has_second_factor,
            language: found.language.clone(),
            principal: found.into_principal(authority, origin),
            token,
        }))
    }

    /// Whether a login goes on, and for the same things: for streams that outlive the request that
    /// began them. It does not count as use of the login. Keys are asked about where they are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn still_valid(&self, principal: &Principal) -> Result<bool, AccessError> {
        let Principal::User {
            login_id,
            user_id,
            authority: had,
            ..
        } = principal
        else {
            return Ok(true);
        };
        let tenant = principal.tenant();
        let mut tx = self.0.store.upkeep(tenant).await?;
        Ok(
            store::login::is_live(&mut tx, *login_id, self.limits()).await?
                && authority_of(&mut tx, tenant, *user_id).await?.0 == **had,
        )
    }

    /// A token for a form or header of a page of this login. Every call gives another one, so that
    /// its bytes cannot be guessed from the length of compressed answers (BREACH).
    #[must_use]
    pub fn csrf_token(&self, login: &LoginToken) -> String {
        let nonce = self.0.chance.bytes::<CSRF_NONCE_BYTES>();
        login.csrf_token(&self.0.key, &nonce)
    }

    /// Whether [`Access::csrf_token`] made this token for this login.
    #[must_use]
    pub fn csrf_matches(&self, login: &LoginToken, token: &str) -> bool {
        login.csrf_matches(&self.0.key, token)
    }

    pub(crate) fn limits(&self) -> Limits {
        let AccessSettings {
            idle_minutes,
            absolute_hours,
            ..
        } = self.0.settings;
        Limits {
            idle_minutes,
            absolute_hours,
        }
    }
}
