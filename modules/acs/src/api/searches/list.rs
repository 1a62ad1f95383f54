//! `GET /api/v1/acs/searches`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, PageIn, PageOut, Problem, Query};

use super::SearchOut;
use crate::api::cursor;
use crate::context::Context;
use crate::flows::search;

/// Lists searches, newest first.
#[utoipa::path(get, path = "/acs/searches", tag = "search", params(PageIn),
    responses((status = 200, body = PageOut<SearchOut>)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Query(input): Query<PageIn>,
) -> Result<Json<PageOut<SearchOut>>, Problem> {
    let after = cursor(input.cursor.as_deref())?;
    let page = search::list(&context, &principal, after, input.limit).await?;
    Ok(Json(page.into()))
}
