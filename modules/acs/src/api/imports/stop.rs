//! `POST /api/v1/acs/imports/{id}/stop`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};

use super::ImportOut;
use crate::context::Context;
use crate::flows::import;
use crate::model::import::ImportId;

/// Stops an import; the devices registered until then stay.
#[utoipa::path(post, path = "/acs/imports/{id}/stop", tag = "devices", params(("id" = i64, Path)),
    responses((status = 200, body = ImportOut)))]
pub(crate) async fn stop(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<ImportId>,
) -> Result<Json<ImportOut>, Problem> {
    import::stop(&context, &principal, id).await?;
    Ok(Json(import::get(&context, &principal, id).await?.into()))
}
