//! `POST /api/v1/acs/bulks/{id}/retry`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};

use super::BulkOut;
use crate::context::Context;
use crate::flows::bulk;
use crate::model::bulk::BulkId;

/// Queues the tasks of a bulk again that failed, expired or were cancelled.
#[utoipa::path(post, path = "/acs/bulks/{id}/retry", tag = "tasks", params(("id" = i64, Path)),
    responses((status = 200, body = BulkOut)))]
pub(crate) async fn retry(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<BulkId>,
) -> Result<Json<BulkOut>, Problem> {
    bulk::retry(&context, &principal, id).await?;
    Ok(Json(bulk::get(&context, &principal, id).await?.into()))
}
