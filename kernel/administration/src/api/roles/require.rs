//! `PUT /api/v1/access/roles/{role}/second-factor`

use axum::extract::State;
use http::StatusCode;
use regia_access::{Role, RoleId};
use regia_roles::{RoleError, Roles};
use regia_web::{Caller, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{named, problem};

/// What is asked of those who hold it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondFactorRuleIn {
    /// Whether they must have a second factor.
    required: bool,
}

/// Says whether who holds a role of the server must have a second factor. Whoever has none sets it up
/// before anything else, from the next request on. An own role says so itself.
#[utoipa::path(put, path = "/access/roles/{role}/second-factor", tag = "roles",
    params(("role" = String, Path)), request_body = SecondFactorRuleIn, responses((status = 204)))]
pub(crate) async fn require(
    State(roles): State<Roles>,
    Caller(principal): Caller,
    Path(role): Path<String>,
    Json(SecondFactorRuleIn { required }): Json<SecondFactorRuleIn>,
) -> Result<StatusCode, Problem> {
    let done = match named(&role)? {
        Role::System(role) => {
            roles
                .require_second_factor(&principal, role, required)
                .await
        }
        Role::Own(RoleId(id)) => Err(RoleError::NoRole(RoleId(id))),
    };
    done.map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}
