//! `PUT /api/v1/acs/devices/{id}/retired`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::context::Context;
use crate::flows::operate;
use crate::model::identity::DeviceId;

/// Whether the device is out of service.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RetireIn {
    /// True: its informs are refused and it gets no tasks.
    retired: bool,
}

/// Takes a device out of service, or back into it.
#[utoipa::path(put, path = "/acs/devices/{id}/retired", tag = "devices",
    params(("id" = i64, Path)), request_body = RetireIn,
    responses((status = 204)))]
pub(crate) async fn retire(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Json(input): Json<RetireIn>,
) -> Result<StatusCode, Problem> {
    operate::retire(&context, &principal, id, input.retired).await?;
    Ok(StatusCode::NO_CONTENT)
}
