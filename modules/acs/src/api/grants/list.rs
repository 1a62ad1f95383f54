//! `GET /api/v1/acs/devices/{id}/grants`

use std::sync::Arc;

use axum::extract::State;
use regia_access::UserId;
use regia_web::{Caller, Json, Path, Problem};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::context::Context;
use crate::flows::place;
use crate::model::grant::{Grant, Level};
use crate::model::identity::DeviceId;

/// The users in whose hands a device is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrantsOut {
    /// At most 200.
    items: Vec<GrantOut>,
}

/// A user in whose hands a device is.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GrantOut {
    /// The user.
    #[schema(value_type = i64)]
    user: UserId,
    /// The name they log in with.
    name: String,
    /// What they may do.
    level: Level,
    /// Who handed it to them.
    granted_by: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    granted_at: OffsetDateTime,
}

impl From<Grant> for GrantOut {
    fn from(grant: Grant) -> Self {
        Self {
            user: grant.user,
            name: grant.name,
            level: grant.level,
            granted_by: grant.granted_by,
            granted_at: grant.granted_at,
        }
    }
}

/// Lists the users in whose hands a device is.
#[utoipa::path(get, path = "/acs/devices/{id}/grants", tag = "devices",
    params(("id" = i64, Path)), responses((status = 200, body = GrantsOut)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
) -> Result<Json<GrantsOut>, Problem> {
    let grants = place::grants(&context, &principal, id).await?;
    let items = grants.into_iter().map(GrantOut::from).collect();
    Ok(Json(GrantsOut { items }))
}
