//! `GET /api/v1/access/account`

use axum::extract::State;
use regia_identity::Access;
use regia_web::{Caller, Json, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use super::{UserOut, person};

/// One's own account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AccountOut {
    /// Who.
    user: UserOut,
    /// The login that carries this request.
    login: i64,
    /// Recovery codes that were not used; absent without a second factor.
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_codes_left: Option<i64>,
}

/// Shows one's own account.
#[utoipa::path(get, path = "/access/account", tag = "account",
    responses((status = 200, body = AccountOut)))]
pub(crate) async fn get(
    State(access): State<Access>,
    Caller(principal): Caller,
) -> Result<Json<AccountOut>, Problem> {
    let (user, login) = person(&principal)?;
    let factor = access.find_second_factor(principal.tenant(), user).await?;
    Ok(Json(AccountOut {
        user: access
            .users()
            .get_user(principal.tenant(), user)
            .await?
            .into(),
        login: login.0,
        recovery_codes_left: factor.map(|factor| factor.codes_left),
    }))
}
