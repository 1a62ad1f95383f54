//! `GET /api/v1/acs/imports/{id}/rows`

use std::sync::Arc;

use axum::extract::State;
use regia_store::page::Limit;
use regia_web::{Caller, Json, PageOut, Path, Problem, Query};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::cursor;
use crate::context::Context;
use crate::flows::import::{self, Part};
use crate::model::identity::DeviceId;
use crate::model::import::{ImportId, ImportRow, Verdict};

/// Which rows, which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RowsIn {
    /// Of this verdict only.
    verdict: Option<Verdict>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// A row of a file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RowOut {
    /// Its line.
    line: i32,
    /// As it was written.
    oui: String,
    /// As it was written.
    product_class: String,
    /// As it was written.
    serial_number: String,
    /// As it was written.
    tags: Vec<String>,
    /// As it was written.
    note: String,
    /// What becomes of it.
    verdict: Verdict,
    /// Why it is refused: `cells`, `oui`, `serial`, `product_class`, `tags`, `note`, `credential`,
    /// `twice`; empty otherwise.
    reason: String,
    /// What belongs to the reason: the line that names the same device.
    detail: String,
    /// The device that it made or names.
    #[schema(value_type = Option<i64>)]
    device: Option<DeviceId>,
}

impl From<ImportRow> for RowOut {
    fn from(row: ImportRow) -> Self {
        Self {
            line: row.line,
            oui: row.oui,
            product_class: row.product_class,
            serial_number: row.serial_number,
            tags: row.tags,
            note: row.notes,
            verdict: row.verdict,
            reason: row.reason,
            detail: row.detail,
            device: row.device,
        }
    }
}

/// Lists the rows of an import, in the order of the file.
#[utoipa::path(get, path = "/acs/imports/{id}/rows", tag = "devices",
    params(("id" = i64, Path), RowsIn), responses((status = 200, body = PageOut<RowOut>)))]
pub(crate) async fn rows(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<ImportId>,
    Query(input): Query<RowsIn>,
) -> Result<Json<PageOut<RowOut>>, Problem> {
    let after = cursor(input.cursor.as_deref())?;
    let part = Part {
        verdict: input.verdict,
        after,
        limit: input.limit,
    };
    let page = import::rows(&context, &principal, id, part).await?;
    Ok(Json(page.into()))
}
