//! `GET /api/v1/acs/devices/{id}`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};

use super::DeviceOut;
use crate::context::Context;
use crate::flows::inspect;
use crate::model::identity::DeviceId;

/// Shows a device.
#[utoipa::path(get, path = "/acs/devices/{id}", tag = "devices", params(("id" = i64, Path)),
    responses((status = 200, body = DeviceOut)))]
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
) -> Result<Json<DeviceOut>, Problem> {
    let device = inspect::device(&context, &principal, id).await?;
    Ok(Json(DeviceOut::new(device, context.clock.now())))
}
