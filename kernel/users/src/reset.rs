//! Passwords that are set for somebody, and which ones may be chosen.

use regia_access::audit::{self, Entry};
use regia_access::{AccessError, Principal};
use regia_credentials::PasswordRule;
use regia_secrets::Secret;
use serde_json::{Value, json};

use crate::store;
use crate::users::{Users, end_everything, locked};

impl Users {
    /// Sets a user's password, one drawn by chance when none is given, and ends all their logins.
    ///
    /// # Errors
    /// [`AccessError::NoUser`], or when the database fails.
    pub async fn reset_password(
        &self,
        principal: &Principal,
        name: &str,
        password: Option<Secret>,
    ) -> Result<Secret, AccessError> {
        let (tenant, user) = self.user_named(name).await?;
        let password = password.unwrap_or_else(|| self.draw_password());
        let hash = self.0.passwords.hash(&password).await?;
        let mut tx = self.0.store.begin(tenant).await?;
        locked(&mut tx, user).await?;
        store::user::set_password(&mut tx, user, &hash).await?;
        end_everything(&mut tx, user).await?;
        let entry = Entry {
            before: Some(masked_password()),
            after: Some(masked_password()),
            ..Entry::new("access.user.set_password", format!("user:{user}"))
        };
        audit::record(&mut tx, principal, entry).await?;
        tx.commit().await?;
        Ok(password)
    }

    /// 116 bits.
    pub(crate) fn draw_password(&self) -> Secret {
        self.0.chance.secret(20).into()
    }

    /// Whether this user may choose this password.
    ///
    /// # Errors
    /// [`AccessError::Weak`].
    pub fn check_password(
        &self,
        password: &Secret,
        name: &str,
        full_name: &str,
    ) -> Result<(), AccessError> {
        let rule = PasswordRule {
            min_chars: self.0.settings.password_min_length,
        };
        let person = regia_credentials::Person { name, full_name };
        Ok(rule.check(password, person)?)
    }

    /// Characters that a password has at least.
    #[must_use]
    pub fn password_min_length(&self) -> usize {
        self.0.settings.password_min_length
    }
}

/// A password, as the audit trail shows it.
#[must_use]
pub fn masked_password() -> Value {
    json!({ "password": "••••••••" })
}
