//! `POST /api/v1/acs/searches/{id}/cancel`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};

use super::SearchOut;
use crate::context::Context;
use crate::flows::search;
use crate::model::search::SearchId;

/// Stops a search; what it found stays.
#[utoipa::path(post, path = "/acs/searches/{id}/cancel", tag = "search",
    params(("id" = i64, Path)), responses((status = 200, body = SearchOut)))]
pub(crate) async fn cancel(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<SearchId>,
) -> Result<Json<SearchOut>, Problem> {
    search::cancel(&context, &principal, id).await?;
    Ok(Json(search::get(&context, &principal, id).await?.into()))
}
