//! `GET /api/v1/acs/bulks`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, PageIn, PageOut, Problem, Query};

use super::BulkOut;
use crate::api::cursor;
use crate::context::Context;
use crate::flows::bulk;

/// Lists bulks, newest first.
#[utoipa::path(get, path = "/acs/bulks", tag = "tasks", params(PageIn),
    responses((status = 200, body = PageOut<BulkOut>)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Query(input): Query<PageIn>,
) -> Result<Json<PageOut<BulkOut>>, Problem> {
    let after = cursor(input.cursor.as_deref())?;
    let page = bulk::list(&context, &principal, after, input.limit).await?;
    Ok(Json(page.into()))
}
