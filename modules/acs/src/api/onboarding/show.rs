//! `GET /api/v1/acs/onboarding`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Problem};

use super::OnboardingOut;
use crate::context::Context;
use crate::flows::mode;

/// Shows how far the server goes with new devices.
#[utoipa::path(get, path = "/acs/onboarding", tag = "onboarding",
    responses((status = 200, body = OnboardingOut)))]
pub(crate) async fn show(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
) -> Result<Json<OnboardingOut>, Problem> {
    Ok(Json(mode::show(&context, &principal)?.into()))
}
