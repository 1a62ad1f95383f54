//! The login cookie (RFC 6265).

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use regia_identity::{HalfLoginToken, LoginToken};
use regia_secrets::Secret;

/// As long as a login waits for its code.
const HALF_SECONDS: u32 = 300;

/// The `__Host-` prefix binds the cookie to TLS, this host and no subdomain; without TLS browsers
/// refuse it. Different names also keep a plain and a sealed console of one host apart.
const fn name(tls: bool) -> &'static str {
    if tls { "__Host-regia" } else { "regia" }
}

/// The cookie of a login that waits for its code.
const fn half_name(tls: bool) -> &'static str {
    if tls {
        "__Host-regia_half"
    } else {
        "regia_half"
    }
}

/// The login that the browser claims to have; the first of several.
pub(crate) fn read(headers: &HeaderMap, tls: bool) -> Option<Secret> {
    find(headers, name(tls))
}

/// The login that waits for its code, as the browser claims.
pub(crate) fn read_half(headers: &HeaderMap, tls: bool) -> Option<HalfLoginToken> {
    HalfLoginToken::parse(find(headers, half_name(tls))?.expose())
}

pub(crate) fn find(headers: &HeaderMap, name: &str) -> Option<Secret> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.into())
}

/// Ends with the browser, or earlier with the login itself.
pub(crate) fn carry(token: &LoginToken, tls: bool) -> Option<HeaderValue> {
    set(name(tls), &token.to_text(), None, tls)
}

/// Ends with the browser, or when it is too late for the code.
pub(crate) fn carry_half(token: &HalfLoginToken, tls: bool) -> Option<HeaderValue> {
    set(half_name(tls), &token.to_text(), Some(HALF_SECONDS), tls)
}

pub(crate) fn clear_half(tls: bool) -> Option<HeaderValue> {
    set(half_name(tls), &Secret::default(), Some(0), tls)
}

pub(crate) fn clear(tls: bool) -> Option<HeaderValue> {
    set(name(tls), &Secret::default(), Some(0), tls)
}

fn set(name: &str, value: &Secret, max_age: Option<u32>, tls: bool) -> Option<HeaderValue> {
    let max_age = max_age.map_or_else(String::new, |seconds| format!(" Max-Age={seconds};"));
    let mut value: HeaderValue = format!("{name}={};{max_age} {}", value.expose(), attributes(tls))
        .parse()
        .ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// `Lax`, so that a link from a message opens the page; unsafe requests need a CSRF token.
const fn attributes(tls: bool) -> &'static str {
    if tls {
        "Path=/; HttpOnly; SameSite=Lax; Secure"
    } else {
        "Path=/; HttpOnly; SameSite=Lax"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_found_among_others() {
        for (lines, tls, expected) in [
            (&["regia=abc"][..], false, Some("abc")),
            (&["a=b; regia=abc; c=d"], false, Some("abc")),
            (&["a=b", "regia=abc"], false, Some("abc")),
            (&["regia=first; regia=second"], false, Some("first")),
            (&["regia=abc"], true, None),
            (&["regia=abc; __Host-regia=sealed"], true, Some("sealed")),
            (&["xregia=abc; regia"], false, None),
            (&[], false, None),
        ] {
            let headers = lines
                .iter()
                .map(|line| (COOKIE, HeaderValue::from_static(line)))
                .collect();
            let found = read(&headers, tls);
            assert_eq!(found.as_ref().map(Secret::expose), expected, "{lines:?}");
        }
    }
}
