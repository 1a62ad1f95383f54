//! Logging in and out.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use regia_clock::Chance;
use regia_secrets::{Key, Secret};
use regia_store::page::{Limit, Page};
use serde_json::json;

use crate::access::{Access, authority};
use crate::audit::{self, Entry};
use crate::store::login::{NewLogin, User};
use crate::{AccessError, LoginId, LoginSummary, Origin, Principal, UserId, signals, store};

const TOKEN_BYTES: usize = 32;
pub(crate) const CSRF_NONCE_BYTES: usize = 16;

/// What a browser calls itself is kept up to this length.
const USER_AGENT_CHARS: usize = 200;

/// The secret of one login: random, in the browser's cookie and nowhere else.
#[derive(Clone)]
pub struct LoginToken([u8; TOKEN_BYTES]);

/// Somebody tries to log in.
#[derive(Debug)]
pub struct LoginAttempt {
    /// Who they say they are.
    pub name: String,
    /// What they know.
    pub password: Secret,
    /// Where they are.
    pub address: IpAddr,
    /// What their browser calls itself.
    pub user_agent: String,
    /// Names the request.
    pub trace_id: Option<String>,
    /// A login the browser still carries; the new one replaces it.
    pub previous: Option<LoginToken>,
}

/// How an attempt ended.
#[derive(Debug)]
pub enum LoginOutcome {
    /// Logged in, with a token that never existed before.
    Welcome {
        /// For the cookie.
        token: LoginToken,
        /// Who.
        principal: Principal,
    },
    /// No such user, or not the password; nobody learns which.
    Refused,
    /// Too many failures in the last minute.
    Limited {
        /// When to try again.
        retry_after: Duration,
    },
}

impl LoginToken {
    fn draw(chance: &Chance) -> Self {
        Self(chance.bytes())
    }

    /// A token as the cookie carries it; none when it cannot be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; TOKEN_BYTES];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        (length == TOKEN_BYTES).then_some(Self(bytes))
    }

    /// The cookie's value.
    #[must_use]
    pub fn to_text(&self) -> Secret {
        URL_SAFE_NO_PAD.encode(self.0).into()
    }

    const fn parts(&self) -> [&[u8]; 2] {
        [b"login", &self.0]
    }

    pub(crate) fn csrf_token(&self, key: &Key, nonce: &[u8; CSRF_NONCE_BYTES]) -> String {
        let mac = key.mac(&[b"csrf", &self.0, nonce]);
        URL_SAFE_NO_PAD.encode([nonce.as_slice(), &mac].concat())
    }

    pub(crate) fn csrf_matches(&self, key: &Key, token: &str) -> bool {
        let mut bytes = [0; CSRF_NONCE_BYTES + 32];
        if URL_SAFE_NO_PAD.decode_slice(token, &mut bytes) != Ok(bytes.len()) {
            return false;
        }
        let Some((nonce, mac)) = bytes.split_first_chunk::<CSRF_NONCE_BYTES>() else {
            return false;
        };
        mac.try_into()
            .is_ok_and(|mac| key.verify(&[b"csrf", &self.0, nonce], mac))
    }
}

impl fmt::Debug for LoginToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginToken([secret])")
    }
}

impl Access {
    /// Checks name and password. Unknown users take the same work and get the same answer.
    ///
    /// # Errors
    /// When the database fails, or too many passwords wait to be checked.
    pub async fn login(&self, attempt: &LoginAttempt) -> Result<LoginOutcome, AccessError> {
        let outcome = self.attempt(attempt).await;
        let label = match &outcome {
            Ok(LoginOutcome::Welcome { .. }) => "welcome",
            Ok(LoginOutcome::Refused) => "refused",
            Ok(LoginOutcome::Limited { .. }) => "limited",
            Err(AccessError::Overloaded) => "overloaded",
            Err(_) => "failed",
        };
        metrics::counter!(signals::LOGINS, "outcome" => label).increment(1);
        tracing::info!(
            login.outcome = label,
            peer.address = %attempt.address,
            "an attempt to log in: {label}"
        );
        outcome
    }

