//! `PATCH /api/v1/access/territories/{id}`

use axum::extract::State;
use http::StatusCode;
use regia_ident::TerritoryId;
use regia_territories::Territories;
use regia_web::{Caller, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::problem;

/// Another name.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TerritoryNameIn {
    /// No other beside it has it: 1 to 120 characters.
    name: String,
}

/// Renames a territory.
#[utoipa::path(patch, path = "/access/territories/{id}", tag = "territories",
    params(("id" = i64, Path)), request_body = TerritoryNameIn, responses((status = 204)))]
pub(crate) async fn rename(
    State(territories): State<Territories>,
    Caller(principal): Caller,
    Path(id): Path<TerritoryId>,
    Json(input): Json<TerritoryNameIn>,
) -> Result<StatusCode, Problem> {
    let done = territories.rename(&principal, id, &input.name).await;
    done.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
