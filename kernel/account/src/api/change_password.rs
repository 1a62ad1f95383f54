//! `POST /api/v1/access/account/password`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use regia_identity::Access;
use regia_secrets::Secret;
use regia_web::{Caller, Json, Peer, Problem, login};
use serde::Deserialize;
use utoipa::ToSchema;

/// The present password and the next one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChangeIn {
    /// The present password.
    #[schema(value_type = String)]
    current: Secret,
    /// The next one.
    #[schema(value_type = String)]
    new: Secret,
}

/// Changes one's own password. The other logins end; this one goes on with the cookie that is set.
#[utoipa::path(post, path = "/access/account/password", tag = "account", request_body = PasswordChangeIn,
    responses((status = 204), (status = 429, description = "Too many wrong passwords.")))]
pub(crate) async fn change_password(
    State(access): State<Access>,
    Caller(principal): Caller,
    peer: Peer,
    Json(input): Json<PasswordChangeIn>,
) -> Result<Response, Problem> {
    let token = access
        .change_password(&principal, &input.current, &input.new)
        .await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    login::renew(&mut response, &token, peer);
    Ok(response)
}
