//! `DELETE /api/v1/access/territories/{id}`

use axum::extract::State;
use http::StatusCode;
use regia_ident::TerritoryId;
use regia_territories::Territories;
use regia_web::{Caller, Path, Problem};

use super::problem;

/// Deletes a territory in which nothing stands; the refusal names what does.
#[utoipa::path(delete, path = "/access/territories/{id}", tag = "territories",
    params(("id" = i64, Path)), responses((status = 204)))]
pub(crate) async fn delete(
    State(territories): State<Territories>,
    Caller(principal): Caller,
    Path(id): Path<TerritoryId>,
) -> Result<StatusCode, Problem> {
    territories.delete(&principal, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
