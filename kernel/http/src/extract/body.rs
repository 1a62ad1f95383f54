//! A whole request body, within its limits.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, StatusCode};

use crate::Problem;
use crate::problem::too_large;

/// A body that takes longer to arrive is not waited for.
const ARRIVAL: Duration = Duration::from_secs(30);

/// Reads the body of a request that claims to be of a type that `accepts` knows.
pub(crate) async fn read<S: Send + Sync>(
    request: Request,
    state: &S,
    expected: &'static str,
    accepts: impl Fn(&str) -> bool,
) -> Result<Bytes, Problem> {
    check_type(request.headers(), expected, accepts)?;
    whole(request, state).await
}

/// Reads the body, of any type.
///
/// # Errors
/// 413 when it is larger than its route takes, 408 when it does not arrive in time, 400 when it is cut.
pub async fn whole<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    match tokio::time::timeout(ARRIVAL, Bytes::from_request(request, state)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            let (code, detail) = too_large();
            Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, code, detail))
        }
        Ok(Err(_)) => Err(Problem::new(
            StatusCode::BAD_REQUEST,
            "web.body_cut",
            "The request body ended before it was complete.",
        )),
        Err(_) => Err(Problem::new(
            StatusCode::REQUEST_TIMEOUT,
            "web.body_slow",
            "The request body did not arrive in time.",
        )),
    }
}

fn check_type(
    headers: &HeaderMap,
    expected: &'static str,
    accepts: impl Fn(&str) -> bool,
) -> Result<(), Problem> {
    let wrong = |code, detail| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, code, detail);
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let mut parts = content_type.unwrap_or_default().split(';');
    let essence = parts.next().unwrap_or_default().trim();
    if !accepts(&essence.to_ascii_lowercase()) {
        let problem = wrong("web.content_type", "The request body is of another type.");
        return Err(problem.hint(format!("Send it as {expected}.")));
    }
    let charset = parts
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("charset"))
        .map(|(_, value)| value.trim_matches('"').to_ascii_lowercase());
    if charset.is_some_and(|charset| charset != "utf-8" && charset != "utf8") {
        return Err(wrong("web.charset", "The request body is not UTF-8."));
    }
    // Nothing is unpacked here, so nothing can swell.
    if headers
        .get(CONTENT_ENCODING)
        .is_some_and(|encoding| encoding != "identity")
    {
        return Err(
            wrong("web.content_encoding", "The request body is compressed.")
                .hint("Send it as it is."),
        );
    }
    Ok(())
}
