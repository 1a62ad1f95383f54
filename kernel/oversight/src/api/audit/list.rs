//! `GET /api/v1/audit`

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use regia_fault::Fault;
use regia_web::{Caller, Json, PageOut, Problem, Query};

use super::{FilterIn, LineOut};
use crate::api::cursor;
use crate::{AUDIT_READ, Oversight, export, gate};

/// Lists the lines of the audit trail, the newest first; with a format, all of them as a file.
#[utoipa::path(get, path = "/audit", tag = "audit", params(FilterIn),
    responses((status = 200, content(
        (PageOut<LineOut> = "application/json"),
        (String = "text/csv"),
        (String = "application/jsonl"),
    ))))]
pub(crate) async fn list(
    State(oversight): State<Oversight>,
    Caller(principal): Caller,
    Query(input): Query<FilterIn>,
) -> Result<Response, Problem> {
    let tenant = gate::tenant(&principal, &AUDIT_READ)?;
    let trail = oversight.trail;
    if let Some(format) = input.format {
        return Ok(export::lines(trail, tenant, input.into(), format.into()));
    }
    let after = cursor(input.cursor.as_deref())?;
    let limit = input.limit;
    let found = trail.list(tenant, &input.into(), after, limit).await;
    let page: PageOut<LineOut> = found.map_err(Fault::from)?.into();
    Ok(Json(page).into_response())
}
