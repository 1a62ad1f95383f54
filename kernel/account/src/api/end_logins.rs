//! `DELETE /api/v1/access/account/logins`

use axum::extract::State;
use http::StatusCode;
use regia_identity::Access;
use regia_web::{Caller, Problem};

use super::person;

/// Ends all of one's logins except the one that asks.
#[utoipa::path(delete, path = "/access/account/logins", tag = "account",
    responses((status = 204)))]
pub(crate) async fn end_logins(
    State(access): State<Access>,
    Caller(principal): Caller,
) -> Result<StatusCode, Problem> {
    let (user, _) = person(&principal)?;
    access.revoke_logins(&principal, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
