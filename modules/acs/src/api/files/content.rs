//! `GET /api/v1/acs/files/{id}/content`

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, ETAG};
use axum::response::Response;
use regia_web::{Caller, Path, Problem};

use crate::context::Context;
use crate::flows::files;
use crate::model::file::FileId;
use crate::rules::attachment::disposition;

/// The content of a file, as it was sent.
#[utoipa::path(get, path = "/acs/files/{file}/content", tag = "files", params(("file" = i64, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/octet-stream")))]
pub(crate) async fn content(
    State(context): State<Arc<Context>>,
    Caller(principal): Caller,
    Path(id): Path<FileId>,
) -> Result<Response, Problem> {
    let (file, content) = files::open(&context, &principal, id).await?;
    let mut response = Response::new(Body::from_stream(content));
    let headers = response.headers_mut();
    let octets = HeaderValue::from_static("application/octet-stream");
    headers.insert(CONTENT_TYPE, octets);
    headers.insert(CONTENT_LENGTH, HeaderValue::from(file.bytes));
    for (name, text) in [
        (CONTENT_DISPOSITION, disposition(&file.draft.name)),
        (ETAG, format!("\"{}\"", file.sha256)),
    ] {
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.insert(name, value);
        }
    }
    Ok(response)
}
