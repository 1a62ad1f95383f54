//! `POST /api/v1/access/users/{id}/resume`

use axum::extract::State;
use http::StatusCode;
use regia_access::UserId;
use regia_identity::Access;
use regia_web::{Caller, Path, Problem};

/// Lets a suspended user log in again.
#[utoipa::path(post, path = "/access/users/{id}/resume", tag = "users", params(("id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn resume(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    access.users().resume_user(&principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
