//! HTTP Basic and Digest authentication, both sides (RFC 7617, RFC 2617, RFC 7616; TR-069 3.4.4).
//!
//! Pure: time, key and randomness are arguments. Digest means MD5 and MD5-sess, with `qop=auth` or
//! without qop, which is what CPEs and connection requests use.

mod authorization;
mod challenge;
mod client;
mod digest;
mod lexer;
mod nonce;

pub use authorization::{Authorization, BadAuthorization, Basic, DigestResponse, Secret};
pub use challenge::{DigestOffer, basic_challenge};
pub use client::{Challenge, DigestChallenge, DigestRequest, basic_answer, parse_challenges};
pub use digest::{Algorithm, Ha1, Qop};
pub use nonce::{Freshness, check_nonce, issue_nonce};

/// The longest header value that is looked at; the largest honest one stays under 1 KiB.
pub const MAX_HEADER_BYTES: usize = 4096;
