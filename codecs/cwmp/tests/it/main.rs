//! Every message in both directions, what devices really send, and what nobody should send.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says so when it skips"
)]

mod captures;
mod corpus;
mod every_message;
mod fragment;
mod lenient;
mod redact;
mod refused;
mod round_trip;
mod schema;
mod target;

use std::path::PathBuf;

use regia_cwmp::{CpeMessage, Dialect, Envelope, Inform, Limits, ParseError, parse_cpe};

/// A folder of the shared data beside the checkout, or `None` (said aloud) where it is absent.
fn shared_data(folder: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: {} is absent", path.display());
    None
}

/// What a CPE sent, with the default limits.
fn parse(body: impl AsRef<[u8]>) -> Result<Envelope<CpeMessage>, ParseError> {
    parse_cpe(body.as_ref(), &Limits::default())
}

/// An envelope with this in its body.
fn envelope(body: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xmlns:c=\"urn:dslforum-org:cwmp-1-0\"><s:Header><c:ID>1</c:ID></s:Header>\
         <s:Body>{body}</s:Body></s:Envelope>"
    )
}

/// An Inform with this besides the device's identity.
fn inform(rest: &str) -> String {
    envelope(&format!(
        "<c:Inform><DeviceId><OUI>00D09E</OUI><SerialNumber>S1</SerialNumber></DeviceId>\
         {rest}</c:Inform>"
    ))
}

fn parse_inform(body: impl AsRef<[u8]>) -> Inform {
    match parse(body).unwrap().message {
        CpeMessage::Inform(inform) => *inform,
        other => panic!("expected an Inform, got {other:?}"),
    }
}

/// Spellings seen in the field, and some that are only allowed.
fn dialects() -> Vec<Dialect> {
    [
        "SOAP-ENV SOAP-ENC cwmp xsi xsd http://www.w3.org/1999/XMLSchema-instance \
         http://www.w3.org/1999/XMLSchema urn:dslforum-org:cwmp-1-0",
        "soapenv soapenc cwmp xsi xsd http://www.w3.org/2001/XMLSchema-instance \
         http://www.w3.org/2001/XMLSchema urn:dslforum-org:cwmp-1-4",
        "S _e c-1 i.2 d http://www.w3.org/2001/XMLSchema-instance \
         http://www.w3.org/2001/XMLSchema urn:dslforum-org:cwmp-9-9?a&b",
    ]
    .into_iter()
    .map(|text| Dialect::from_text(text).unwrap())
    .chain((0..5).map(Dialect::cwmp))
    .collect()
}
