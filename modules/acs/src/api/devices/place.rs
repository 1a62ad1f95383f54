//! `PUT /api/v1/acs/devices/{id}/territory`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_ident::TerritoryId;
use regia_web::{Caller, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::context::Context;
use crate::flows::place;
use crate::model::identity::DeviceId;

/// Where a device is to stand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PlaceIn {
    /// The territory.
    #[schema(value_type = i64)]
    territory: TerritoryId,
}

/// Moves a device to another territory, with its tasks.
#[utoipa::path(put, path = "/acs/devices/{id}/territory", tag = "devices",
    params(("id" = i64, Path)), request_body = PlaceIn,
    responses((status = 204, description = "Moved.")))]
pub(crate) async fn place(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Json(wish): Json<PlaceIn>,
) -> Result<StatusCode, Problem> {
    place::move_to(&context, &principal, id, wish.territory).await?;
    Ok(StatusCode::NO_CONTENT)
}
