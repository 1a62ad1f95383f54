//! The vectors of the RFCs, what devices really send, and both sides against each other.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod client;
mod nonce;
mod properties;
mod server;

use regia_httpauth::{Authorization, DigestResponse};

fn digest(header: &str) -> DigestResponse {
    match Authorization::parse(header.as_bytes()).unwrap() {
        Authorization::Digest(digest) => *digest,
        Authorization::Basic(basic) => panic!("expected Digest, got {basic:?}"),
    }
}
