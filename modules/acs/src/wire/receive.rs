//! From an HTTP request to a message: bounded, decompressed, in UTF-8.

use std::io::Read as _;
use std::time::Duration;

use axum::body::HttpBody as _;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use flate2::read::{GzDecoder, ZlibDecoder};
use http_body_util::LengthLimitError;
use regia_cwmp::{CpeMessage, Dialect, Envelope, Limits, ParseError, read_dialect};

/// Why a request's body is no message.
#[derive(Debug)]
pub enum Refused {
    /// An HTTP status says it all; the word goes to log and metric.
    Status(StatusCode, &'static str),
    /// The body is not CWMP; how its sender spells, as far as that can be seen.
    Parse(ParseError, Option<Box<Dialect>>),
}

/// Reads a body; absent when it is empty.
///
/// # Errors
/// When it is too large, cut off, takes longer than `arrival`, or is in an encoding we do not speak.
pub async fn body(
    headers: &HeaderMap,
    body: Body,
    limit: usize,
    arrival: Duration,
) -> Result<Option<Bytes>, Refused> {
    let announced = body.size_hint().lower();
    if announced > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(Refused::Status(StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    }
    let bytes = match tokio::time::timeout(arrival, to_bytes(body, limit)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(error)) if is_too_large(&error) => {
            return Err(Refused::Status(StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
        }
        Ok(Err(_)) => return Err(Refused::Status(StatusCode::BAD_REQUEST, "cut_off")),
        Err(_) => return Err(Refused::Status(StatusCode::REQUEST_TIMEOUT, "slow_body")),
    };
    if bytes.is_empty() {
        return Ok(None);
    }
    let encoding = headers
        .get(CONTENT_ENCODING)
        .map(|value| value.as_bytes().trim_ascii());
    match encoding {
        None | Some(b"" | b"identity") => Ok(Some(bytes)),
        Some(b"gzip" | b"x-gzip") => inflate(GzDecoder::new(bytes.as_ref()), limit).map(Some),
        Some(b"deflate") => inflate(ZlibDecoder::new(bytes.as_ref()), limit).map(Some),
        Some(_) => Err(Refused::Status(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "encoding",
        )),
    }
}

/// Whether a body was refused for its length; else its sender broke off.
fn is_too_large(error: &axum::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.is::<LengthLimitError>() {
            return true;
        }
        source = error.source();
    }
    false
}

/// Decompresses at most `limit` bytes: a small body may hold gigabytes.
fn inflate(reader: impl std::io::Read, limit: usize) -> Result<Bytes, Refused> {
    let mut bytes = Vec::new();
    let bound = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    reader
        .take(bound)
        .read_to_end(&mut bytes)
        .map_err(|_| Refused::Status(StatusCode::BAD_REQUEST, "damaged_encoding"))?;
    if bytes.len() > limit {
        return Err(Refused::Status(StatusCode::PAYLOAD_TOO_LARGE, "too_large"));
    }
    Ok(bytes.into())
}

/// Reads the message in a body.
///
/// # Errors
/// When the body is not CWMP.
pub fn message(headers: &HeaderMap, body: &[u8]) -> Result<Envelope<CpeMessage>, Refused> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let text = regia_cwmp::decode(body, content_type)
        .map_err(|error| Refused::Parse(error, spelled(body)))?;
    regia_cwmp::parse_cpe(&text, &Limits::default())
        .map_err(|error| Refused::Parse(error, spelled(&text)))
}

fn spelled(body: &[u8]) -> Option<Box<Dialect>> {
    read_dialect(body).map(Box::new)
}

/// A body as text; absent when its charset is not known.
#[must_use]
pub fn text(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let text = regia_cwmp::decode(body, content_type).ok()?;
    String::from_utf8(text.into_owned()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};
    use std::io::Write as _;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    async fn read(encoding: Option<&'static str>, bytes: Vec<u8>) -> Result<usize, u16> {
        let mut headers = HeaderMap::new();
        if let Some(encoding) = encoding {
            headers.insert(CONTENT_ENCODING, encoding.parse().unwrap());
        }
        let arrival = Duration::from_secs(10);
        match body(&headers, Body::from(bytes), 10_000, arrival).await {
            Ok(bytes) => Ok(bytes.map_or(0, |bytes| bytes.len())),
            Err(Refused::Status(status, _)) => Err(status.as_u16()),
            Err(Refused::Parse(error, _)) => panic!("{error}"),
        }
    }

    #[tokio::test]
    async fn a_body_is_bounded_before_and_after_decompression() {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(b"<x/>").unwrap();
        let bomb = gzip(&vec![b' '; 50_000_000]);
        assert!(bomb.len() > 10_000 && gzip(&vec![b' '; 5_000_000]).len() < 10_000);
        let cases = [
            (None, vec![], Ok(0)),
            (None, b"<x/>".to_vec(), Ok(4)),
            (None, vec![b' '; 10_001], Err(413)),
            (Some("gzip"), gzip(b"<x/>"), Ok(4)),
            (Some("deflate"), zlib.finish().unwrap(), Ok(4)),
            (Some("gzip"), gzip(&vec![b' '; 5_000_000]), Err(413)),
            (Some("gzip"), bomb, Err(413)),
            (Some("gzip"), b"<x/>".to_vec(), Err(400)),
            (Some("br"), b"<x/>".to_vec(), Err(415)),
        ];
        for (encoding, bytes, expected) in cases {
            assert_eq!(read(encoding, bytes).await, expected, "{encoding:?}");
        }
    }
}
