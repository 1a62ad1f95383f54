//! `GET /api/v1/acs/files/{id}`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, Path, Problem};

use super::FileOut;
use crate::context::Context;
use crate::flows::files;
use crate::model::file::FileId;

/// Shows a file without its content.
#[utoipa::path(get, path = "/acs/files/{file}", tag = "files", params(("file" = i64, Path)),
    responses((status = 200, body = FileOut)))]
pub(crate) async fn get(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<FileId>,
) -> Result<Json<FileOut>, Problem> {
    Ok(Json(files::get(&context, &principal, id).await?.into()))
}
