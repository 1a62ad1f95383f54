//! `DELETE /api/v1/access/users/{id}/mandates/{mandate}`

use axum::extract::State;
use http::StatusCode;
use regia_access::{MandateId, UserId};
use regia_identity::Access;
use regia_web::{Caller, Path, Problem};

/// Takes a role from a user. Nobody takes more than they hold there, and the last super
/// administrator of the whole tenant keeps theirs.
#[utoipa::path(delete, path = "/access/users/{id}/mandates/{mandate}", tag = "users",
    params(("id" = i64, Path), ("mandate" = i64, Path)), responses((status = 204)))]
pub(crate) async fn end_mandate(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path((id, mandate)): Path<(UserId, MandateId)>,
) -> Result<StatusCode, Problem> {
    access.mandates().end(&principal, id, mandate).await?;
    Ok(StatusCode::NO_CONTENT)
}
