//! Sessions of devices that return no cookie (against TR-069 3.4.2): bound to the connection that
//! their InformResponse went over.
//!
//! A proxy that shares its connections among devices would let one device speak in the session of
//! another, so a request that a proxy has marked is never bound, and
//! `acs.session.bind_connection` turns this off where a proxy leaves no mark.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, COOKIE, FORWARDED, VIA};
use axum::http::request::Parts;
use regia_httpauth::Authorization;
use regia_listener::ConnectionMemory;

use super::cookie::Ticket;
use crate::context::Context;
use crate::store::session::Claim;

/// The session that a connection carries.
#[derive(Debug, Clone)]
struct Bound {
    ticket: Ticket,
    /// Hash of the credential that opened it.
    shown: Option<[u8; 32]>,
}

/// Remembers that the connection of this Inform carries this session.
pub fn bind(context: &Context, parts: &Parts, claim: &Claim) {
    if !context.settings.session.bind_connection || is_forwarded(&parts.headers) {
        return;
    }
    if let Some(memory) = parts.extensions.get::<ConnectionMemory>() {
        memory.remember(Bound {
            ticket: Ticket {
                territory: claim.territory,
                device: claim.device,
                session: claim.session,
            },
            shown: shown(&parts.headers),
        });
    }
}

/// The session of a request without any cookie, by its connection. A request that shows another
/// credential than the Inform did belongs to somebody else.
#[must_use]
pub fn ticket(parts: &Parts) -> Option<Ticket> {
    let headers = &parts.headers;
    if headers.contains_key(COOKIE) || is_forwarded(headers) {
        return None;
    }
    let bound: Bound = parts.extensions.get::<ConnectionMemory>()?.recall()?;
    let same = !headers.contains_key(AUTHORIZATION) || shown(headers) == bound.shown;
    same.then_some(bound.ticket)
}

fn is_forwarded(headers: &HeaderMap) -> bool {
    headers.contains_key(FORWARDED)
        || headers.contains_key(VIA)
        || headers.contains_key("x-forwarded-for")
}

/// What stays the same of a credential from request to request: all of Basic, the name of Digest.
fn shown(headers: &HeaderMap) -> Option<[u8; 32]> {
    let header = headers.get(AUTHORIZATION)?;
    let mut hasher = blake3::Hasher::new();
    match Authorization::parse(header.as_bytes()).ok()? {
        Authorization::Basic(_) => hasher.update(header.as_bytes()),
        Authorization::Digest(digest) => {
            hasher.update(b"digest ").update(digest.username.as_bytes())
        }
    };
    Some(*hasher.finalize().as_bytes())
}
