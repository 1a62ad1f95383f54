//! `POST /api/v1/access/users/{id}/suspend`

use axum::extract::State;
use http::StatusCode;
use regia_access::UserId;
use regia_identity::Access;
use regia_web::{Caller, Path, Problem};

/// Suspends a user, whose logins end at once.
#[utoipa::path(post, path = "/access/users/{id}/suspend", tag = "users", params(("id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn suspend(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
) -> Result<StatusCode, Problem> {
    access.users().suspend_user(&principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
