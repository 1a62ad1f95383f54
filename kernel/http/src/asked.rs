//! In which form an answer is wanted, and whether one goes on for as long as its reader listens.

use axum::extract::Request;
use axum::response::Response;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderName, HeaderValue};

const HX_REQUEST: HeaderName = HeaderName::from_static("hx-request");
const EVENT_STREAM: &[u8] = b"text/event-stream";

/// In which form the answer is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// A page for a person.
    pub page: bool,
    /// A part of a page, for htmx.
    pub partial: bool,
}

impl Asked {
    /// By the headers of the request.
    #[must_use]
    pub fn of(request: &Request) -> Self {
        let accepts =
            |line: &HeaderValue| line.to_str().is_ok_and(|line| line.contains("text/html"));
        let is_api = request.uri().path().starts_with("/api/");
        let partial = !is_api && request.headers().contains_key(HX_REQUEST);
        let page = !is_api && request.headers().get_all(ACCEPT).iter().any(accepts);
        Self {
            page: page || partial,
            partial,
        }
    }
}

/// Whether the answer is a stream of events, which never ends by itself.
#[must_use]
pub fn is_event_stream(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(EVENT_STREAM))
}
