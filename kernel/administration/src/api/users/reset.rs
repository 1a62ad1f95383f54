//! `POST /api/v1/access/users/{id}/reset`

use axum::extract::State;
use http::StatusCode;
use regia_access::UserId;
use regia_identity::Access;
use regia_web::{Caller, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::LinkOut;

/// What else the link does.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetIn {
    /// Whether it removes the second factor when it is used.
    #[serde(default)]
    remove_second_factor: bool,
}

/// Makes a link with which a user sets another password. Using it ends all their logins; until then
/// nothing changes.
#[utoipa::path(post, path = "/access/users/{id}/reset", tag = "users", params(("id" = i64, Path)),
    request_body = ResetIn, responses((status = 201, body = LinkOut)))]
pub(crate) async fn reset(
    State(access): State<Access>,
    Caller(principal): Caller,
    Path(id): Path<UserId>,
    Json(input): Json<ResetIn>,
) -> Result<(StatusCode, Json<LinkOut>), Problem> {
    let link = access
        .users()
        .reset_user(&principal, id, input.remove_second_factor)
        .await?;
    Ok((StatusCode::CREATED, Json(link.into())))
}
