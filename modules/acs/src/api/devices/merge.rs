//! `POST /api/v1/acs/devices/{id}/merge`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::DeviceOut;
use crate::context::Context;
use crate::flows::inspect;
use crate::flows::twin::{self, Merge};
use crate::model::identity::DeviceId;

/// Which device goes away.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MergeIn {
    /// Its number.
    #[schema(value_type = i64)]
    other: DeviceId,
    /// Its OUI, product class and serial number, joined by hyphens.
    confirmation: String,
}

/// Makes one device of two with the same serial number: tags, notes, tasks, transfers, value history
/// and timeline of the other go to this one, and the other is deleted.
#[utoipa::path(post, path = "/acs/devices/{id}/merge", tag = "devices",
    params(("id" = i64, Path)), request_body = MergeIn,
    responses((status = 200, body = DeviceOut)))]
pub(crate) async fn merge(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Json(input): Json<MergeIn>,
) -> Result<Json<DeviceOut>, Problem> {
    let wish = Merge {
        into: id,
        from: input.other,
        confirmation: input.confirmation,
    };
    twin::merge(&context, &principal, wish).await?;
    let device = inspect::device(&context, &principal, id).await?;
    Ok(Json(DeviceOut::new(device, context.clock.now())))
}
