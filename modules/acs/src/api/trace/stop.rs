//! `DELETE /api/v1/acs/devices/{id}/trace`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Path, Problem};

use crate::context::Context;
use crate::flows::trace;
use crate::model::identity::DeviceId;

/// Switches the protocol trace of a device off. What was kept can be read until it is a day old.
#[utoipa::path(delete, path = "/acs/devices/{id}/trace", tag = "trace",
    params(("id" = i64, Path)), responses((status = 204)))]
pub(crate) async fn stop(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
) -> Result<StatusCode, Problem> {
    trace::stop(&context, &principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
