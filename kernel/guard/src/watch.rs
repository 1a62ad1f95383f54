//! What is told to the security log, and who is kept out.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use regia_access::Principal;
use regia_http::Problem;
use regia_listener::Peer;
use regia_security::{Event, Kind, SecurityLog};

use crate::Caller;

/// Codes of problems that say that somebody tried something.
const TOLD: [(&str, Kind); 5] = [
    ("access.denied", Kind::Denied),
    ("access.unknown_key", Kind::BadKey),
    ("web.banned", Kind::Refused),
    ("web.csrf", Kind::ForgedRequest),
    ("web.rate_limited", Kind::Limited),
];

/// How the codes of cursors that no page handed out end, in every module.
const CURSORS: [&str; 2] = [".cursor_invalid", ".bad_cursor"];

/// What a problem says about whoever asked; nothing for most.
#[must_use]
pub fn kind_of(code: &str) -> Option<Kind> {
    let told = TOLD.iter().find(|(known, _)| *known == code);
    let is_cursor = CURSORS.iter().any(|end| code.ends_with(end));
    let cursor = || is_cursor.then_some(Kind::BadCursor);
    told.map(|(_, kind)| *kind).or_else(cursor)
}

/// The same event with who asked.
#[must_use]
pub fn by(event: Event, principal: Option<&Principal>) -> Event {
    let Some(principal) = principal else {
        return event;
    };
    Event {
        tenant: principal
            .authority()
            .map_or(event.tenant, |authority| authority.tenant),
        actor: principal.to_string(),
        with_key: matches!(principal, Principal::ApiKey { .. }),
        ..event
    }
}

/// For routes that anybody may ask: who is banned may not.
pub async fn keep_out(
    State(log): State<SecurityLog>,
    peer: Peer,
    request: Request,
    next: Next,
) -> Response {
    match log.banned(peer.address.ip()) {
        Some(left) => banned(left).into_response(),
        None => next.run(request).await,
    }
}

/// The answer to a banned address.
pub(crate) fn banned(left: Duration) -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "web.banned",
        "Your address is kept out: it broke the limits too often, or an administrator banned it.",
    )
    .hint("Ask an administrator, or come back later. Requests with a valid API key go on working.")
    .retry_after(left)
}

/// What a handler knows of the caller after the answer is made.
#[must_use]
pub fn caller(response: &Response) -> Option<&Principal> {
    response
        .extensions()
        .get()
        .map(|Caller(principal)| principal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_says_what_was_tried() {
        for (code, kind) in [
            ("access.denied", Some(Kind::Denied)),
            ("web.csrf", Some(Kind::ForgedRequest)),
            ("acs.bad_cursor", Some(Kind::BadCursor)),
            ("access.cursor_invalid", Some(Kind::BadCursor)),
            ("acs.no_device", None),
        ] {
            assert_eq!(kind_of(code), kind, "{code}");
        }
    }
}
