//! `PUT /api/v1/access/keys/{id}` and `/api/v1/access/account/keys/{id}`

use axum::extract::State;
use regia_access::ApiKeyId;
use regia_keys::{Keys, Reach, Terms};
use regia_web::{Caller, Json, Path, Problem};
use serde::Deserialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use super::KeyOut;

/// All that can be changed of a key. What it may do and where stays: make another for that.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyTermsIn {
    /// What it is for: 1 to 80 characters.
    name: String,
    /// When it ends. Absent: not by itself, where the settings allow it.
    #[serde(default, with = "time::serde::rfc3339::option")]
    expires_at: Option<OffsetDateTime>,
    /// Its own limit. Absent: the one of the settings.
    requests_per_minute: Option<u32>,
}

impl From<KeyTermsIn> for Terms {
    fn from(input: KeyTermsIn) -> Self {
        Self {
            name: input.name,
            expires_at: input.expires_at,
            requests_per_minute: input.requests_per_minute,
        }
    }
}

/// Changes an API key's name, end and limit.
#[utoipa::path(put, path = "/access/keys/{id}", tag = "keys", params(("id" = i64, Path)),
    request_body = KeyTermsIn, responses((status = 200, body = KeyOut)))]
pub(crate) async fn change(
    State(keys): State<Keys>,
    Caller(principal): Caller,
    Path(id): Path<ApiKeyId>,
    Json(input): Json<KeyTermsIn>,
) -> Result<Json<KeyOut>, Problem> {
    let key = keys
        .change(&principal, Reach::Tenant, id, &input.into())
        .await?;
    Ok(Json(key.into()))
}

/// Changes the name, end and limit of one of one's own API keys.
#[utoipa::path(put, path = "/access/account/keys/{id}", tag = "account",
    params(("id" = i64, Path)), request_body = KeyTermsIn,
    responses((status = 200, body = KeyOut)))]
pub(crate) async fn change_own(
    State(keys): State<Keys>,
    Caller(principal): Caller,
    Path(id): Path<ApiKeyId>,
    Json(input): Json<KeyTermsIn>,
) -> Result<Json<KeyOut>, Problem> {
    let key = keys
        .change(&principal, Reach::Own, id, &input.into())
        .await?;
    Ok(Json(key.into()))
}
