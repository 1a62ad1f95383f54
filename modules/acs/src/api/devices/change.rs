//! `PATCH /api/v1/acs/devices/{id}`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::DeviceOut;
use crate::context::Context;
use crate::flows::{inspect, operate};
use crate::model::identity::DeviceId;

/// What operators note about a device; what is absent stays as it is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeIn {
    /// At most 32 labels of 1 to 64 characters.
    tags: Option<Vec<String>>,
    /// At most 10,000 characters.
    notes: Option<String>,
}

/// Changes tags and notes.
#[utoipa::path(patch, path = "/acs/devices/{id}", tag = "devices", params(("id" = i64, Path)),
    request_body = ChangeIn, responses((status = 200, body = DeviceOut)))]
pub(crate) async fn change(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Json(input): Json<ChangeIn>,
) -> Result<Json<DeviceOut>, Problem> {
    operate::annotate(&context, &principal, id, input.tags, input.notes).await?;
    let device = inspect::device(&context, &principal, id).await?;
    Ok(Json(DeviceOut::new(device, context.clock.now())))
}
