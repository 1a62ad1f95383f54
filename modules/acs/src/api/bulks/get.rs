//! `GET /api/v1/acs/bulks/{id}`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};

use super::BulkOut;
use crate::context::Context;
use crate::flows::bulk;
use crate::model::bulk::BulkId;

/// Shows how far a bulk is.
#[utoipa::path(get, path = "/acs/bulks/{id}", tag = "tasks", params(("id" = i64, Path)),
    responses((status = 200, body = BulkOut)))]
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<BulkId>,
) -> Result<Json<BulkOut>, Problem> {
    Ok(Json(bulk::get(&context, &principal, id).await?.into()))
}
