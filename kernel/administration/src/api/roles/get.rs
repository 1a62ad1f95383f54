//! `GET /api/v1/access/roles/{role}`

use axum::extract::State;
use regia_access::Role;

use regia_web::{Caller, Json, Path, Problem};

use super::{RoleOut, named, problem};
use crate::Administration;

/// A role: of the server by its name, of the tenant by its number.
#[utoipa::path(get, path = "/access/roles/{role}", tag = "roles", params(("role" = String, Path)),
    responses((status = 200, body = RoleOut)))]
pub(crate) async fn get(
    State(Administration { access, roles, .. }): State<Administration>,
    Caller(principal): Caller,
    Path(role): Path<String>,
) -> Result<Json<RoleOut>, Problem> {
    let shown = match named(&role)? {
        Role::Own(id) => roles.get(&principal, id).await.map_err(problem)?.into(),
        Role::System(role) => {
            let rules = roles.system(&principal).await.map_err(problem)?;
            let rule = rules.into_iter().find(|rule| rule.role == role);
            let rule = rule.ok_or_else(|| regia_fault::Fault::internal("a role is missing"))?;
            RoleOut::of_system(rule, access.catalogue())
        }
    };
    Ok(Json(shown))
}
