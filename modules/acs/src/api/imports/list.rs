//! `GET /api/v1/acs/imports`

use std::sync::Arc;

use axum::extract::State;
use regia_store::page::{Cursor, Limit};
use regia_web::{Caller, Json, Problem, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::ImportOut;
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::import;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ImportsIn {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Imports on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// A page of imports, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ImportsOut {
    /// The imports.
    items: Vec<ImportOut>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists imports.
#[utoipa::path(get, path = "/acs/imports", tag = "devices", params(ImportsIn),
    responses((status = 200, body = ImportsOut)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Query(input): Query<ImportsIn>,
) -> Result<Json<ImportsOut>, Problem> {
    let after = input
        .cursor
        .as_deref()
        .map(Cursor::parse)
        .transpose()
        .map_err(AcsError::from)?;
    let page = import::list(&context, &principal, after, input.limit).await?;
    let page = page.map(ImportOut::from);
    Ok(Json(ImportsOut {
        items: page.items,
        next: page.next,
    }))
}
