//! `DELETE /api/v1/access/users/{id}/logins`

use axum::extract::State;
use http::StatusCode;
use regia_access::UserId;
use regia_identity::Access;
use regia_web::{Caller, Path, Problem};

/// Ends every login of a user, except the one that asks.
#[utoipa::path(delete, path = "/access/users/{id}/logins", tag = "users", params(("id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn end_logins(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    access.users().get_user(principal.tenant(), id).await?;
    access.revoke_logins(&principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
