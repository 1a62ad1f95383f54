//! `POST /api/v1/access/keys/{id}/rotate` and `/api/v1/access/account/keys/{id}/rotate`

use axum::extract::State;
use regia_access::{ApiKeyId, Principal};
use regia_keys::{Keys, Reach};
use regia_web::{Caller, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::KeyWithTextOut;

/// How long the present text goes on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotationIn {
    /// Hours for which the present text stays good: 0 to 720.
    #[serde(default = "usual_overlap")]
    #[schema(default = 24, maximum = 720)]
    overlap_hours: u16,
}

/// Long enough to change what uses the key.
const fn usual_overlap() -> u16 {
    24
}

/// Gives an API key another text. The answer holds it, and nothing shows it again; the present one
/// goes on for a while.
#[utoipa::path(post, path = "/access/keys/{id}/rotate", tag = "keys",
    params(("id" = i64, Path)), request_body = RotationIn,
    responses((status = 200, body = KeyWithTextOut)))]
pub(crate) async fn rotate(
    State(keys): State<Keys>,
    Caller(principal): Caller,
    Path(id): Path<ApiKeyId>,
    Json(input): Json<RotationIn>,
) -> Result<Json<KeyWithTextOut>, Problem> {
    replace(&keys, &principal, (Reach::Tenant, id), &input).await
}

/// Gives one of one's own API keys another text. The answer holds it, and nothing shows it again;
/// the present one goes on for a while.
#[utoipa::path(post, path = "/access/account/keys/{id}/rotate", tag = "account",
    params(("id" = i64, Path)), request_body = RotationIn,
    responses((status = 200, body = KeyWithTextOut)))]
pub(crate) async fn rotate_own(
    State(keys): State<Keys>,
    Caller(principal): Caller,
    Path(id): Path<ApiKeyId>,
    Json(input): Json<RotationIn>,
) -> Result<Json<KeyWithTextOut>, Problem> {
    replace(&keys, &principal, (Reach::Own, id), &input).await
}

async fn replace(
    keys: &Keys,
    principal: &Principal,
    (reach, id): (Reach, ApiKeyId),
    input: &RotationIn,
) -> Result<Json<KeyWithTextOut>, Problem> {
    let (key, text) = keys
        .rotate(principal, reach, id, input.overlap_hours)
        .await?;
    Ok(Json(KeyWithTextOut {
        text: text.expose().to_owned(),
        key: key.into(),
    }))
}
