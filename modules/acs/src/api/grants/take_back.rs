//! `POST /api/v1/acs/grants/remove`

use std::sync::Arc;

use axum::extract::State;
use regia_access::UserId;
use regia_web::{Caller, Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::HandedOut;
use crate::context::Context;
use crate::flows::place;
use crate::model::identity::DeviceId;

/// Which devices, from whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UngrantIn {
    /// The user.
    #[schema(value_type = i64)]
    user: UserId,
    /// The devices, at most 1,000.
    #[schema(value_type = Vec<i64>)]
    devices: Vec<DeviceId>,
}

/// Takes devices back from a user.
#[utoipa::path(post, path = "/acs/grants/remove", tag = "devices",
    request_body = UngrantIn, responses(
        (status = 200, body = HandedOut),
        (status = 404, description = "No such user, or none of these devices is the caller's to hand on.")))]
pub(crate) async fn take_back(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Json(wish): Json<UngrantIn>,
) -> Result<Json<HandedOut>, Problem> {
    let what = (&*wish.devices, None);
    let done = place::hand(&context, &principal, wish.user, what, None).await?;
    Ok(Json(done.into()))
}
