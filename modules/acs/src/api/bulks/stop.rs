//! `POST /api/v1/acs/bulks/{id}/stop`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};

use super::BulkOut;
use crate::context::Context;
use crate::flows::bulk;
use crate::model::bulk::BulkId;

/// Stops a bulk: what has not been sent is cancelled, what is under way ends by itself.
#[utoipa::path(post, path = "/acs/bulks/{id}/stop", tag = "tasks", params(("id" = i64, Path)),
    responses((status = 200, body = BulkOut)))]
pub(crate) async fn stop(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<BulkId>,
) -> Result<Json<BulkOut>, Problem> {
    bulk::stop(&context, &principal, id).await?;
    Ok(Json(bulk::get(&context, &principal, id).await?.into()))
}
