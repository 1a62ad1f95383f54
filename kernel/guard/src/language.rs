//! The language in which somebody reads the console: their own choice, kept in a cookie of the browser
//! too, so that pages before the login and error pages speak it as well.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::response::Response;
use http::header::SET_COOKIE;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use regia_listener::Peer;

use crate::cookie;

const COOKIE: &str = "regia_language";

/// A year, after which the choice is made again.
const SECONDS: u32 = 31_536_000;

/// What somebody who is logged in chose, as a language tag; none: they did not, or nobody is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Language(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for Language {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().cloned().unwrap_or_default())
    }
}

/// What the browser keeps.
#[must_use]
pub fn kept(headers: &HeaderMap) -> Option<String> {
    let kept = cookie::find(headers, COOKIE)?;
    Some(kept.expose().to_owned())
}

/// Has the browser keep an earlier choice, unless the answer is about another one.
pub(crate) fn remind(response: &mut Response, tag: &str, peer: Peer) {
    let set = response.headers().get_all(SET_COOKIE);
    let said = set
        .iter()
        .any(|cookie| cookie.as_bytes().starts_with(COOKIE.as_bytes()));
    if !said {
        keep(response, Some(tag), peer);
    }
}

/// Has the browser keep a choice, or forget it.
pub fn keep(response: &mut Response, tag: Option<&str>, peer: Peer) {
    let secure = if peer.tls { "; Secure" } else { "" };
    let (tag, seconds) = (tag.unwrap_or_default(), tag.map_or(0, |_| SECONDS));
    let cookie =
        format!("{COOKIE}={tag}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax{secure}");
    // A tag that fits into no header is none.
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}
