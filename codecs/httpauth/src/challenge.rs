//! The values of `WWW-Authenticate` that a server sends.

use std::fmt::Write as _;

use crate::digest::{Algorithm, Qop};
use crate::lexer::quote;

/// `Basic` with a realm (RFC 7617 2).
#[must_use]
pub fn basic_challenge(realm: &str) -> String {
    format!("Basic realm={}", quote(realm))
}

/// A Digest challenge (RFC 7616 3.3); one header value each, when several are offered.
#[derive(Debug, Clone, Copy)]
pub struct DigestOffer<'a> {
    /// The realm; part of what the client hashes.
    pub realm: &'a str,
    /// From [`crate::issue_nonce`].
    pub nonce: &'a str,
    /// Which A1.
    pub algorithm: Algorithm,
    /// Whether `qop="auth"` is offered; a client may still answer without.
    pub qop: Qop,
    /// The credentials may be right, only the nonce has expired.
    pub stale: bool,
}

impl DigestOffer<'_> {
    /// The header value.
    ///
    /// MD5 is named too, though it is the default: some clients insist on seeing it.
    #[must_use]
    pub fn to_header(self) -> String {
        let mut header = format!(
            "Digest realm={}, nonce={}",
            quote(self.realm),
            quote(self.nonce)
        );
        let written = write!(header, ", algorithm={}", self.algorithm.name());
        debug_assert!(written.is_ok(), "writing to a String does not fail");
        if self.qop == Qop::Auth {
            header.push_str(", qop=\"auth\"");
        }
        if self.stale {
            header.push_str(", stale=true");
        }
        header
    }
}
