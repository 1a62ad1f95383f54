//! `POST /api/v1/access/users/{id}/invite`

use axum::extract::State;
use http::StatusCode;
use regia_access::UserId;
use regia_identity::Access;
use regia_web::{Caller, Json, Path, Problem};

use super::LinkOut;

/// Makes the link with which a new user sets their password. The one before is good no more.
#[utoipa::path(post, path = "/access/users/{id}/invite", tag = "users", params(("id" = i64, Path)),
    responses((status = 201, body = LinkOut)))]
pub(crate) async fn invite(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
) -> Result<(StatusCode, Json<LinkOut>), Problem> {
    let link = access.users().invite_user(&principal, id).await?;
    Ok((StatusCode::CREATED, Json(link.into())))
}
