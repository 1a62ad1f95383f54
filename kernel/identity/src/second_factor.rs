//! The second factor: an app that makes codes, and recovery codes for who has lost it.

use regia_access::audit::{self, Entry};
use regia_access::{AccessError, Principal, SecondFactorRule, UserId, authority_of, hold_user};
use regia_credentials::{OneTimeKey, RECOVERY_CODES, draw_recovery_codes, plain_code};
use regia_ident::TerritoryId;
use regia_secrets::Secret;
use regia_store::Tx;
use regia_users::ending;
use serde_json::json;
use time::OffsetDateTime;

use crate::LoginToken;
use crate::access::Access;
use crate::account::Own;
use crate::store::second_factor::{self, Stored};

/// What an app is told, until a code has confirmed it.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The key as people type it.
    pub text: Secret,
    /// The key as apps scan it.
    pub address: Secret,
}

/// How a user's second factor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecondFactor {
    /// Since when it is asked for.
    pub confirmed_at: OffsetDateTime,
    /// Recovery codes that were not used.
    pub codes_left: i64,
}

impl Access {
    /// Whether everybody must have a second factor.
    #[must_use]
    pub fn requires_second_factor(&self) -> bool {
        self.0.settings.second_factor == SecondFactorRule::Required
    }

    /// Whether a role that this person holds takes one.
    ///
    /// # Errors
    /// [`AccessError::NotAPerson`], or when the database fails.
    pub async fn role_requires_second_factor(
        &self,
        principal: &Principal,
    ) -> Result<bool, AccessError> {
        let own = Own::of(principal)?;
        let mut tx = self.0.store.upkeep(own.tenant).await?;
        let (_, by_role) = authority_of(&mut tx, own.tenant, own.user).await?;
        Ok(by_role)
    }

    /// Draws a key for an app. It counts when a code of the app has confirmed it.
    ///
    /// # Errors
    /// [`AccessError::NotAPerson`], [`AccessError::HasSecondFactor`], or when the database fails.
    pub async fn begin_second_factor(
        &self,
        principal: &Principal,
    ) -> Result<Enrolment, AccessError> {
        let own = Own::of(principal)?;
        let key = OneTimeKey::draw(&self.0.chance);
        let context = context(own.user);
        let sealed = self
            .0
            .key
            .seal(key.as_bytes(), context.as_bytes(), &self.0.chance);
        let mut tx = self.0.store.upkeep(own.tenant).await?;
        if !second_factor::begin(&mut tx, own.user, &sealed).await? {
            return Err(AccessError::HasSecondFactor);
        }
        let entry = Entry {
            after: Some(json!({ "key": "••••••••" })),
            ..Entry::new("access.second_factor.begin", format!("user:{}", own.user))
        };
        audit::record(&mut tx, principal, entry).await?;
        tx.commit().await?;
        Ok(enrolment(&key, own.name))
    }

    /// The key that waits for its first code, if there is one.
    ///
    /// # Errors
    /// [`AccessError::NotAPerson`], or when the database fails.
    pub async fn pending_second_factor(
        &self,
        principal: &Principal,
    ) -> Result<Option<Enrolment>, AccessError> {
        let own = Own::of(principal)?;
        let mut tx = self.0.store.upkeep(own.tenant).await?;
        let stored = second_factor::lock(&mut tx, own.user).await?;
        tx.commit().await?;
        let pending = stored.filter(|stored| stored.confirmed_at.is_none());
        // One that does not open is drawn anew.
        let key = pending.and_then(|stored| self.open_key(own.user, &stored).ok());
        Ok(key.map(|key| enrolment(&key, own.name)))
    }

