//! `GET /api/v1/access/territories/{id}`

use axum::extract::State;
use regia_ident::TerritoryId;
use regia_territories::Territories;
use regia_web::{Caller, Json, Path, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use super::{StepOut, TerritoryOut, problem};

/// A territory and where it stands.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PlacedOut {
    #[serde(flatten)]
    territory: TerritoryOut,
    /// The way down to it, itself last, as far as it is reached.
    way: Vec<StepOut>,
}

/// A territory.
#[utoipa::path(get, path = "/access/territories/{id}", tag = "territories",
    params(("id" = i64, Path)), responses((status = 200, body = PlacedOut)))]
pub(crate) async fn get(
    State(territories): State<Territories>,
    Caller(principal): Caller,
    Path(id): Path<TerritoryId>,
) -> Result<Json<PlacedOut>, Problem> {
    let found = territories.get(&principal, id).await;
    let (territory, way) = found.map_err(problem)?;
    Ok(Json(PlacedOut {
        territory: territory.into(),
        way: way.into_iter().map(Into::into).collect(),
    }))
}
