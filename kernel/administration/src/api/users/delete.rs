//! `DELETE /api/v1/access/users/{id}`

use axum::extract::State;
use http::StatusCode;
use regia_access::UserId;
use regia_identity::Access;
use regia_web::{Caller, Path, Problem};

/// Deletes a user with their logins.
#[utoipa::path(delete, path = "/access/users/{id}", tag = "users", params(("id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    access.users().delete_user(&principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
