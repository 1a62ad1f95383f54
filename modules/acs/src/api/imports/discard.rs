//! `DELETE /api/v1/acs/imports/{id}`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Path, Problem};

use crate::context::Context;
use crate::flows::import;
use crate::model::import::ImportId;

/// Removes an import with its rows; the devices that it registered stay.
#[utoipa::path(delete, path = "/acs/imports/{id}", tag = "devices", params(("id" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn discard(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<ImportId>,
) -> Result<StatusCode, Problem> {
    import::discard(&context, &principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
