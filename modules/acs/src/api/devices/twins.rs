//! `GET /api/v1/acs/devices/{id}/twins`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use super::DeviceOut;
use crate::context::Context;
use crate::flows::twin;
use crate::model::identity::DeviceId;

/// Devices that may be the same one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TwinsOut {
    /// The others with its serial number, at most 20.
    items: Vec<DeviceOut>,
}

/// Lists the other devices with the serial number of this one.
#[utoipa::path(get, path = "/acs/devices/{id}/twins", tag = "devices",
    params(("id" = i64, Path)), responses((status = 200, body = TwinsOut)))]
pub(crate) async fn twins(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
) -> Result<Json<TwinsOut>, Problem> {
    let now = context.clock.now();
    let found = twin::others(&context, &principal, id).await?;
    let items = found.into_iter().map(|device| DeviceOut::new(device, now));
    Ok(Json(TwinsOut {
        items: items.collect(),
    }))
}
