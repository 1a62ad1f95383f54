//! `POST /api/v1/acs/devices/import`

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::StatusCode;
use regia_web::{Caller, Json, Problem, Query};
use serde::Deserialize;
use utoipa::IntoParams;

use super::ImportOut;
use crate::context::Context;
use crate::flows::import;

/// Whether to apply it at once.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Input {
    /// True: the new devices are registered without another request.
    #[serde(default)]
    apply: bool,
}

/// Announces devices before they call. The body is a CSV file in UTF-8, its cells separated by
/// comma, semicolon or tab; the first line names its columns: `oui`, `serial_number`, and perhaps
/// `product_class`, `tags` (separated by commas), `note`, `username`, `password`. At most 50,000
/// rows and 16 MiB. The answer says what applying it will do.
#[utoipa::path(post, path = "/acs/devices/import", tag = "devices", params(Input),
    request_body(content = String, content_type = "text/csv"),
    responses((status = 201, body = ImportOut)))]
pub(crate) async fn upload(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Query(input): Query<Input>,
    body: Body,
) -> Result<(StatusCode, Json<ImportOut>), Problem> {
    let id = import::upload(&context, &principal, body).await?;
    let mut read = import::get(&context, &principal, id).await?;
    if input.apply && read.fresh > 0 {
        import::apply(&context, &principal, id).await?;
        read = import::get(&context, &principal, id).await?;
    }
    Ok((StatusCode::CREATED, Json(read.into())))
}
