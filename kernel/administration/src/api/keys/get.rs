//! `GET /api/v1/access/keys/{id}` and `/api/v1/access/account/keys/{id}`

use axum::extract::State;
use regia_access::ApiKeyId;
use regia_keys::{Keys, Reach};
use regia_web::{Caller, Json, Path, Problem};

use super::KeyOut;

/// An API key.
#[utoipa::path(get, path = "/access/keys/{id}", tag = "keys", params(("id" = i64, Path)),
    responses((status = 200, body = KeyOut)))]
pub(crate) async fn get(
    State(keys): State<Keys>,
    Caller(principal): Caller,
    Path(id): Path<ApiKeyId>,
) -> Result<Json<KeyOut>, Problem> {
    let key = keys.get(&principal, Reach::Tenant, id).await?;
    Ok(Json(key.into()))
}

/// One of one's own API keys.
#[utoipa::path(get, path = "/access/account/keys/{id}", tag = "account",
    params(("id" = i64, Path)), responses((status = 200, body = KeyOut)))]
pub(crate) async fn get_own(
    State(keys): State<Keys>,
    Caller(principal): Caller,
    Path(id): Path<ApiKeyId>,
) -> Result<Json<KeyOut>, Problem> {
    let key = keys.get(&principal, Reach::Own, id).await?;
    Ok(Json(key.into()))
}