    async fn attempt(&self, attempt: &LoginAttempt) -> Result<LoginOutcome, AccessError> {
        let throttle = &self.0.throttle;
        let counted = match throttle.begin(&attempt.name, attempt.address) {
            Ok(counted) => counted,
            Err(retry_after) => return Ok(LoginOutcome::Limited { retry_after }),
        };
        let outcome = self.check(attempt).await;
        // Whoever goes away before the answer keeps the failure.
        if !matches!(outcome, Ok(LoginOutcome::Refused)) {
            throttle.forgive(&counted);
        }
        outcome
    }

    async fn check(&self, attempt: &LoginAttempt) -> Result<LoginOutcome, AccessError> {
        let mut tx = self.begin().await?;
        let user = store::user::find(&mut tx, &attempt.name).await?;
        // No connection is held while the password is checked.
        tx.commit().await?;
        let stored = user.as_ref().map(|user| user.password_hash.clone());
        let right = self.0.passwords.verify(&attempt.password, stored).await?;
        match user.filter(|_| right) {
            Some(user) => self.welcome(attempt, &user).await,
            None => Ok(LoginOutcome::Refused),
        }
    }

    async fn welcome(
        &self,
        attempt: &LoginAttempt,
        user: &User,
    ) -> Result<LoginOutcome, AccessError> {
        let token = LoginToken::draw(&self.0.chance);
        let login = NewLogin {
            token_hash: &self.0.key.mac(&token.parts()),
            address: attempt.address.to_string(),
            user_agent: printable(&attempt.user_agent),
        };
        let mut tx = self.begin().await?;
        if let Some(previous) = &attempt.previous {
            store::login::delete_by_hash(&mut tx, &self.login_hashes(previous)).await?;
        }
        // None when the password was changed meanwhile.
        let Some(login_id) = store::login::insert(&mut tx, user, &login).await? else {
            return Ok(LoginOutcome::Refused);
        };
        store::login::delete_beyond_newest(&mut tx, user.id).await?;
        let principal = Principal::User {
            user_id: user.id,
            name: user.name.clone(),
            login_id,
            authority: Arc::new(authority(&mut tx, user.tenant, user.id).await?),
            origin: Origin {
                address: Some(attempt.address),
                trace_id: attempt.trace_id.clone(),
            },
        };
        let entry = Entry {
            after: Some(json!({ "user_agent": login.user_agent })),
            ..Entry::new("access.login.create", format!("login:{login_id}"))
        };
        audit::record(&mut tx, &principal, entry).await?;
        tx.commit().await?;
        Ok(LoginOutcome::Welcome { token, principal })
    }

    /// Ends the login that carries this request; a key has none to end.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn logout(&self, principal: &Principal) -> Result<(), AccessError> {
        match principal {
            Principal::User { login_id, .. } => self.revoke_login(principal, *login_id).await,
            Principal::ApiKey { .. } | Principal::System(_) => Ok(()),
        }
    }

    /// Ends a login; one that ended before is no error.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_login(
        &self,
        principal: &Principal,
        login: LoginId,
    ) -> Result<(), AccessError> {
        let mut tx = self.begin().await?;
        if store::login::delete(&mut tx, login).await? {
            let entry = Entry::new("access.login.end", format!("login:{login}"));
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
        user: UserId,
        after: Option<LoginId>,
        limit: Limit,
    ) -> Result<Page<LoginSummary>, AccessError> {
        let mut tx = self.begin().await?;
        let rows = store::login::list(&mut tx, (user, after), limit, self.limits()).await?;
        Ok(Page::from_rows(rows, limit, |row| row.login_id))
    }

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
        let password = password.unwrap_or_else(|| self.draw_password());
        let hash = self.0.passwords.hash(&password).await?;
        let mut tx = self.begin().await?;
        let Some(user) = store::user::set_password(&mut tx, name, &hash).await? else {
            return Err(AccessError::NoUser(name.to_owned()));
        };
        store::login::delete_of_user(&mut tx, user).await?;
        let entry = Entry::new("access.user.set_password", format!("user:{user}"));
        audit::record(&mut tx, principal, entry).await?;
        tx.commit().await?;
        Ok(password)
    }

    /// 116 bits.
    pub(crate) fn draw_password(&self) -> Secret {
        self.0.chance.secret(20).into()
    }

    pub(crate) fn login_hashes(&self, token: &LoginToken) -> Vec<[u8; 32]> {
        self.0.key.macs(&token.parts())
    }
}

fn printable(user_agent: &str) -> String {
    user_agent
        .chars()
        .filter(|char| !char.is_control())
        .take(USER_AGENT_CHARS)
        .collect()
}
