//! `DELETE /api/v1/acs/credentials/{id}`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Path, Problem};

use crate::context::Context;
use crate::flows::fleet;

/// Takes a fleet credential out of force.
#[utoipa::path(delete, path = "/acs/credentials/{id}", tag = "credentials",
    params(("id" = i64, Path)), responses((status = 204)))]
pub(crate) async fn retire(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<i64>,
) -> Result<StatusCode, Problem> {
    fleet::retire(&context, &principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
