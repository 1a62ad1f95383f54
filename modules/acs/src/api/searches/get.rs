//! `GET /api/v1/acs/searches/{id}`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};

use super::SearchOut;
use crate::context::Context;
use crate::flows::search;
use crate::model::search::SearchId;

/// Shows how far a search is.
#[utoipa::path(get, path = "/acs/searches/{id}", tag = "search", params(("id" = i64, Path)),
    responses((status = 200, body = SearchOut)))]
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<SearchId>,
) -> Result<Json<SearchOut>, Problem> {
    Ok(Json(search::get(&context, &principal, id).await?.into()))
}
