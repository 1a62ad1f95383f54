//! `GET /api/v1/acs/bulks`

use std::sync::Arc;

use axum::extract::State;
use regia_store::page::{Cursor, Limit};
use regia_web::{Caller, Json, Problem, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::BulkOut;
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::bulk;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct BulksIn {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Bulks on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// A page of bulks, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BulksOut {
    /// The bulks.
    items: Vec<BulkOut>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists bulks.
#[utoipa::path(get, path = "/acs/bulks", tag = "tasks", params(BulksIn),
    responses((status = 200, body = BulksOut)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Query(input): Query<BulksIn>,
) -> Result<Json<BulksOut>, Problem> {
    let after = input
        .cursor
        .as_deref()
        .map(Cursor::parse)
        .transpose()
        .map_err(AcsError::from)?;
    let page = bulk::list(&context, &principal, after, input.limit).await?;
    let page = page.map(BulkOut::from);
    Ok(Json(BulksOut {
        items: page.items,
        next: page.next,
    }))
}
