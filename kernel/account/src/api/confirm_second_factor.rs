//! `POST /api/v1/access/account/second-factor/confirm`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use regia_identity::Access;
use regia_secrets::Secret;
use regia_web::{Caller, Json, Peer, Problem, login};
use serde::Deserialize;
use utoipa::ToSchema;

use super::CodesOut;

/// The first code of the app.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CodeIn {
    /// Six digits.
    #[schema(value_type = String)]
    code: Secret,
}

/// Confirms the key with a code of the app: from now on one is asked for at every login. This login
/// goes on with the cookie that is set.
#[utoipa::path(post, path = "/access/account/second-factor/confirm", tag = "account",
    request_body = CodeIn, responses((status = 200, body = CodesOut),
    (status = 429, description = "Too many wrong codes.")))]
pub(crate) async fn confirm_second_factor(
    State(access): State<Access>,
    Caller(principal): Caller,
    peer: Peer,
    Json(input): Json<CodeIn>,
) -> Result<Response, Problem> {
    let (token, codes) = access
        .confirm_second_factor(&principal, &input.code)
        .await?;
    let mut response = Json(CodesOut::from(codes)).into_response();
    login::renew(&mut response, &token, peer);
    Ok(response)
}
