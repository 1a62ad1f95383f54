//! Nonces that need no memory: issue time, salt and a MAC over both.
//!
//! There is no table of seen `nc` values, so whoever overhears a Digest can repeat exactly that
//! request (same method, same uri) until its nonce expires. Keep the lifetime short, minutes at
//! most, and use TLS where repeating a request would do harm.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

/// Issue time (4 bytes), salt (8 bytes), MAC (12 bytes), in base64url: 32 characters, because
/// devices exist that keep no more of a nonce.
const HEAD_BYTES: usize = 12;
const NONCE_BYTES: usize = 24;
/// A nonce from the future is accepted this far, for nodes whose clocks differ.
const SKEW_SECONDS: i64 = 60;

/// What a nonce in an answer is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freshness {
    /// Ours and young enough.
    Fresh,
    /// Ours but expired: challenge again with `stale=true`, so that the client does not ask its
    /// user again.
    Stale,
    /// Not ours.
    Forged,
}

/// Makes a nonce at `now` (Unix seconds).
///
/// `mac` is a keyed hash of 32 bytes, such as keyed BLAKE3 or HMAC-SHA-256; it may mix in more,
/// such as the client's address. `salt` keeps two nonces of one second apart.
pub fn issue_nonce(now: i64, salt: [u8; 8], mac: impl Fn(&[u8]) -> [u8; 32]) -> String {
    // Seconds until the year 2106; the check subtracts in the same width.
    let [_, _, _, _, issued @ ..] = now.to_be_bytes();
    let mut nonce = Vec::with_capacity(NONCE_BYTES);
    nonce.extend(issued);
    nonce.extend(salt);
    nonce.extend(tag(&nonce, mac));
    URL_SAFE_NO_PAD.encode(nonce)
}

/// Judges a nonce at `now` (Unix seconds); `mac` as it was in [`issue_nonce`].
pub fn check_nonce(
    nonce: &str,
    now: i64,
    lifetime_seconds: i64,
    mac: impl Fn(&[u8]) -> [u8; 32],
) -> Freshness {
    let bytes = URL_SAFE_NO_PAD.decode(nonce).unwrap_or_default();
    let Some((head, sent)) = bytes.split_at_checked(HEAD_BYTES) else {
        return Freshness::Forged;
    };
    if !bool::from(tag(head, mac).as_slice().ct_eq(sent)) {
        return Freshness::Forged;
    }
    let Some((issued, _)) = head.split_first_chunk() else {
        return Freshness::Forged;
    };
    let age = now.saturating_sub(i64::from(u32::from_be_bytes(*issued)));
    if (-SKEW_SECONDS..=lifetime_seconds).contains(&age) {
        Freshness::Fresh
    } else {
        Freshness::Stale
    }
}

fn tag(head: &[u8], mac: impl Fn(&[u8]) -> [u8; 32]) -> [u8; NONCE_BYTES - HEAD_BYTES] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, ..] = mac(head);
    [a, b, c, d, e, f, g, h, i, j, k, l]
}
