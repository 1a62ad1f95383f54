//! Nonces that need no memory: issue time, salt and a MAC over both.
//!
//! There is no table of seen `nc` values, so whoever overhears a Digest can repeat exactly that
//! request (same method, same uri) until its nonce expires. Keep the lifetime short, minutes at
//! most, and use TLS where repeating a request would do harm.

use subtle::ConstantTimeEq;

/// Issue time (8 bytes), salt (8 bytes), MAC (16 bytes), in hex.
const NONCE_DIGITS: usize = 64;
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
    let head = (u128::from(now.cast_unsigned()) << 64) | u128::from(u64::from_be_bytes(salt));
    format!("{head:032x}{:032x}", tag(head, mac))
}

/// Judges a nonce at `now` (Unix seconds); `mac` as it was in [`issue_nonce`].
pub fn check_nonce(
    nonce: &str,
    now: i64,
    lifetime_seconds: i64,
    mac: impl Fn(&[u8]) -> [u8; 32],
) -> Freshness {
    let halves = (nonce.len() == NONCE_DIGITS).then(|| nonce.split_at_checked(NONCE_DIGITS / 2));
    let Some((head, sent)) = halves.flatten().and_then(|(head, tag)| {
        Some((
            u128::from_str_radix(head, 16).ok()?,
            u128::from_str_radix(tag, 16).ok()?,
        ))
    }) else {
        return Freshness::Forged;
    };
    if !bool::from(tag(head, mac).ct_eq(&sent)) {
        return Freshness::Forged;
    }
    let [issued @ .., _, _, _, _, _, _, _, _] = head.to_be_bytes();
    let age = now.saturating_sub(i64::from_be_bytes(issued));
    if (-SKEW_SECONDS..=lifetime_seconds).contains(&age) {
        Freshness::Fresh
    } else {
        Freshness::Stale
    }
}

fn tag(head: u128, mac: impl Fn(&[u8]) -> [u8; 32]) -> u128 {
    let [left @ .., _, _, _, _, _, _, _, _, _, _, _, _, _, _, _, _] = mac(&head.to_be_bytes());
    u128::from_be_bytes(left)
}
