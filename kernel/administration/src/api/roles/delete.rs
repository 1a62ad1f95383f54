//! `DELETE /api/v1/access/roles/{role}`

use axum::extract::State;
use http::StatusCode;
use regia_access::RoleId;
use regia_roles::Roles;
use regia_web::{Caller, Path, Problem};

use super::problem;

/// Deletes a role that the tenant made and nobody holds, now or later.
#[utoipa::path(delete, path = "/access/roles/{role}", tag = "roles",
    params(("role" = i64, Path)), responses((status = 204)))]
pub(crate) async fn delete(
    State(roles): State<Roles>,
    Caller(principal): Caller,
    Path(id): Path<RoleId>,
) -> Result<StatusCode, Problem> {
    roles.delete(&principal, id).await.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
