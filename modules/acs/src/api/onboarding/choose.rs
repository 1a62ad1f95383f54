//! `PUT /api/v1/acs/onboarding`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

use super::OnboardingOut;
use crate::context::Context;
use crate::flows::mode;
use crate::settings::OnboardingMode;

/// The answer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChooseIn {
    /// `observe` registers and reads; `manage` also configures.
    mode: OnboardingMode,
}

/// Says how far the server goes with new devices; every node follows within seconds.
#[utoipa::path(put, path = "/acs/onboarding", tag = "onboarding", request_body = ChooseIn,
    responses((status = 200, body = OnboardingOut)))]
pub(crate) async fn choose(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Json(ChooseIn { mode }): Json<ChooseIn>,
) -> Result<Json<OnboardingOut>, Problem> {
    Ok(Json(mode::choose(&context, &principal, mode).await?.into()))
}
