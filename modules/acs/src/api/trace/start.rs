//! `POST /api/v1/acs/devices/{id}/trace`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::context::Context;
use crate::flows::trace;
use crate::model::identity::DeviceId;

/// For how long.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TraceIn {
    /// Minutes from now: 1 to 1,440 (a day).
    #[schema(minimum = 1, maximum = 1440)]
    minutes: u32,
}

/// Switches the protocol trace of a device on, from its next call on. A trace that runs already goes
/// on until the new end.
#[utoipa::path(post, path = "/acs/devices/{id}/trace", tag = "trace", params(("id" = i64, Path)),
    request_body = TraceIn, responses((status = 204)))]
pub(crate) async fn start(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Json(input): Json<TraceIn>,
) -> Result<StatusCode, Problem> {
    trace::start(&context, &principal, id, input.minutes).await?;
    Ok(StatusCode::NO_CONTENT)
}
