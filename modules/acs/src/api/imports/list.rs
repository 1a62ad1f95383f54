//! `GET /api/v1/acs/imports`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, PageIn, PageOut, Problem, Query};

use super::ImportOut;
use crate::api::cursor;
use crate::context::Context;
use crate::flows::import;

/// Lists imports, newest first.
#[utoipa::path(get, path = "/acs/imports", tag = "devices", params(PageIn),
    responses((status = 200, body = PageOut<ImportOut>)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Query(input): Query<PageIn>,
) -> Result<Json<PageOut<ImportOut>>, Problem> {
    let after = cursor(input.cursor.as_deref())?;
    let page = import::list(&context, &principal, after, input.limit).await?;
    Ok(Json(page.into()))
}
