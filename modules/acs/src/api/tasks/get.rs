//! `GET /api/v1/acs/tasks/{id}`

use std::sync::Arc;

use axum::extract::State;
use regia_access::Principal;
use regia_web::{Json, Path, Problem};

use super::TaskOut;
use crate::context::Context;
use crate::flows::inspect;
use crate::model::task::TaskId;

/// Shows a task.
#[utoipa::path(get, path = "/acs/tasks/{id}", tag = "tasks", params(("id" = i64, Path)),
    responses((status = 200, body = TaskOut), regia_web::Problems))]
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    principal: Principal,
    Path(id): Path<TaskId>,
) -> Result<Json<TaskOut>, Problem> {
    Ok(Json(inspect::task(&context, &principal, id).await?.into()))
}
