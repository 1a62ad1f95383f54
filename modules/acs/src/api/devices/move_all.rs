//! `POST /api/v1/acs/devices/move`

use std::sync::Arc;

use axum::extract::State;
use regia_ident::TerritoryId;
use regia_web::{Caller, Json, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::context::Context;
use crate::flows::place;
use crate::model::identity::DeviceId;

/// Which devices, and where they are to stand.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MoveIn {
    /// The territory.
    #[schema(value_type = i64)]
    territory: TerritoryId,
    /// The devices, at most 1,000.
    #[schema(value_type = Vec<i64>)]
    devices: Vec<DeviceId>,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MovedOut {
    /// The devices that stand there now; those that the caller may not move are left alone.
    #[schema(value_type = Vec<i64>)]
    devices: Vec<DeviceId>,
}

/// Moves devices to another territory, each with its tasks.
#[utoipa::path(post, path = "/acs/devices/move", tag = "devices",
    request_body = MoveIn, responses(
        (status = 200, body = MovedOut),
        (status = 404, description = "No such territory, or none of these devices is the caller's to move.")))]
pub(crate) async fn move_all(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Json(wish): Json<MoveIn>,
) -> Result<Json<MovedOut>, Problem> {
    let what = (&*wish.devices, wish.territory);
    let stood = place::move_all(&context, &principal, what, None).await?;
    let devices = stood.into_iter().map(|(device, _)| device).collect();
    Ok(Json(MovedOut { devices }))
}
