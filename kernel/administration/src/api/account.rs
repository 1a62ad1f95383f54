//! One's own account, for people who are logged in.

pub(super) mod begin_second_factor;
pub(super) mod change_password;
pub(super) mod choose_language;
pub(super) mod confirm_second_factor;
pub(super) mod end_login;
pub(super) mod end_logins;
pub(super) mod get;
pub(super) mod logins;
pub(super) mod remove_second_factor;
pub(super) mod renew_recovery_codes;

use regia_access::{AccessError, LoginId, Principal, UserId};
use regia_secrets::Secret;
use regia_web::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The present password, asked for once more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordIn {
    /// The present password.
    #[schema(value_type = String)]
    password: Secret,
}

/// Recovery codes, shown once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CodesOut {
    /// Each is good for one login.
    recovery_codes: Vec<String>,
}

impl From<Vec<Secret>> for CodesOut {
    fn from(codes: Vec<Secret>) -> Self {
        Self {
            recovery_codes: codes.iter().map(|code| code.expose().to_owned()).collect(),
        }
    }
}

/// The person who asks, with the login that carries the request.
pub(crate) fn person(principal: &Principal) -> Result<(UserId, LoginId), Problem> {
    match principal {
        Principal::User {
            user_id, login_id, ..
        } => Ok((*user_id, *login_id)),
        Principal::ApiKey { .. } | Principal::System(_) => Err(AccessError::NotAPerson.into()),
    }
}
