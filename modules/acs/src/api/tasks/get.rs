//! `GET /api/v1/acs/tasks/{id}`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};

use super::TaskOut;
use crate::context::Context;
use crate::flows::inspect;
use crate::model::task::TaskId;

/// Shows a task.
#[utoipa::path(get, path = "/acs/tasks/{id}", tag = "tasks", params(("id" = i64, Path)),
    responses((status = 200, body = TaskOut)))]
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<TaskId>,
) -> Result<Json<TaskOut>, Problem> {
    Ok(Json(inspect::task(&context, &principal, id).await?.into()))
}
