//! `GET /api/v1/acs/index`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use super::IndexOut;
use crate::context::Context;
use crate::flows::index;

/// The indexed parameters.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IndexesOut {
    /// At most 64.
    items: Vec<IndexOut>,
}

/// Lists the parameters by which devices are found at once.
#[utoipa::path(get, path = "/acs/index", tag = "search",
    responses((status = 200, body = IndexesOut)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
) -> Result<Json<IndexesOut>, Problem> {
    let paths = index::list(&context, &principal).await?;
    Ok(Json(IndexesOut {
        items: paths.into_iter().map(IndexOut::from).collect(),
    }))
}
