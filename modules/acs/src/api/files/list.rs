//! `GET /api/v1/acs/files`

use std::sync::Arc;

use axum::extract::State;
use regia_store::page::Limit;
use regia_web::{Caller, Json, PageOut, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::FileOut;
use crate::api::cursor;
use crate::context::Context;
use crate::flows::files;
use crate::model::identity::DeviceId;
use crate::store::file::FileFilter;

/// Which files, which page.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Input {
    /// Names that begin so.
    name_prefix: Option<String>,
    /// Of this type only, as CWMP spells it.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    file_type: Option<String>,
    /// For devices of this product class: those that name it, and those that fit all.
    product_class: Option<String>,
    /// Sent by devices (`true`), or by people for devices (`false`).
    by_devices: Option<bool>,
    /// Sent by this device only.
    #[param(value_type = Option<i64>)]
    device: Option<DeviceId>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Files on the page, 1 to 200.
    #[serde(default)]
    #[param(value_type = u16, minimum = 1, maximum = 200)]
    limit: Limit,
}

/// Lists files, newest first.
#[utoipa::path(get, path = "/acs/files", tag = "files", params(Input),
    responses((status = 200, body = PageOut<FileOut>)))]
pub(crate) async fn list(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Query(input): Query<Input>,
) -> Result<Json<PageOut<FileOut>>, Problem> {
    let after = cursor(input.cursor.as_deref())?;
    let filter = FileFilter {
        name_prefix: input.name_prefix,
        file_type: input.file_type,
        product_class: input.product_class,
        by_devices: input.by_devices,
        device: input.device,
        ..FileFilter::default()
    };
    let page = files::list(&context, &principal, &filter, after, input.limit).await?;
    Ok(Json(page.into()))
}
