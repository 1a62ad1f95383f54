//! `POST /api/v1/acs/imports/{id}/apply`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};

use super::ImportOut;
use crate::context::Context;
use crate::flows::import;
use crate::model::import::ImportId;

/// Registers the new devices of an import, in the background.
#[utoipa::path(post, path = "/acs/imports/{id}/apply", tag = "devices", params(("id" = i64, Path)),
    responses((status = 200, body = ImportOut)))]
pub(crate) async fn apply(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<ImportId>,
) -> Result<Json<ImportOut>, Problem> {
    import::apply(&context, &principal, id).await?;
    Ok(Json(import::get(&context, &principal, id).await?.into()))
}
