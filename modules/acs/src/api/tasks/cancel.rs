//! `POST /api/v1/acs/tasks/{id}/cancel`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};

use super::TaskOut;
use crate::context::Context;
use crate::flows::{inspect, operate};
use crate::model::task::TaskId;

/// Takes a task back that was not sent, or gives up one that waits for evidence.
#[utoipa::path(post, path = "/acs/tasks/{id}/cancel", tag = "tasks", params(("id" = i64, Path)),
    responses((status = 200, body = TaskOut)))]
pub(crate) async fn cancel(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<TaskId>,
) -> Result<Json<TaskOut>, Problem> {
    operate::cancel(&context, &principal, id).await?;
    Ok(Json(inspect::task(&context, &principal, id).await?.into()))
}
