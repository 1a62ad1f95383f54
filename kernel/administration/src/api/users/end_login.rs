//! `DELETE /api/v1/access/users/{id}/logins/{login}`

use axum::extract::State;
use http::StatusCode;
use regia_access::{LoginId, UserId};
use regia_identity::Access;
use regia_web::{Caller, Path, Problem};

/// Ends one login of a user; one that ended before is no error.
#[utoipa::path(delete, path = "/access/users/{id}/logins/{login}", tag = "users",
    params(("id" = i64, Path), ("login" = i64, Path)), responses((status = 204)))]
pub(crate) async fn end_login(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path((id, login)): Path<(UserId, LoginId)>,
) -> Result<StatusCode, Problem> {
    access.users().get_user(principal.tenant(), id).await?;
    access.revoke_login(&principal, id, login).await?;
    Ok(StatusCode::NO_CONTENT)
}
