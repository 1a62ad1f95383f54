//! `POST /api/v1/acs/index`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Json, Problem};

use super::{IndexIn, IndexOut};
use crate::context::Context;
use crate::flows::index;

/// Marks a parameter as indexed. All devices are then read in the background; until that is done it
/// cannot be searched.
#[utoipa::path(post, path = "/acs/index", tag = "search", request_body = IndexIn,
    responses((status = 201, body = IndexOut)))]
pub(crate) async fn mark(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Json(input): Json<IndexIn>,
) -> Result<(StatusCode, Json<IndexOut>), Problem> {
    let made = index::mark(&context, &principal, &input.path).await?;
    Ok((StatusCode::CREATED, Json(made.into())))
}
