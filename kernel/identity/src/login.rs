//! Logging in: the password first, and the code where there is a second factor.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use regia_access::audit::{self, Entry};
use regia_access::{AccessError, Origin, Principal, authority_of};
use regia_ident::TerritoryId;
use regia_secrets::{Key, Secret, token};
use regia_store::Tx;
use serde_json::json;

use crate::access::Access;
use crate::store::account::Account;
use crate::store::login::NewLogin;
use crate::{signals, store};

pub(crate) const CSRF_NONCE_BYTES: usize = 16;

/// What a browser calls itself is kept up to this length.
const USER_AGENT_CHARS: usize = 200;

token! {
    /// The secret of one login: random, in the browser's cookie and nowhere else.
    LoginToken, b"login"
}

token! {
    /// The secret of a login whose code is still to come. It opens nothing.
    HalfLoginToken, b"half login"
}

/// Where somebody is who tries to log in.
#[derive(Debug, Clone)]
pub struct Browser {
    /// Where they are.
    pub address: IpAddr,
    /// What their browser calls itself.
    pub user_agent: String,
    /// Names the request.
    pub trace_id: Option<String>,
    /// A login the browser still carries; the new one replaces it.
    pub previous: Option<LoginToken>,
}

/// Somebody tries to log in.
#[derive(Debug)]
pub struct LoginAttempt {
    /// Who they say they are.
    pub name: String,
    /// What they know.
    pub password: Secret,
    /// Where they are.
    pub browser: Browser,
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
    /// The password is right, and a code is asked for.
    CodeNeeded {
        /// For a cookie of its own.
        half: HalfLoginToken,
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

impl Access {
    /// Checks name and password. Unknown users take the same work and get the same answer.
    ///
    /// # Errors
    /// When the database fails, or too many passwords wait to be checked.
    pub async fn login(&self, attempt: &LoginAttempt) -> Result<LoginOutcome, AccessError> {
        let outcome = self.attempt(attempt).await;
        let label = match &outcome {
            Ok(LoginOutcome::Welcome { .. }) => "welcome",
            Ok(LoginOutcome::CodeNeeded { .. }) => "code_needed",
            Ok(LoginOutcome::Refused) => "refused",
            Ok(LoginOutcome::Limited { .. }) => "limited",
            Err(AccessError::Overloaded) => "overloaded",
            Err(_) => "failed",
        };
        report(label, &attempt.browser);
        outcome
    }

    async fn attempt(&self, attempt: &LoginAttempt) -> Result<LoginOutcome, AccessError> {
        let throttle = &self.0.throttle;
        let counted = match throttle.begin(&attempt.name, attempt.browser.address) {
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
        let mut tx = self.0.store.upkeep(TerritoryId::ROOT).await?;
        let user = store::account::find(&mut tx, &attempt.name).await?;
        // No connection is held while the password is checked.
        tx.commit().await?;
        let stored = user.as_ref().and_then(|user| user.password_hash.clone());
        let right = self.1.passwords().verify(&attempt.password, stored).await?;
        match user.filter(|_| right) {
            Some(user) if user.has_second_factor => self.ask_for_code(&user).await,
            Some(user) => self.welcome(&attempt.browser, &user).await,
            None => Ok(LoginOutcome::Refused),
        }
    }

    async fn ask_for_code(&self, user: &Account) -> Result<LoginOutcome, AccessError> {
        let half = HalfLoginToken::draw(&self.0.chance);
        let mut tx = self.0.store.upkeep(user.tenant).await?;
        // Not when the password was changed meanwhile.
        if !store::half_login::insert(&mut tx, user, &half.hash(&self.0.key)).await? {
            return Ok(LoginOutcome::Refused);
        }
        tx.commit().await?;
        Ok(LoginOutcome::CodeNeeded { half })
    }

    async fn welcome(
        &self,
        browser: &Browser,
        user: &Account,
    ) -> Result<LoginOutcome, AccessError> {
        let mut tx = self.0.store.upkeep(user.tenant).await?;
        let Some((token, principal)) = self.open(&mut tx, browser, user).await? else {
            return Ok(LoginOutcome::Refused);
        };
        tx.commit().await?;
        Ok(LoginOutcome::Welcome { token, principal })
    }

    /// Makes the login of whoever has proved who they are; none when their password was changed
    /// meanwhile, or they were suspended.
    pub(crate) async fn open(
        &self,
        tx: &mut Tx,
        browser: &Browser,
        user: &Account,
    ) -> Result<Option<(LoginToken, Principal)>, AccessError> {
        let token = LoginToken::draw(&self.0.chance);
        let login = NewLogin {
            token_hash: &token.hash(&self.0.key),
            address: browser.address.to_string(),
            user_agent: printable(&browser.user_agent),
        };
        if !store::account::note_login(tx, user).await? {
            return Ok(None);
        }
        if let Some(previous) = &browser.previous {
            store::login::delete_by_hash(tx, &previous.hashes(&self.0.key)).await?;
        }
        let login_id = store::login::insert(tx, user.id, &login).await?;
        store::login::delete_beyond_newest(tx, user.id).await?;
        let (authority, _) = authority_of(tx, user.tenant, user.id).await?;
        let principal = Principal::User {
            user_id: user.id,
            name: user.name.clone(),
            login_id,
            authority: Arc::new(authority),
            origin: Origin {
                address: Some(browser.address),
                trace_id: browser.trace_id.clone(),
            },
        };
        let entry = Entry {
            after: Some(json!({ "user": user.id, "user_agent": login.user_agent })),
            ..Entry::new("access.login.create", format!("login:{login_id}"))
        };
        audit::record(tx, &principal, entry).await?;
        Ok(Some((token, principal)))
    }
}

/// One count and one line for each step of a login.
pub(crate) fn report(label: &'static str, browser: &Browser) {
    metrics::counter!(signals::LOGINS, "outcome" => label).increment(1);
    tracing::info!(
        login.outcome = label,
        peer.address = %browser.address,
        "an attempt to log in: {label}"
    );
}

fn printable(user_agent: &str) -> String {
    user_agent
        .chars()
        .filter(|char| !char.is_control())
        .take(USER_AGENT_CHARS)
        .collect()
}
