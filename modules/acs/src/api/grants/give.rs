//! `POST /api/v1/acs/grants`

use std::sync::Arc;

use axum::extract::State;
use regia_access::UserId;
use regia_web::{Caller, Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::HandedOut;
use crate::context::Context;
use crate::flows::place;
use crate::model::grant::Level;
use crate::model::identity::DeviceId;

/// Which devices, to whom, and what for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantIn {
    /// The user.
    #[schema(value_type = i64)]
    user: UserId,
    /// What they may do.
    level: Level,
    /// The devices, at most 1,000.
    #[schema(value_type = Vec<i64>)]
    devices: Vec<DeviceId>,
}

/// Hands devices to a user, or changes what they may do with them.
#[utoipa::path(post, path = "/acs/grants", tag = "devices",
    request_body = GrantIn, responses(
        (status = 200, body = HandedOut),
        (status = 404, description = "No such user, or none of these devices is the caller's to hand on.")))]
pub(crate) async fn give(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Json(wish): Json<GrantIn>,
) -> Result<Json<HandedOut>, Problem> {
    let what = (&*wish.devices, Some(wish.level));
    let done = place::hand(&context, &principal, wish.user, what, None).await?;
    Ok(Json(done.into()))
}
