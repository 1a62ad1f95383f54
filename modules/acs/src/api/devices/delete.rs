//! `DELETE /api/v1/acs/devices/{id}`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Path, Problem};

use crate::context::Context;
use crate::flows::operate;
use crate::model::identity::DeviceId;

/// Deletes a device with its parameters and tasks. It registers anew when it calls again.
#[utoipa::path(delete, path = "/acs/devices/{id}", tag = "devices", params(("id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
) -> Result<StatusCode, Problem> {
    operate::delete(&context, &principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
