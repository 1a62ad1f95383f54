//! What people do to their own account.

use std::net::{IpAddr, Ipv4Addr};

use regia_access::audit::{self, Entry};
use regia_access::{AccessError, LoginId, Principal, UserId};
use regia_ident::TerritoryId;
use regia_secrets::Secret;
use regia_users::ending;
use regia_users::masked_password;
use serde_json::json;

use crate::access::Access;
use crate::store::account::Account;
use crate::{LoginToken, store};

/// The person behind a request, with the login that carries it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Own<'a> {
    pub user: UserId,
    pub tenant: TerritoryId,
    pub login: LoginId,
    pub name: &'a str,
    pub address: IpAddr,
}

impl<'a> Own<'a> {
    pub(crate) fn of(principal: &'a Principal) -> Result<Self, AccessError> {
        match principal {
            Principal::User {
                user_id,
                name,
                login_id,
                authority,
                origin,
            } => Ok(Self {
                user: *user_id,
                tenant: authority.tenant,
                login: *login_id,
                name,
                address: origin.address.unwrap_or(Ipv4Addr::UNSPECIFIED.into()),
            }),
            Principal::ApiKey { .. } | Principal::System(_) => Err(AccessError::NotAPerson),
        }
    }
}

impl Access {
    /// Sets another password in place of the present one. The other logins end, and this one goes
    /// on with the token that is answered.
    ///
    /// # Errors
    /// [`AccessError::NotAPerson`], [`AccessError::WrongPassword`], [`AccessError::Limited`],
    /// [`AccessError::Weak`], or when the database fails.
    pub async fn change_password(
        &self,
        principal: &Principal,
        current: &Secret,
        new: &Secret,
    ) -> Result<LoginToken, AccessError> {
        let own = Own::of(principal)?;
        let account = self.prove(own, current).await?;
        self.1
            .check_password(new, &account.name, &account.full_name)?;
        let hash = self.1.passwords().hash(new).await?;
        let checked = account.password_hash.as_deref().unwrap_or_default();
        let mut tx = self.0.store.upkeep(own.tenant).await?;
        if !store::account::exchange_password(&mut tx, (own.user, checked), &hash).await? {
            return Err(AccessError::WrongPassword);
        }
        ending::half_logins(&mut tx, own.user).await?;
        ending::links(&mut tx, own.user).await?;
        ending::logins(&mut tx, own.user, Some(own.login)).await?;
        let token = self.renew(&mut tx, own).await?;
        let entry = Entry {
            before: Some(masked_password()),
            after: Some(masked_password()),
            ..Entry::new("access.user.change_password", format!("user:{}", own.user))
        };
        audit::record(&mut tx, principal, entry).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Chooses the language in which one reads the console, by its tag; none: as the browser asks.
    ///
    /// # Errors
    /// [`AccessError::NotAPerson`], [`AccessError::Field`], or when the database fails.
    pub async fn choose_language(
        &self,
        principal: &Principal,
        language: Option<&str>,
    ) -> Result<(), AccessError> {
        let own = Own::of(principal)?;
        if language.is_some_and(|tag| !is_language(tag)) {
            return Err(AccessError::Field("language", "is no language tag"));
        }
        let mut tx = self.0.store.upkeep(own.tenant).await?;
        let Some(before) = store::account::exchange_language(&mut tx, own.user, language).await?
        else {
            return Err(AccessError::NoUser(own.user.to_string()));
        };
        if before.as_deref() != language {
            let entry = Entry {
                before: Some(json!({ "language": before })),
                after: Some(json!({ "language": language })),
                ..Entry::new("access.user.choose_language", format!("user:{}", own.user))
            };
            audit::record(&mut tx, principal, entry).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Asks for the password once more. Wrong ones count as failures of account and address.
    pub(crate) async fn prove(
        &self,
        own: Own<'_>,
        password: &Secret,
    ) -> Result<Account, AccessError> {
        let throttle = &self.0.throttle;
        let counted = throttle
            .begin(own.name, own.address)
            .map_err(|retry_after| AccessError::Limited { retry_after })?;
        let proved = self.check_own(own, password).await;
        if !matches!(proved, Err(AccessError::WrongPassword)) {
            throttle.forgive(&counted);
        }
        proved
    }

    async fn check_own(&self, own: Own<'_>, password: &Secret) -> Result<Account, AccessError> {
        let mut tx = self.0.store.upkeep(own.tenant).await?;
        let account = store::account::get(&mut tx, own.user).await?;
        tx.commit().await?;
        let account = account.ok_or(AccessError::WrongPassword)?;
        let stored = account.password_hash.clone();
        match self.1.passwords().verify(password, stored).await? {
            true => Ok(account),
            false => Err(AccessError::WrongPassword),
        }
    }

    /// The same login with a token that never existed before.
    pub(crate) async fn renew(
        &self,
        tx: &mut regia_store::Tx,
        own: Own<'_>,
    ) -> Result<LoginToken, AccessError> {
        let token = LoginToken::draw(&self.0.chance);
        store::login::renew(tx, own.login, &token.hash(&self.0.key)).await?;
        Ok(token)
    }
}

/// The primary part of a tag (BCP 47).
fn is_language(tag: &str) -> bool {
    (2..=3).contains(&tag.len()) && tag.bytes().all(|byte| byte.is_ascii_lowercase())
}
