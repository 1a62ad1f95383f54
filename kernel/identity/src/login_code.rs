//! The second step of a login: the code of the app, or a recovery code.

use std::time::Duration;

use regia_access::audit::{self, Entry};
use regia_access::{AccessError, Principal, lock_user};
use regia_ident::TerritoryId;
use regia_secrets::Secret;
use regia_store::Tx;

use crate::access::Access;
use crate::login::{Browser, report};
use crate::store::account::Account;
use crate::store::half_login::{self, Found};
use crate::{HalfLoginToken, LoginToken, store};

/// Somebody whose password was right sends their code.
#[derive(Debug)]
pub struct CodeAttempt {
    /// What the first step gave them.
    pub half: HalfLoginToken,
    /// Six digits of the app, or a recovery code, however it was typed.
    pub code: Secret,
    /// Where they are.
    pub browser: Browser,
}

/// How it ended.
#[derive(Debug)]
pub enum CodeOutcome {
    /// Logged in, with a token that never existed before.
    Welcome {
        /// For the cookie.
        token: LoginToken,
        /// Who.
        principal: Principal,
    },
    /// Not the code, or one that was used.
    Refused,
    /// Too many failures in the last minute.
    Limited {
        /// When to try again.
        retry_after: Duration,
    },
    /// The first step is too long ago, or was followed by too many wrong codes: it must be repeated.
    Over,
}

impl Access {
    /// Whether the first step still stands, so that a code may be asked for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn awaits_code(&self, half: &HalfLoginToken) -> Result<bool, AccessError> {
        let mut tx = self.0.store.upkeep(TerritoryId::ROOT).await?;
        let hashes = half.hashes(&self.0.key);
        Ok(half_login::find(&mut tx, &hashes).await?.is_some())
    }

    /// Checks the code and opens the login. Wrong codes count as failures of account and address.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn login_code(&self, attempt: &CodeAttempt) -> Result<CodeOutcome, AccessError> {
        let outcome = self.code_attempt(attempt).await;
        let label = match &outcome {
            Ok(CodeOutcome::Welcome { .. }) => "welcome",
            Ok(CodeOutcome::Refused) => "wrong_code",
            Ok(CodeOutcome::Limited { .. }) => "limited",
            Ok(CodeOutcome::Over) => "over",
            Err(_) => "failed",
        };
        report(label, &attempt.browser);
        outcome
    }

    async fn code_attempt(&self, attempt: &CodeAttempt) -> Result<CodeOutcome, AccessError> {
        let mut tx = self.0.store.upkeep(TerritoryId::ROOT).await?;
        let hashes = attempt.half.hashes(&self.0.key);
        let Some(half) = half_login::find(&mut tx, &hashes).await? else {
            return Ok(CodeOutcome::Over);
        };
        let throttle = &self.0.throttle;
        let counted = match throttle.begin(&half.name, attempt.browser.address) {
            Ok(counted) => counted,
            Err(retry_after) => return Ok(CodeOutcome::Limited { retry_after }),
        };
        tx.commit().await?;
        let tx = self.0.store.upkeep(half.tenant).await?;
        let outcome = self.check_code(tx, attempt, &half).await;
        if !matches!(outcome, Ok(CodeOutcome::Refused)) {
            throttle.forgive(&counted);
        }
        outcome
    }

    async fn check_code(
        &self,
        mut tx: Tx,
        attempt: &CodeAttempt,
        half: &Found,
    ) -> Result<CodeOutcome, AccessError> {
        // The user first, as everybody does who changes what hangs on a user.
        if !lock_user(&mut tx, half.user).await? {
            return Ok(CodeOutcome::Over);
        }
        let Some(user) = store::account::get(&mut tx, half.user).await? else {
            return Ok(CodeOutcome::Over);
        };
        if !self.code_is_right(&mut tx, &user, &attempt.code).await? {
            half_login::note_wrong_code(&mut tx, half.half_id).await?;
            tx.commit().await?;
            return Ok(CodeOutcome::Refused);
        }
        // Of two requests with the same half login, one goes on.
        if !half_login::delete(&mut tx, half.half_id).await? {
            return Ok(CodeOutcome::Over);
        }
        let Some((token, principal)) = self.open(&mut tx, &attempt.browser, &user).await? else {
            return Ok(CodeOutcome::Over);
        };
        if !is_of_app(&attempt.code) {
            let entry = Entry::new("access.recovery_code.use", format!("user:{}", user.id));
            audit::record(&mut tx, &principal, entry).await?;
        }
        tx.commit().await?;
        Ok(CodeOutcome::Welcome { token, principal })
    }

    async fn code_is_right(
        &self,
        tx: &mut Tx,
        user: &Account,
        code: &Secret,
    ) -> Result<bool, AccessError> {
        if is_of_app(code) {
            self.app_code_is_right(tx, user.id, code).await
        } else {
            let hashes = self.recovery_hashes(user.id, code);
            Ok(store::second_factor::use_code(tx, user.id, &hashes).await?)
        }
    }
}

/// Recovery codes are longer than six characters.
fn is_of_app(code: &Secret) -> bool {
    regia_credentials::plain_code(code.expose()).len() <= 6
}
