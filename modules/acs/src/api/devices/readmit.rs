//! `POST /api/v1/acs/devices/{id}/readmit`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Path, Problem};

use crate::context::Context;
use crate::flows::operate;
use crate::model::identity::DeviceId;

/// Lets a quarantined device start anew with the fleet credential.
#[utoipa::path(post, path = "/acs/devices/{id}/readmit", tag = "devices",
    params(("id" = i64, Path)), responses((status = 204)))]
pub(crate) async fn readmit(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
) -> Result<StatusCode, Problem> {
    operate::readmit(&context, &principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
