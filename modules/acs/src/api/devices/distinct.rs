//! `POST /api/v1/acs/devices/{id}/distinct`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Path, Problem};

use crate::context::Context;
use crate::flows::twin;
use crate::model::identity::DeviceId;

/// Says that the devices with the serial number of this one are not one: they are flagged no more.
#[utoipa::path(post, path = "/acs/devices/{id}/distinct", tag = "devices",
    params(("id" = i64, Path)), responses((status = 204)))]
pub(crate) async fn distinct(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
) -> Result<StatusCode, Problem> {
    twin::distinct(&context, &principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
