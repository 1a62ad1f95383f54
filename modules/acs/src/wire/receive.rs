//! From an HTTP request to a message: bounded, decompressed, in UTF-8.

use std::io::Read as _;

use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use flate2::read::{GzDecoder, ZlibDecoder};
use regia_cwmp::{CpeMessage, Envelope, Limits, ParseError};

/// Why a request's body is no message.
#[derive(Debug)]
pub enum Refused {
    /// An HTTP status says it all; the word goes to log and metric.
    Status(StatusCode, &'static str),
    /// The body is not CWMP.
    Parse(ParseError),
}

/// Reads a body; absent when it is empty.
///
/// # Errors
/// When it is too large, cut off, or in an encoding we do not speak.
pub async fn body(headers: &HeaderMap, body: Body, limit: usize) -> Result<Option<Bytes>, Refused> {
    let bytes = to_bytes(body, limit)
        .await
        .map_err(|_| Refused::Status(StatusCode::PAYLOAD_TOO_LARGE, "too_large"))?;
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
    let text = regia_cwmp::decode(body, content_type).map_err(Refused::Parse)?;
    regia_cwmp::parse_cpe(&text, &Limits::default()).map_err(Refused::Parse)
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
        match body(&headers, Body::from(bytes), 10_000).await {
            Ok(bytes) => Ok(bytes.map_or(0, |bytes| bytes.len())),
            Err(Refused::Status(status, _)) => Err(status.as_u16()),
            Err(Refused::Parse(error)) => panic!("{error}"),
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
