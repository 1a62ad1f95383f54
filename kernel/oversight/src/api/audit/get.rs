//! `GET /api/v1/audit/{id}`

use axum::extract::State;
use regia_fault::{Category, Fault};
use regia_web::{Caller, Json, Path, Problem};

use super::LineOut;
use crate::{AUDIT_READ, Oversight, gate};

/// A line of the audit trail.
#[utoipa::path(get, path = "/audit/{id}", tag = "audit", params(("id" = i64, Path)),
    responses((status = 200, body = LineOut)))]
pub(crate) async fn get(
    State(oversight): State<Oversight>,
    Caller(principal): Caller,
    Path(id): Path<i64>,
) -> Result<Json<LineOut>, Problem> {
    let tenant = gate::tenant(&principal, &AUDIT_READ)?;
    let found = oversight.trail.find(tenant, id).await;
    let line = found.map_err(Fault::from)?.ok_or_else(|| nothing(id))?;
    Ok(Json(line.into()))
}

/// The line is not there, or is another tenant's.
pub(crate) fn nothing(id: i64) -> Fault {
    let text = format!("There is no line {id} in the audit trail.");
    Fault::new(Category::NotFound, "access.no_audit_line", text)
        .hint("Lines are kept for access.audit_days.")
}
