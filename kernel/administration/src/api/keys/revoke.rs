//! `DELETE /api/v1/access/keys/{id}` and `/api/v1/access/account/keys/{id}`

use axum::extract::State;
use http::StatusCode;
use regia_access::ApiKeyId;
use regia_keys::{Keys, Reach};
use regia_web::{Caller, Path, Problem};

/// Revokes an API key, for good and at once.
#[utoipa::path(delete, path = "/access/keys/{id}", tag = "keys", params(("id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn revoke(
    State(keys): State<Keys>,
    Caller(principal): Caller,
    Path(id): Path<ApiKeyId>,
) -> Result<StatusCode, Problem> {
    keys.revoke(&principal, Reach::Tenant, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Revokes one of one's own API keys, for good and at once.
#[utoipa::path(delete, path = "/access/account/keys/{id}", tag = "account",
    params(("id" = i64, Path)), responses((status = 204)))]
pub(crate) async fn revoke_own(
    State(keys): State<Keys>,
    Caller(principal): Caller,
    Path(id): Path<ApiKeyId>,
) -> Result<StatusCode, Problem> {
    keys.revoke(&principal, Reach::Own, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
