//! `GET /api/v1/acs/devices/{id}/trace/text`

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use regia_web::{Caller, Path, Problem};

use crate::context::Context;
use crate::flows::trace::text::pieces;
use crate::model::identity::DeviceId;

/// The whole protocol trace of a device as one text, oldest message first, secrets hidden.
#[utoipa::path(get, path = "/acs/devices/{id}/trace/text", tag = "trace",
    params(("id" = i64, Path)),
    responses((status = 200, body = String, content_type = "text/plain")))]
pub(crate) async fn text(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<DeviceId>,
) -> Result<Response, Problem> {
    let pieces = pieces(context, principal, id).await?;
    let headers = [(CONTENT_TYPE, "text/plain; charset=utf-8")];
    Ok((headers, Body::from_stream(pieces)).into_response())
}
