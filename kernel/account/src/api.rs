//! REST under `/api/v1/access/account`, for people who are logged in.

mod begin_second_factor;
mod change_password;
mod choose_language;
mod confirm_second_factor;
mod end_login;
mod end_logins;
mod get;
mod logins;
mod remove_second_factor;
mod renew_recovery_codes;
mod user;

pub use user::{LoginOut, StateOut, UserOut};

use regia_access::{AccessError, LoginId, Principal, UserId};
use regia_identity::Access;
use regia_secrets::Secret;
use regia_web::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The operations.
pub(crate) fn router(access: Access) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(get::get))
        .routes(routes!(change_password::change_password))
        .routes(routes!(choose_language::choose_language))
        .routes(routes!(logins::logins, end_logins::end_logins))
        .routes(routes!(end_login::end_login))
        .routes(routes!(begin_second_factor::begin_second_factor))
        .routes(routes!(confirm_second_factor::confirm_second_factor))
        .routes(routes!(renew_recovery_codes::renew_recovery_codes))
        .routes(routes!(remove_second_factor::remove_second_factor))
        .with_state(access)
}

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
