//! `DELETE /api/v1/access/users/{id}/second-factor`

use axum::extract::State;
use http::StatusCode;
use regia_access::UserId;
use regia_identity::Access;
use regia_web::{Caller, Path, Problem};

/// Removes the second factor of a user who has lost it.
#[utoipa::path(delete, path = "/access/users/{id}/second-factor", tag = "users", params(("id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn remove_second_factor(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    access.remove_second_factor(&principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
