//! The files that pages load: embedded, gzipped beforehand, and addressed by a hash of them all, so
//! that a browser keeps them for good and a new build is a new address.

use axum::Router;
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

/// One served file.
pub(crate) struct File {
    pub(crate) name: &'static str,
    kind: &'static str,
    plain: &'static [u8],
    gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

const FOR_GOOD: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The address of a file, such as `/assets/5f0c2a91be44/console.css`.
#[must_use]
pub fn address(name: &str) -> String {
    format!("/assets/{BUILD}/{name}")
}

/// Whether a file of this name is embedded.
#[must_use]
pub fn exists(name: &str) -> bool {
    FILES.iter().any(|file| file.name == name)
}

/// `GET /assets/<hash>/<name>`. Open to everybody: it holds nothing of anybody.
pub fn router() -> Router {
    Router::new().route("/assets/{build}/{name}", get(serve))
}

/// Another build's hash is answered with this build's file, to be asked for again: while two builds
/// serve side by side, a page of one may load from the other.
async fn serve(Path((build, name)): Path<(String, String)>, headers: HeaderMap) -> Response {
    let Some(file) = FILES.iter().find(|file| file.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let tag = format!("\"{BUILD}\"");
    let mut answer = if holds(&headers, &IF_NONE_MATCH, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else if file.gzip.len() < file.plain.len() && holds(&headers, &ACCEPT_ENCODING, "gzip") {
        ([(CONTENT_ENCODING, "gzip")], file.gzip).into_response()
    } else {
        file.plain.into_response()
    };
    let known = if build == BUILD {
        FOR_GOOD
    } else {
        HeaderValue::from_static("no-cache")
    };
    let sent = answer.headers_mut();
    sent.insert(CONTENT_TYPE, HeaderValue::from_static(file.kind));
    sent.insert(CACHE_CONTROL, known);
    sent.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        sent.insert(ETAG, tag);
    }
    answer
}

fn holds(headers: &HeaderMap, name: &HeaderName, value: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|item| {
            item.split(';')
                .next()
                .is_some_and(|item| item.trim() == value)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    async fn ask(path: &str, header: (HeaderName, &str)) -> (StatusCode, HeaderMap, Vec<u8>) {
        let request = Request::get(path)
            .header(header.0, header.1)
            .body(Body::empty())
            .unwrap();
        let answer = router().oneshot(request).await.unwrap();
        let (parts, body) = answer.into_parts();
        (
            parts.status,
            parts.headers,
            body.collect().await.unwrap().to_bytes().to_vec(),
        )
    }

    #[tokio::test]
    async fn every_file_is_embedded_and_served_for_good() {
        for file in FILES {
            let (status, headers, body) = ask(&address(file.name), (ACCEPT_ENCODING, "br")).await;
            assert_eq!(status, StatusCode::OK, "{}", file.name);
            assert_eq!(body, file.plain);
            assert!(!body.is_empty());
            assert_eq!(headers[CACHE_CONTROL], FOR_GOOD);
            assert_eq!(headers[CONTENT_TYPE], file.kind);
        }
    }

    #[tokio::test]
    async fn a_browser_that_can_gets_the_gzipped_file() {
        let (_, headers, body) =
            ask(&address("console.css"), (ACCEPT_ENCODING, "gzip;q=1.0, br")).await;
        assert_eq!(headers[CONTENT_ENCODING], "gzip");
        assert_eq!(body[..2], [0x1f, 0x8b]);
    }

    #[tokio::test]
    async fn a_browser_that_has_the_file_is_told_so() {
        let tag = format!("\"{BUILD}\"");
        let (status, _, body) = ask(&address("console.js"), (IF_NONE_MATCH, &tag)).await;
        assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    }

    #[tokio::test]
    async fn another_builds_address_is_answered_but_not_kept() {
        let (status, headers, _) = ask("/assets/older/console.css", (ACCEPT_ENCODING, "br")).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(headers[CACHE_CONTROL], "no-cache");
        let (status, _, _) = ask("/assets/older/none.css", (ACCEPT_ENCODING, "br")).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }

    /// Rule 1 of the console: less than 150 kB compressed on the first load, charts included.
    #[test]
    fn a_first_load_stays_light() {
        let loaded = [
            "console.css",
            "console.js",
            "htmx.js",
            "uplot.js",
            "icons.svg",
            "inter.woff2",
        ];
        let bytes: usize = FILES
            .iter()
            .filter(|file| loaded.contains(&file.name))
            .map(|file| file.gzip.len().min(file.plain.len()))
            .sum();
        assert!(
            bytes < 120_000,
            "{bytes} bytes leave too little for the page itself"
        );
    }
}
