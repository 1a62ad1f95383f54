//! One-time links with which people set their password: the first one, or another after a reset.

use std::sync::Arc;

use regia_access::audit::{self, Entry};
use regia_access::{AccessError, Authority, LoginId, Origin, Principal, UserId};
use regia_ident::TerritoryId;
use regia_secrets::{Secret, token};
use serde_json::json;
use time::OffsetDateTime;

use crate::store::user_link::{self, Found, NewLink};
use crate::users::{end_everything, locked};
use crate::{NewUser, UserState, UserSummary, Users, ending, store};

token! {
    /// The secret of a link, shown once to whoever passes it on.
    LinkToken, b"user link"
}

/// A link that was made.
#[derive(Debug)]
pub struct Link {
    /// Its secret.
    pub token: LinkToken,
    /// Until when it is good.
    pub expires_at: OffsetDateTime,
}

/// Whom a link lets in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invited {
    /// The name they log in with.
    pub name: String,
    /// Their own name; may be empty.
    pub full_name: String,
    /// Whether it is their first password.
    pub is_new: bool,
}

impl Users {
    /// Makes a user, and the link that lets them in.
    ///
    /// # Errors
    /// As [`Users::create_user`].
    pub async fn invite_new_user(
        &self,
        principal: &Principal,
        user: NewUser<'_>,
    ) -> Result<(UserId, Link), AccessError> {
        let mut tx = self.0.store.begin(principal.tenant()).await?;
        let made = self.invite_within(&mut tx, principal, user).await?;
        tx.commit().await?;
        Ok(made)
    }

    /// The same in a transaction of the tenant that the user is to belong to.
    ///
    /// # Errors
    /// As [`Users::create_user`].
    pub async fn invite_within(
        &self,
        tx: &mut regia_store::Tx,
        principal: &Principal,
        user: NewUser<'_>,
    ) -> Result<(UserId, Link), AccessError> {
        let id = self.insert_user(tx, principal, user).await?;
        let link = self.draw_link(tx, principal, id, false).await?;
        Ok((id, link))
    }

    /// A new link for a user who has no password yet; the one before is good no more.
    ///
    /// # Errors
    /// [`AccessError::NoUser`], [`AccessError::Beyond`], [`AccessError::HasPassword`],
    /// [`AccessError::Suspended`], or when the database fails.
    pub async fn invite_user(
        &self,
        principal: &Principal,
        id: UserId,
    ) -> Result<Link, AccessError> {
        let mut tx = self.0.store.begin(principal.tenant()).await?;
        let state = locked(&mut tx, id).await?.state;
        self.1.check_outranks(&mut tx, principal, id).await?;
        match state {
            UserState::Invited => {}
            UserState::Active => return Err(AccessError::HasPassword(id)),
            UserState::Suspended => return Err(AccessError::Suspended(id)),
        }
        let link = self.draw_link(&mut tx, principal, id, false).await?;
        tx.commit().await?;
        Ok(link)
    }

    /// A link with which a user sets another password. Until it is used, the present one stays.
    ///
    /// # Errors
    /// [`AccessError::NoUser`], [`AccessError::Beyond`], [`AccessError::NoPassword`],
    /// [`AccessError::Suspended`], or when the database fails.
    pub async fn reset_user(
        &self,
        principal: &Principal,
        id: UserId,
        removes_second_factor: bool,
    ) -> Result<Link, AccessError> {
        let mut tx = self.0.store.begin(principal.tenant()).await?;
        let state = locked(&mut tx, id).await?.state;
        self.1.check_outranks(&mut tx, principal, id).await?;
        match state {
            UserState::Active => {}
            UserState::Invited => return Err(AccessError::NoPassword(id)),
            UserState::Suspended => return Err(AccessError::Suspended(id)),
        }
        let link = self
            .draw_link(&mut tx, principal, id, removes_second_factor)
            .await?;
        tx.commit().await?;
        Ok(link)
    }

