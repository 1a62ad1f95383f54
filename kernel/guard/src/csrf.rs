//! Requests made by another site: told by the browser's own headers, and by a token that only our
//! pages know.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request};
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::{HeaderMap, HeaderName, StatusCode};
use regia_http::{CSRF_FIELD, Problem, whole_body};
use url::form_urlencoded;

/// The header that carries the token of a request made by a script of ours.
pub const CSRF_HEADER: &str = "x-csrf-token";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

pub(crate) fn refusal(detail: &'static str) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, "web.csrf", detail).hint("Reload the page and try again.")
}

/// Whether a page of ours may have made the request, by what the browser says. Silence says
/// nothing against it; the token decides then.
pub(crate) fn same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        // `none`: the person typed it.
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let from = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.split_once("://"));
    // Without the scheme, which a proxy may have changed on the way.
    matches!((host, from), (Some(host), Some((_, from))) if host.eq_ignore_ascii_case(from))
}

/// The token of an unsafe request: its header, else the field of its form, whose body is read and
/// put back. A form with files needs the header.
pub(crate) async fn token_of(
    request: &mut Request,
    max_body_bytes: usize,
) -> Result<Option<String>, Problem> {
    if let Some(token) = request.headers().get(CSRF_HEADER) {
        return Ok(token.to_str().ok().map(ToOwned::to_owned));
    }
    let content_type = request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type
        .and_then(|value| value.split(';').next())
        .unwrap_or_default();
    if !essence
        .trim()
        .eq_ignore_ascii_case("application/x-www-form-urlencoded")
    {
        return Ok(None);
    }
    let mut form = Request::new(std::mem::replace(request.body_mut(), Body::empty()));
    DefaultBodyLimit::max(max_body_bytes).apply(&mut form);
    let bytes = whole_body(form, &()).await?;
    let token = form_urlencoded::parse(&bytes)
        .find(|(name, _)| name == CSRF_FIELD)
        .map(|(_, value)| value.into_owned());
    *request.body_mut() = Body::from(bytes);
    Ok(token)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn the_browser_tells_where_a_request_was_made() {
        for (headers, ours) in [
            (&[][..], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "http://a:1"),
                    ("host", "a:1"),
                ],
                false,
            ),
            (&[("origin", "http://a:1"), ("host", "a:1")], true),
            (&[("origin", "https://a"), ("host", "A")], true),
            (&[("origin", "http://a:2"), ("host", "a:1")], false),
            (&[("origin", "http://evil.example"), ("host", "a")], false),
            (&[("origin", "null"), ("host", "null")], false),
            (&[("origin", "http://a")], false),
        ] {
            let map = headers
                .iter()
                .map(|(name, value)| {
                    (
                        HeaderName::from_static(name),
                        HeaderValue::from_static(value),
                    )
                })
                .collect();
            assert_eq!(same_origin(&map), ours, "{headers:?}");
        }
    }
}