    /// The first code of the app: from now on a code is asked for at every login. This login goes
    /// on with the token that is answered; the recovery codes are shown once.
    ///
    /// # Errors
    /// [`AccessError::NotAPerson`], [`AccessError::NoSecondFactor`],
    /// [`AccessError::HasSecondFactor`], [`AccessError::WrongCode`], [`AccessError::Limited`], or
    /// when the database fails.
    pub async fn confirm_second_factor(
        &self,
        principal: &Principal,
        code: &Secret,
    ) -> Result<(LoginToken, Vec<Secret>), AccessError> {
        let own = Own::of(principal)?;
        let throttle = &self.0.throttle;
        let counted = throttle
            .begin(own.name, own.address)
            .map_err(|retry_after| AccessError::Limited { retry_after })?;
        let confirmed = self.confirm(principal, own, code).await;
        if !matches!(confirmed, Err(AccessError::WrongCode)) {
            throttle.forgive(&counted);
        }
        confirmed
    }

    async fn confirm(
        &self,
        principal: &Principal,
        own: Own<'_>,
        code: &Secret,
    ) -> Result<(LoginToken, Vec<Secret>), AccessError> {
        let mut tx = self.0.store.upkeep(own.tenant).await?;
        hold_user(&mut tx, own.user).await?;
        let stored = second_factor::lock(&mut tx, own.user).await?;
        let stored = stored.ok_or(AccessError::NoSecondFactor)?;
        if stored.confirmed_at.is_some() {
            return Err(AccessError::HasSecondFactor);
        }
        let step = self.step_of(own.user, &stored, code)?;
        let step = step.ok_or(AccessError::WrongCode)?;
        second_factor::confirm(&mut tx, own.user, step).await?;
        let codes = self.draw_codes(&mut tx, own.user).await?;
        let token = self.renew(&mut tx, own).await?;
        let entry = Entry {
            before: Some(json!({ "second_factor": false })),
            after: Some(json!({ "second_factor": true })),
            ..Entry::new("access.second_factor.create", format!("user:{}", own.user))
        };
        audit::record(&mut tx, principal, entry).await?;
        tx.commit().await?;
        Ok((token, codes))
    }

