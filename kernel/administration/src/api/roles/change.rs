//! `PUT /api/v1/access/roles/{role}`

use axum::extract::State;
use http::StatusCode;
use regia_access::RoleId;
use regia_roles::{Draft, Roles};
use regia_web::{Caller, Json, Path, Problem};

use super::{RoleIn, problem};

/// Changes a role that the tenant made, for everybody who holds it, from their next request on.
/// Nobody puts into it, or takes out of it, what they do not hold in the whole tenant.
#[utoipa::path(put, path = "/access/roles/{role}", tag = "roles", params(("role" = i64, Path)),
    request_body = RoleIn, responses((status = 204)))]
pub(crate) async fn change(
    State(roles): State<Roles>,
    Caller(principal): Caller,
    Path(id): Path<RoleId>,
    Json(input): Json<RoleIn>,
) -> Result<StatusCode, Problem> {
    let draft = Draft::from(input);
    let done = roles.change(&principal, id, &draft).await;
    done.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
