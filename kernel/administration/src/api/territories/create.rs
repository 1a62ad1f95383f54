//! `POST /api/v1/access/territories`

use axum::extract::State;
use http::StatusCode;
use regia_ident::TerritoryId;
use regia_territories::Territories;
use regia_web::{Caller, Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{TerritoryOut, problem};

/// A new territory.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TerritoryIn {
    /// The one above it.
    #[schema(value_type = i64)]
    parent: TerritoryId,
    /// Its name, which no other beside it has: 1 to 120 characters.
    name: String,
}

/// Makes a territory below another.
#[utoipa::path(post, path = "/access/territories", tag = "territories", request_body = TerritoryIn,
    responses((status = 201, body = TerritoryOut),
    (status = 404, description = "There is no territory to stand below.")))]
pub(crate) async fn create(
    State(territories): State<Territories>,
    Caller(principal): Caller,
    Json(input): Json<TerritoryIn>,
) -> Result<(StatusCode, Json<TerritoryOut>), Problem> {
    let made = territories
        .create(&principal, input.parent, &input.name)
        .await;
    let found = territories.get(&principal, made.map_err(problem)?).await;
    let (territory, _) = found.map_err(problem)?;
    Ok((StatusCode::CREATED, Json(territory.into())))
}
