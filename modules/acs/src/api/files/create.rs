//! `PUT /api/v1/acs/files/{name}`

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Json, Path, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::FileOut;
use crate::context::Context;
use crate::flows::files;
use crate::model::file::Draft;

/// What the file is and whom it fits.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Input {
    /// As CWMP spells it, such as `1 Firmware Upgrade Image`.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    file_type: String,
    /// The software version that a device has after it: the upgrade is done when it tells it.
    #[serde(default)]
    version: String,
    /// The OUI of the devices that it fits.
    #[serde(default)]
    oui: String,
    /// A product class that it fits; may be given several times.
    #[serde(default)]
    product_class: Vec<String>,
    /// A hardware version that it fits; may be given several times.
    #[serde(default)]
    hardware_version: Vec<String>,
}

/// Stores a file of this name. The body is its content. Each request makes a new file, also under a
/// name that is there already.
#[utoipa::path(put, path = "/acs/files/{file}", tag = "files", params(("file" = String, Path), Input),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, body = FileOut)))]
pub(crate) async fn create(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(name): Path<String>,
    Query(input): Query<Input>,
    body: Body,
) -> Result<(StatusCode, Json<FileOut>), Problem> {
    let draft = Draft {
        name,
        file_type: input.file_type,
        target_version: input.version,
        oui: input.oui,
        product_classes: input.product_class,
        hardware_versions: input.hardware_version,
        device: None,
    };
    let stored = files::store(&context, &principal, &draft, body).await?;
    Ok((StatusCode::CREATED, Json(stored.into())))
}
