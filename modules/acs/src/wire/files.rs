//! `/f/<token>/<name>`: devices fetch files and send them. The token alone says what may be done.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_RANGES, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG,
    HeaderName, RETRY_AFTER,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, request::Parts};
use futures_util::StreamExt as _;
use regia_fault::Fault;
use tokio::sync::OwnedSemaphorePermit;

use super::gate::retry_after;
use super::range::{Wanted, wanted};
use super::server::{Answer, close, empty};
use crate::context::Context;
use crate::fault::AcsError;
use crate::flows::{files, progress, transfer};
use crate::model::file::File;
use crate::signals;
use crate::store::transfer::Transfer;

/// The token in a path, when the path is one of a file.
#[must_use]
pub fn token(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/f/")?;
    Some(rest.split('/').next().unwrap_or(rest))
}

/// Answers a request for a file.
pub async fn answer(context: &Arc<Context>, token: &str, parts: &Parts, body: Body) -> Answer {
    let transfer = match transfer::find(context, token).await {
        Ok(Some(transfer)) => transfer,
        Ok(None) => return refused(StatusCode::NOT_FOUND, "unknown", &[]),
        Err(error) => return failed(&Fault::from(error)),
    };
    let methods = if transfer.is_upload {
        [Method::PUT, Method::POST]
    } else {
        [Method::GET, Method::HEAD]
    };
    if !methods.contains(&parts.method) {
        let [one, other] = methods.map(|method| method.to_string());
        let allowed = HeaderValue::from_str(&format!("{one}, {other}"));
        let allow = allowed.map(|value| (ALLOW, value)).ok();
        return refused(StatusCode::METHOD_NOT_ALLOWED, "method", allow.as_slice());
    }
    let Ok(place) = Arc::clone(&context.transfers).try_acquire_owned() else {
        let around = context.settings.session.retry_after_seconds;
        let seconds = HeaderValue::from(retry_after(around, &context.chance));
        let headers = [(RETRY_AFTER, seconds), close()];
        return refused(StatusCode::SERVICE_UNAVAILABLE, "busy", &headers);
    };
    if transfer.is_upload {
        take(context, &transfer, &parts.headers, body).await
    } else {
        give(context, &transfer, parts, place).await
    }
}

/// Sends a file, or a part of it, or only its headers.
async fn give(
    context: &Arc<Context>,
    transfer: &Transfer,
    parts: &Parts,
    place: OwnedSemaphorePermit,
) -> Answer {
    let file = match transfer::offered(context, transfer).await {
        Ok(Some(file)) => file,
        Ok(None) => return refused(StatusCode::NOT_FOUND, "unknown", &[]),
        Err(error) => return failed(&Fault::from(error)),
    };
    let etag = format!("\"{}\"", file.sha256);
    let (status, (first, last)) = match wanted(&parts.headers, file.bytes, &etag) {
        Wanted::Whole => (StatusCode::OK, (0, file.bytes.saturating_sub(1))),
        Wanted::Part(first, last) => (StatusCode::PARTIAL_CONTENT, (first, last)),
        Wanted::Outside => {
            let size = HeaderValue::from_str(&format!("bytes */{}", file.bytes));
            let header = size.map(|value| (CONTENT_RANGE, value)).ok();
            return refused(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "outside",
                header.as_slice(),
            );
        }
        Wanted::Unchanged => {
            signals::file_request("unchanged");
            let etag = HeaderValue::from_str(&etag).map(|value| (ETAG, value)).ok();
            return empty(StatusCode::NOT_MODIFIED, etag.as_slice());
        }
    };
    let mut answer = empty(status, &[]);
    describe(answer.headers_mut(), &file, &etag, (first, last));
    if status == StatusCode::PARTIAL_CONTENT {
        put(
            answer.headers_mut(),
            CONTENT_RANGE,
            &format!("bytes {first}-{last}/{}", file.bytes),
        );
    }
    if parts.method == Method::GET {
        signals::file_request("sent");
        let content = files::read(
            context.store.clone(),
            transfer.territory,
            file.id,
            (first, last),
        );
        let shared = Arc::clone(context);
        let content = progress::noted(shared, transfer.clone(), (first, last), content);
        // The place is taken until the last byte has left, or the device has hung up.
        *answer.body_mut() = Body::from_stream(content.inspect(move |_| {
            let _held = &place;
        }));
    }
    answer
}

fn describe(headers: &mut HeaderMap, file: &File, etag: &str, (first, last): (u64, u64)) {
    let length = if file.bytes == 0 { 0 } else { last - first + 1 };
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    put(headers, ETAG, etag);
}

fn put(headers: &mut HeaderMap, name: HeaderName, text: &str) {
    if let Ok(value) = HeaderValue::from_str(text) {
        headers.insert(name, value);
    }
}

/// Takes a file from a device; the answer leaves after the commit.
async fn take(context: &Context, transfer: &Transfer, headers: &HeaderMap, body: Body) -> Answer {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > context.settings.files.max_bytes) {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &[close()]);
    }
    match transfer::take_in(context, transfer, body).await {
        Ok(file) => {
            signals::file_request("received");
            tracing::info!(acs.device = %transfer.device, acs.file = %file, "a device sent a file");
            empty(StatusCode::CREATED, &[])
        }
        Err(AcsError::FileTooLarge(_)) => {
            refused(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &[close()])
        }
        Err(AcsError::Field(..) | AcsError::Interrupted) => {
            refused(StatusCode::BAD_REQUEST, "interrupted", &[close()])
        }
        Err(error) => failed(&Fault::from(error)),
    }
}

fn refused(
    status: StatusCode,
    reason: &'static str,
    headers: &[(HeaderName, HeaderValue)],
) -> Answer {
    signals::file_request(reason);
    tracing::info!(
        reason,
        status = status.as_u16(),
        "a request for a file was refused"
    );
    empty(status, headers)
}

fn failed(fault: &Fault) -> Answer {
    signals::file_request("failed");
    tracing::error!(error = fault.chain(), "a file cannot be moved");
    empty(StatusCode::INTERNAL_SERVER_ERROR, &[close()])
}
