//! `GET /api/v1/access/permissions`

use axum::extract::State;

use regia_web::{Caller, Json, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem;
use crate::Administration;

/// Something that may be allowed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PermissionOut {
    /// `module.noun.verb`
    #[schema(value_type = String, example = "acs.device.read")]
    name: &'static str,
    /// What it lets somebody do, in one English sentence.
    #[schema(value_type = String, example = "See devices.")]
    means: &'static str,
    /// The least of the server's roles that has it.
    #[schema(value_type = String, example = "viewer")]
    least_role: &'static str,
}

/// All that there is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PermissionsOut {
    /// By name.
    items: Vec<PermissionOut>,
}

/// Lists what may be allowed.
#[utoipa::path(get, path = "/access/permissions", tag = "roles",
    responses((status = 200, body = PermissionsOut)))]
pub(crate) async fn permissions(
    State(Administration { access, roles, .. }): State<Administration>,
    Caller(principal): Caller,
) -> Result<Json<PermissionsOut>, Problem> {
    roles.may_read(&principal).map_err(problem)?;
    let all = access.catalogue().all().map(|permission| PermissionOut {
        name: permission.name,
        means: permission.means,
        least_role: permission.least.as_str(),
    });
    Ok(Json(PermissionsOut {
        items: all.collect(),
    }))
}
