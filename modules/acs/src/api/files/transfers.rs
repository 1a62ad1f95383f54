//! `GET /api/v1/acs/files/{id}/transfers`

use std::sync::Arc;

use axum::extract::State;
use regia_store::page::{Cursor, Limit};
use regia_web::{Caller, Json, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::tasks::TransferOut;
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::deliver;
use crate::model::file::FileId;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Input {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Transfers on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// A page of transfers, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct TransferPage {
    /// The transfers.
    items: Vec<TransferOut>,
    /// Where the next page begins; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// Lists whom a file is sent to, or was sent to.
#[utoipa::path(get, path = "/acs/files/{file}/transfers", tag = "files",
    params(("file" = i64, Path), Input), responses((status = 200, body = TransferPage)))]
pub(crate) async fn transfers(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<FileId>,
    Query(input): Query<Input>,
) -> Result<Json<TransferPage>, Problem> {
    let after = input
        .cursor
        .as_deref()
        .map(Cursor::parse)
        .transpose()
        .map_err(AcsError::from)?;
    let page = deliver::of_file(&context, &principal, id, after, input.limit).await?;
    let page = page.map(TransferOut::from);
    Ok(Json(TransferPage {
        items: page.items,
        next: page.next,
    }))
}
