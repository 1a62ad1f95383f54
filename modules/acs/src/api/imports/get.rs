//! `GET /api/v1/acs/imports/{id}`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};

use super::ImportOut;
use crate::context::Context;
use crate::flows::import;
use crate::model::import::ImportId;

/// Shows what an import will do, does or did.
#[utoipa::path(get, path = "/acs/imports/{id}", tag = "devices", params(("id" = i64, Path)),
    responses((status = 200, body = ImportOut)))]
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<ImportId>,
) -> Result<Json<ImportOut>, Problem> {
    Ok(Json(import::get(&context, &principal, id).await?.into()))
}
