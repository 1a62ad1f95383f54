//! `POST /api/v1/access/account/second-factor/remove`

use axum::extract::State;
use http::StatusCode;
use regia_identity::Access;
use regia_web::{Caller, Json, Problem};

use super::PasswordIn;

/// Removes one's own second factor.
#[utoipa::path(post, path = "/access/account/second-factor/remove", tag = "account",
    request_body = PasswordIn, responses((status = 204),
    (status = 429, description = "Too many wrong passwords.")))]
pub(crate) async fn remove_second_factor(
    State(access): State<Access>,
    Caller(principal): Caller,
    Json(input): Json<PasswordIn>,
) -> Result<StatusCode, Problem> {
    access
        .remove_own_second_factor(&principal, &input.password)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
