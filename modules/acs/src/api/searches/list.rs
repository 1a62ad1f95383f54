//! `GET /api/v1/acs/searches`

use std::sync::Arc;

use axum::extract::State;
use regia_store::page::{Cursor, Limit};
use regia_web::{Caller, Json, Problem, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::SearchOut;
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::search;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SearchesIn {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Searches on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// A page of searches, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SearchesOut {
    /// The searches.
    items: Vec<SearchOut>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists searches.
#[utoipa::path(get, path = "/acs/searches", tag = "search", params(SearchesIn),
    responses((status = 200, body = SearchesOut)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Query(input): Query<SearchesIn>,
) -> Result<Json<SearchesOut>, Problem> {
    let after = input
        .cursor
        .as_deref()
        .map(Cursor::parse)
        .transpose()
        .map_err(AcsError::from)?;
    let page = search::list(&context, &principal, after, input.limit).await?;
    let page = page.map(SearchOut::from);
    Ok(Json(SearchesOut {
        items: page.items,
        next: page.next,
    }))
}
