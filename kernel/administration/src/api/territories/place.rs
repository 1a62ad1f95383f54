//! `PUT /api/v1/access/territories/{id}/parent`

use axum::extract::State;
use http::StatusCode;
use regia_ident::TerritoryId;
use regia_territories::Territories;
use regia_web::{Caller, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::problem;

/// Another place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TerritoryParentIn {
    /// The territory below which it is to stand.
    #[schema(value_type = i64)]
    parent: TerritoryId,
}

/// Moves a territory with everything that stands in it. Who may do something there follows from
/// where it stands.
#[utoipa::path(put, path = "/access/territories/{id}/parent", tag = "territories",
    params(("id" = i64, Path)), request_body = TerritoryParentIn, responses((status = 204)))]
pub(crate) async fn place(
    State(territories): State<Territories>,
    Caller(principal): Caller,
    Path(id): Path<TerritoryId>,
    Json(input): Json<TerritoryParentIn>,
) -> Result<StatusCode, Problem> {
    let done = territories.place(&principal, id, input.parent).await;
    done.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