    async fn draw_link(
        &self,
        tx: &mut regia_store::Tx,
        principal: &Principal,
        user: UserId,
        removes_second_factor: bool,
    ) -> Result<Link, AccessError> {
        let token = LinkToken::draw(&self.0.chance);
        ending::links(tx, user).await?;
        let link = NewLink {
            user,
            token_hash: &token.hash(&self.0.key),
            removes_second_factor,
            hours: self.0.settings.invite_hours,
        };
        let expires_at = user_link::insert(tx, &link).await?;
        let entry = Entry {
            after: Some(json!({ "removes_second_factor": removes_second_factor })),
            ..Entry::new("access.user_link.create", format!("user:{user}"))
        };
        audit::record(tx, principal, entry).await?;
        Ok(Link { token, expires_at })
    }

    /// Until when the open link of a user is good, if there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_link(
        &self,
        tenant: TerritoryId,
        user: UserId,
    ) -> Result<Option<OffsetDateTime>, AccessError> {
        let mut tx = self.0.store.begin(tenant).await?;
        Ok(user_link::open_until(&mut tx, user).await?)
    }

    /// Whom this link lets in.
    ///
    /// # Errors
    /// [`AccessError::LinkUnknown`], [`AccessError::LinkUsed`], [`AccessError::LinkOld`], or when
    /// the database fails.
    pub async fn look_at_link(&self, token: &LinkToken) -> Result<Invited, AccessError> {
        let (_, user) = self.good_link(token).await?;
        Ok(Invited {
            is_new: user.state == UserState::Invited,
            name: user.name,
            full_name: user.full_name,
        })
    }

    /// Sets the password of whoever holds this link, which is good no more; ends all their logins,
    /// and removes their second factor where the link says so.
    ///
    /// # Errors
    /// As [`Users::look_at_link`], and [`AccessError::Weak`].
    pub async fn use_link(
        &self,
        token: &LinkToken,
        password: &Secret,
        origin: Origin,
    ) -> Result<(), AccessError> {
        let (link, user) = self.good_link(token).await?;
        self.check_password(password, &user.name, &user.full_name)?;
        let hash = self.0.passwords.hash(password).await?;
        let mut tx = self.0.store.upkeep(link.tenant).await?;
        // The user first, as everybody does who changes what hangs on a user.
        locked(&mut tx, user.id).await?;
        let (link, user) = self.judge_link(&mut tx, token).await?;
        store::user::set_password(&mut tx, user.id, &hash).await?;
        user_link::use_up(&mut tx, link.link_id).await?;
        end_everything(&mut tx, user.id).await?;
        if link.removes_second_factor {
            ending::second_factor(&mut tx, user.id).await?;
        }
        // Whoever holds the link is taken for the user, without a login yet.
        let person = Principal::User {
            user_id: user.id,
            name: user.name,
            login_id: LoginId(0),
            authority: Arc::new(Authority {
                tenant: link.tenant,
                user: Some(user.id),
                grants: Vec::new(),
                only: None,
            }),
            origin,
        };
        let entry = Entry {
            after: Some(json!({ "removes_second_factor": link.removes_second_factor })),
            ..Entry::new("access.user_link.use", format!("user:{}", user.id))
        };
        audit::record(&mut tx, &person, entry).await?;
        Ok(tx.commit().await?)
    }

    async fn good_link(&self, token: &LinkToken) -> Result<(Found, UserSummary), AccessError> {
        let mut tx = self.0.store.upkeep(TerritoryId::ROOT).await?;
        let found = user_link::find(&mut tx, &token.hashes(&self.0.key)).await?;
        tx.commit().await?;
        let tenant = found.ok_or(AccessError::LinkUnknown)?.tenant;
        let mut tx = self.0.store.upkeep(tenant).await?;
        let judged = self.judge_link(&mut tx, token).await?;
        tx.commit().await?;
        Ok(judged)
    }

    async fn judge_link(
        &self,
        tx: &mut regia_store::Tx,
        token: &LinkToken,
    ) -> Result<(Found, UserSummary), AccessError> {
        let found = user_link::find(tx, &token.hashes(&self.0.key)).await?;
        let link = found.ok_or(AccessError::LinkUnknown)?;
        if link.is_used {
            return Err(AccessError::LinkUsed);
        }
        if link.is_old {
            return Err(AccessError::LinkOld);
        }
        let user = store::user::get(tx, link.user).await?;
        let user = user.filter(|user| user.state != UserState::Suspended);
        Ok((link, user.ok_or(AccessError::LinkUnknown)?))
    }
}