    /// How a user's second factor stands; none when no code is asked of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_second_factor(
        &self,
        tenant: TerritoryId,
        user: UserId,
    ) -> Result<Option<SecondFactor>, AccessError> {
        let mut tx = self.0.store.begin(tenant).await?;
        let stored = second_factor::lock(&mut tx, user).await?;
        let codes_left = second_factor::count_codes(&mut tx, user).await?;
        tx.commit().await?;
        let confirmed_at = stored.and_then(|stored| stored.confirmed_at);
        Ok(confirmed_at.map(|confirmed_at| SecondFactor {
            confirmed_at,
            codes_left,
        }))
    }

    /// New recovery codes in place of the old ones, shown once. Asks for the password.
    ///
    /// # Errors
    /// [`AccessError::NotAPerson`], [`AccessError::WrongPassword`], [`AccessError::Limited`],
    /// [`AccessError::NoSecondFactor`], or when the database fails.
    pub async fn renew_recovery_codes(
        &self,
        principal: &Principal,
        password: &Secret,
    ) -> Result<Vec<Secret>, AccessError> {
        let own = Own::of(principal)?;
        self.prove(own, password).await?;
        let mut tx = self.0.store.upkeep(own.tenant).await?;
        let stored = second_factor::lock(&mut tx, own.user).await?;
        if stored.is_none_or(|stored| stored.confirmed_at.is_none()) {
            return Err(AccessError::NoSecondFactor);
        }
        let left = second_factor::count_codes(&mut tx, own.user).await?;
        let codes = self.draw_codes(&mut tx, own.user).await?;
        let entry = Entry {
            before: Some(json!({ "recovery_codes_left": left })),
            after: Some(json!({ "recovery_codes_left": codes.len() })),
            ..Entry::new("access.recovery_code.renew", format!("user:{}", own.user))
        };
        audit::record(&mut tx, principal, entry).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Removes one's own second factor. Asks for the password.
    ///
    /// # Errors
    /// As [`Access::renew_recovery_codes`].
    pub async fn remove_own_second_factor(
        &self,
        principal: &Principal,
        password: &Secret,
    ) -> Result<(), AccessError> {
        let own = Own::of(principal)?;
        self.prove(own, password).await?;
        self.remove_second_factor(principal, own.user).await
    }

    /// Removes the second factor of a user who has lost it.
    ///
    /// # Errors
    /// [`AccessError::NoUser`], [`AccessError::Beyond`], [`AccessError::NoSecondFactor`], or when the
    /// database fails.
    pub async fn remove_second_factor(
        &self,
        principal: &Principal,
        user: UserId,
    ) -> Result<(), AccessError> {
        self.remove_factor_in(principal.tenant(), principal, user)
            .await
    }

    /// Removes the second factor of the user of this name, whatever their tenant.
    ///
    /// # Errors
    /// As [`Access::remove_second_factor`].
    pub async fn remove_second_factor_named(
        &self,
        principal: &Principal,
        name: &str,
    ) -> Result<(), AccessError> {
        let (tenant, user) = self.1.user_named(name).await?;
        self.remove_factor_in(tenant, principal, user).await
    }

    async fn remove_factor_in(
        &self,
        tenant: TerritoryId,
        principal: &Principal,
        user: UserId,
    ) -> Result<(), AccessError> {
        let mut tx = self.0.store.begin(tenant).await?;
        hold_user(&mut tx, user).await?;
        self.1
            .mandates()
            .check_outranks(&mut tx, principal, user)
            .await?;
        if !ending::second_factor(&mut tx, user).await? {
            return Err(AccessError::NoSecondFactor);
        }
        ending::half_logins(&mut tx, user).await?;
        let entry = Entry {
            before: Some(json!({ "second_factor": true })),
            after: Some(json!({ "second_factor": false })),
            ..Entry::new("access.second_factor.delete", format!("user:{user}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        Ok(tx.commit().await?)
    }

    /// Whether it is a code of the user's app that was not used; if so, it is used now.
    pub(crate) async fn app_code_is_right(
        &self,
        tx: &mut Tx,
        user: UserId,
        code: &Secret,
    ) -> Result<bool, AccessError> {
        let stored = second_factor::lock(tx, user).await?;
        let Some(stored) = stored.filter(|stored| stored.confirmed_at.is_some()) else {
            return Ok(false);
        };
        let Some(step) = self.step_of(user, &stored, code)? else {
            return Ok(false);
        };
        second_factor::note_step(tx, user, step).await?;
        Ok(true)
    }

    /// A recovery code as it may be stored.
    pub(crate) fn recovery_hashes(&self, user: UserId, code: &Secret) -> Vec<[u8; 32]> {
        let plain = plain_code(code.expose());
        self.0
            .key
            .macs(&[b"recovery code", &user.0.to_be_bytes(), plain.as_bytes()])
    }

    async fn draw_codes(&self, tx: &mut Tx, user: UserId) -> Result<Vec<Secret>, AccessError> {
        let codes = draw_recovery_codes(&self.0.chance);
        let mut hashes = Vec::with_capacity(RECOVERY_CODES);
        for code in &codes {
            let plain = plain_code(code.expose());
            let parts: [&[u8]; 3] = [b"recovery code", &user.0.to_be_bytes(), plain.as_bytes()];
            hashes.push(self.0.key.mac(&parts));
        }
        second_factor::replace_codes(tx, user, &hashes).await?;
        Ok(codes)
    }

    fn step_of(
        &self,
        user: UserId,
        stored: &Stored,
        code: &Secret,
    ) -> Result<Option<i64>, AccessError> {
        let key = self.open_key(user, stored)?;
        let code = plain_code(code.expose());
        Ok(key.step_of(&code, self.0.clock.now(), stored.last_step))
    }

    fn open_key(&self, user: UserId, stored: &Stored) -> Result<OneTimeKey, AccessError> {
        let opened = self
            .0
            .key
            .open(&stored.sealed_key, context(user).as_bytes());
        let bytes = opened.map_err(|_| AccessError::Sealed)?;
        OneTimeKey::from_bytes(&bytes).ok_or(AccessError::Sealed)
    }
}

fn enrolment(key: &OneTimeKey, name: &str) -> Enrolment {
    Enrolment {
        text: key.to_text(),
        address: key.to_address(name),
    }
}

/// Binds the sealed key to its row.
fn context(user: UserId) -> String {
    format!("access.second_factor.sealed_key {user}")
}
