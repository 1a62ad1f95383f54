//! `POST /api/v1/acs/devices/{id}/tasks`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::TaskOut;
use crate::context::Context;
use crate::flows::{inspect, operate};
use crate::model::command::Command;
use crate::model::identity::DeviceId;

/// What to do on a device.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TaskIn {
    /// What to do.
    command: Command,
    /// Seconds for which the task waits for the device: 1 to 7,776,000 (90 days), a week without.
    #[serde(default = "default_lifetime")]
    lifetime_seconds: i64,
}

const fn default_lifetime() -> i64 {
    operate::DEFAULT_LIFETIME_SECONDS
}

/// Queues a command for a device and asks the device to call.
#[utoipa::path(post, path = "/acs/devices/{id}/tasks", tag = "tasks", params(("id" = i64, Path)),
    request_body = TaskIn, responses((status = 201, body = TaskOut)))]
pub(crate) async fn create(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(device): Path<DeviceId>,
    Json(input): Json<TaskIn>,
) -> Result<(StatusCode, Json<TaskOut>), Problem> {
    let TaskIn {
        command,
        lifetime_seconds,
    } = input;
    let id = operate::queue(&context, &principal, device, command, lifetime_seconds).await?;
    let task = inspect::task(&context, &principal, id).await?;
    Ok((StatusCode::CREATED, Json(task.into())))
}
