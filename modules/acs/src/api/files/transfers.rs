//! `GET /api/v1/acs/files/{id}/transfers`

use std::sync::Arc;

use axum::extract::State;
use regia_web::{Caller, Json, PageIn, PageOut, Path, Problem, Query};

use crate::api::cursor;
use crate::api::tasks::TransferOut;
use crate::context::Context;
use crate::flows::deliver;
use crate::model::file::FileId;

/// Lists whom a file is sent to, or was sent to, newest first.
#[utoipa::path(get, path = "/acs/files/{file}/transfers", tag = "files",
    params(("file" = i64, Path), PageIn), responses((status = 200, body = PageOut<TransferOut>)))]
pub(crate) async fn transfers(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<FileId>,
    Query(input): Query<PageIn>,
) -> Result<Json<PageOut<TransferOut>>, Problem> {
    let after = cursor(input.cursor.as_deref())?;
    let page = deliver::of_file(&context, &principal, id, after, input.limit).await?;
    Ok(Json(page.into()))
}
