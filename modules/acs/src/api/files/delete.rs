//! `DELETE /api/v1/acs/files/{id}`

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Path, Problem};

use crate::context::Context;
use crate::flows::files;
use crate::model::file::FileId;

/// Deletes a file that no open task wants.
#[utoipa::path(delete, path = "/acs/files/{file}", tag = "files", params(("file" = i64, Path)),
    responses((status = 204)))]
pub(crate) async fn delete(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<FileId>,
) -> Result<StatusCode, Problem> {
    files::delete(&context, &principal, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
