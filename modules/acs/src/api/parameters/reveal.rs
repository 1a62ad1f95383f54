//! `POST /api/v1/acs/devices/{id}/parameters/reveal`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::context::Context;
use crate::flows::operate;
use crate::model::identity::DeviceId;

/// Which secret.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RevealIn {
    /// The parameter's path.
    path: String,
}

/// A secret in plain.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RevealOut {
    /// The value.
    value: String,
}

/// Reveals one secret value. Each call is written to the audit trail.
#[utoipa::path(post, path = "/acs/devices/{id}/parameters/reveal", tag = "parameters",
    params(("id" = i64, Path)), request_body = RevealIn,
    responses((status = 200, body = RevealOut)))]
pub(crate) async fn reveal(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
    Json(input): Json<RevealIn>,
) -> Result<Json<RevealOut>, Problem> {
    let value = operate::reveal(&context, &principal, id, &input.path).await?;
    Ok(Json(RevealOut { value }))
}
