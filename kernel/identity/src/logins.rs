//! The browsers that are logged in: to list and to end.

use regia_access::audit::{self, Entry};
use regia_access::{AccessError, LoginId, Principal, UserId};
use regia_ident::TerritoryId;
use regia_store::page::{Limit, Page};
use regia_users::ending;
use serde_json::json;

use crate::access::Access;
use crate::{LoginSummary, store};

impl Access {
    /// Ends the login that carries this request; a key has none to end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn logout(&self, principal: &Principal) -> Result<(), AccessError> {
        match principal {
            Principal::User {
                user_id, login_id, ..
            } => self.revoke_login(principal, *user_id, *login_id).await,
            Principal::ApiKey { .. } | Principal::System(_) => Ok(()),
        }
    }

    /// Ends one login of a user; one that ended before is no error.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_login(
        &self,
        principal: &Principal,
        user: UserId,
        login: LoginId,
    ) -> Result<(), AccessError> {
        let mut tx = self.0.store.begin(principal.tenant()).await?;
        if store::login::delete(&mut tx, user, login).await? {
            let entry = Entry {
                before: Some(json!({ "user": user })),
                ..Entry::new("access.login.end", format!("login:{login}"))
            };
            audit::record(&mut tx, principal, entry).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Ends every login of a user but the one that carries this request.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_logins(
        &self,
        principal: &Principal,
        user: UserId,
    ) -> Result<(), AccessError> {
        let kept = match principal {
            Principal::User { login_id, .. } => Some(*login_id),
            Principal::ApiKey { .. } | Principal::System(_) => None,
        };
        let mut tx = self.0.store.begin(principal.tenant()).await?;
        ending::half_logins(&mut tx, user).await?;
        let ended = ending::logins(&mut tx, user, kept).await?;
        if ended > 0 {
            let entry = Entry {
                before: Some(json!({ "logins": ended })),
                ..Entry::new("access.login.end_all", format!("user:{user}"))
            };
            audit::record(&mut tx, principal, entry).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The logins of a user that have not ended, the newest first, after the one given.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_logins(
        &self,
        (tenant, user): (TerritoryId, UserId),
        after: Option<LoginId>,
        limit: Limit,
    ) -> Result<Page<LoginSummary>, AccessError> {
        let mut tx = self.0.store.begin(tenant).await?;
        let rows = store::login::list(&mut tx, (user, after), limit, self.limits()).await?;
        Ok(Page::from_rows(rows, limit, |row| row.login_id))
    }
}
