//! `GET /api/v1/acs/tasks`

use std::sync::Arc;

use axum::extract::State;
use regia_store::page::Limit;
use regia_web::{Caller, Json, PageOut, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::TaskOut;
use crate::api::cursor;
use crate::context::Context;
use crate::flows::inspect;
use crate::model::bulk::BulkId;
use crate::model::identity::DeviceId;
use crate::model::task::TaskState;
use crate::store::task::TaskFilter;

/// Which tasks, which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Input {
    /// Of this device only.
    #[param(value_type = Option<i64>)]
    device: Option<DeviceId>,
    /// In this state only.
    state: Option<TaskState>,
    /// Only those that are not finished.
    #[serde(default)]
    open: bool,
    /// Of this kind only, such as `reboot`.
    kind: Option<String>,
    /// Of this bulk only.
    #[param(value_type = Option<i64>)]
    bulk: Option<BulkId>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Tasks on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Lists tasks, newest first.
#[utoipa::path(get, path = "/acs/tasks", tag = "tasks", params(Input),
    responses((status = 200, body = PageOut<TaskOut>)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Query(input): Query<Input>,
) -> Result<Json<PageOut<TaskOut>>, Problem> {
    let after = cursor(input.cursor.as_deref())?;
    let filter = TaskFilter {
        device: input.device,
        state: input.state,
        open: input.open,
        kind: input.kind,
        bulk: input.bulk,
        file: None,
    };
    let page = inspect::tasks(&context, &principal, &filter, after, input.limit).await?;
    Ok(Json(page.into()))
}
