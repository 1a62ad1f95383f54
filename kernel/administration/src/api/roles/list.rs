//! `GET /api/v1/access/roles`

use axum::extract::State;

use regia_web::{Caller, Json, PageIn, PageOut, Problem, Query};
use serde::Serialize;
use utoipa::ToSchema;

use super::{RoleOut, problem};
use crate::Administration;
use crate::api::cursor;

/// The roles of the server, and a page of those that the tenant made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RolesOut {
    /// The five that come with the server, the least first; on every page.
    system: Vec<RoleOut>,
    #[serde(flatten)]
    own: PageOut<RoleOut>,
}

/// Lists roles: those of the server, and the tenant's own by name.
#[utoipa::path(get, path = "/access/roles", tag = "roles", params(PageIn),
    responses((status = 200, body = RolesOut)))]
pub(crate) async fn list(
    State(Administration { access, roles, .. }): State<Administration>,
    Caller(principal): Caller,
    Query(input): Query<PageIn>,
) -> Result<Json<RolesOut>, Problem> {
    let after: Option<String> = cursor(input.cursor.as_deref())?;
    let system = roles.system(&principal).await.map_err(problem)?;
    let own = roles.list(&principal, after.as_deref(), input.limit).await;
    let of_system = |rule| RoleOut::of_system(rule, access.catalogue());
    Ok(Json(RolesOut {
        system: system.into_iter().map(of_system).collect(),
        own: own.map_err(problem)?.into(),
    }))
}
