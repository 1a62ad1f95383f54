//! `POST /api/v1/access/roles`

use axum::extract::State;
use http::StatusCode;
use regia_roles::{Draft, Roles};
use regia_web::{Caller, Json, Problem};

use super::{RoleIn, RoleOut, problem};

/// Makes a role of single permissions. Nobody puts more into it than they hold in the whole tenant.
#[utoipa::path(post, path = "/access/roles", tag = "roles", request_body = RoleIn,
    responses((status = 201, body = RoleOut)))]
pub(crate) async fn create(
    State(roles): State<Roles>,
    Caller(principal): Caller,
    Json(input): Json<RoleIn>,
) -> Result<(StatusCode, Json<RoleOut>), Problem> {
    let draft = Draft::from(input);
    let id = roles.create(&principal, &draft).await.map_err(problem)?;
    let role = roles.get(&principal, id).await.map_err(problem)?;
    Ok((StatusCode::CREATED, Json(role.into())))
}
