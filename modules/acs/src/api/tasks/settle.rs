//! `POST /api/v1/acs/tasks/{id}/settle`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};

use super::TaskOut;
use crate::context::Context;
use crate::flows::{inspect, operate};
use crate::model::task::TaskId;

/// Declares an uncertain task done.
#[utoipa::path(post, path = "/acs/tasks/{id}/settle", tag = "tasks", params(("id" = i64, Path)),
    responses((status = 200, body = TaskOut)))]
pub(crate) async fn settle(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<TaskId>,
) -> Result<Json<TaskOut>, Problem> {
    operate::settle(&context, &principal, id).await?;
    Ok(Json(inspect::task(&context, &principal, id).await?.into()))
}
