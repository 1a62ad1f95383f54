//! `POST /api/v1/acs/index/remove`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Json, Problem};

use super::IndexIn;
use crate::context::Context;
use crate::flows::index;

/// Takes a parameter out of the index.
#[utoipa::path(post, path = "/acs/index/remove", tag = "search", request_body = IndexIn,
    responses((status = 204)))]
pub(crate) async fn unmark(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Json(input): Json<IndexIn>,
) -> Result<StatusCode, Problem> {
    index::unmark(&context, &principal, &input.path).await?;
    Ok(StatusCode::NO_CONTENT)
}
