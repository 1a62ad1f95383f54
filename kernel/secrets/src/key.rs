//! A key for one purpose: keyed hashes and sealed bytes.

use std::fmt;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use regia_clock::Chance;

/// First byte of sealed bytes; another layout takes another number.
const VERSION: u8 = 1;
const KEY_ID_BYTES: usize = 4;
const NONCE_BYTES: usize = 24;

/// Sealed bytes that no listed key opens: another key, another context, or changed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed bytes open with none of the listed keys")]
pub struct CannotOpen;

/// A key derived for one purpose, with its predecessors from before a rotation of the secret key.
#[derive(Clone)]
pub struct Key {
    current: Derived,
    old: Vec<Derived>,
}

#[derive(Clone)]
pub(crate) struct Derived {
    id: [u8; KEY_ID_BYTES],
    hashing: [u8; 32],
    sealing: XChaCha20Poly1305,
}

impl Derived {
    pub(crate) fn new(secret: &[u8; 32], purpose: &str) -> Self {
        let derive = |use_: &str| blake3::derive_key(&format!("regia {purpose} {use_}"), secret);
        let [a, b, c, d, ..] = derive("id");
        Self {
            id: [a, b, c, d],
            hashing: derive("hashing"),
            sealing: XChaCha20Poly1305::new(&derive("sealing").into()),
        }
    }

    fn hash(&self, parts: &[&[u8]]) -> blake3::Hash {
        let mut hasher = blake3::Hasher::new_keyed(&self.hashing);
        for part in parts {
            // The length first, so that ("ab", "c") and ("a", "bc") differ.
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part);
        }
        hasher.finalize()
    }
}

impl Key {
    pub(crate) fn new(current: Derived, old: Vec<Derived>) -> Self {
        Self { current, old }
    }

    fn all(&self) -> impl Iterator<Item = &Derived> {
        std::iter::once(&self.current).chain(&self.old)
    }

    /// Keyed hash of the parts (BLAKE3, each part prefixed with its length), by the current key.
    #[must_use]
    pub fn mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        *self.current.hash(parts).as_bytes()
    }

    /// The same hash by every listed key, the current one first: for looking up what was stored
    /// before a rotation.
    #[must_use]
    pub fn macs(&self, parts: &[&[u8]]) -> Vec<[u8; 32]> {
        self.all().map(|key| *key.hash(parts).as_bytes()).collect()
    }

    /// Whether any listed key made this hash; takes the same time for every wrong hash.
    #[must_use]
    pub fn verify(&self, parts: &[&[u8]], mac: &[u8; 32]) -> bool {
        let mac = blake3::Hash::from_bytes(*mac);
        self.all()
            .fold(false, |found, key| (key.hash(parts) == mac) | found)
    }

    /// Seals `plain` by the current key; it opens only with the same `context` (such as table,
    /// column and row), so that sealed bytes cannot be moved elsewhere.
    ///
    /// The result is 45 bytes longer: version, key id (4), nonce (24), tag (16); XChaCha20-Poly1305,
    /// whose nonce is long enough to be drawn by chance without counting.
    #[must_use]
    pub fn seal(&self, plain: &[u8], context: &[u8], chance: &Chance) -> Vec<u8> {
        let nonce = chance.bytes::<NONCE_BYTES>();
        let payload = Payload {
            msg: plain,
            aad: context,
        };
        let mut sealed = vec![VERSION];
        sealed.extend(self.current.id);
        sealed.extend(nonce);
        // Sealing fails only past 256 GiB; an empty body then never opens.
        sealed.extend(
            self.current
                .sealing
                .encrypt(&nonce.into(), payload)
                .unwrap_or_default(),
        );
        sealed
    }

    /// Opens what [`Key::seal`] of this or an older key made.
    ///
    /// # Errors
    /// [`CannotOpen`] for anything else.
    pub fn open(&self, sealed: &[u8], context: &[u8]) -> Result<Vec<u8>, CannotOpen> {
        let (&[VERSION], rest) = sealed.split_first_chunk::<1>().ok_or(CannotOpen)? else {
            return Err(CannotOpen);
        };
        let (id, rest) = rest.split_first_chunk::<KEY_ID_BYTES>().ok_or(CannotOpen)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(CannotOpen)?;
        let nonce: XNonce = (*nonce).into();
        self.all()
            .filter(|key| key.id == *id)
            .find_map(|key| {
                key.sealing
                    .decrypt(
                        &nonce,
                        Payload {
                            msg: body,
                            aad: context,
                        },
                    )
                    .ok()
            })
            .ok_or(CannotOpen)
    }

    /// Whether these sealed bytes were made by the current key; if not, sealing them anew lets the
    /// old key go.
    #[must_use]
    pub fn is_current(&self, sealed: &[u8]) -> bool {
        sealed
            .strip_prefix(&[VERSION])
            .is_some_and(|rest| rest.starts_with(&self.current.id))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key([secret])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(current: u8, old: &[u8]) -> Key {
        let derived = |byte| Derived::new(&[byte; 32], "test");
        Key::new(derived(current), old.iter().copied().map(derived).collect())
    }

    #[test]
    fn sealed_bytes_survive_a_rotation_and_nothing_else() {
        let chance = Chance::seeded(1);
        let sealed = key(1, &[]).seal(b"wifi password", b"row 7", &chance);
        assert_eq!(sealed.len(), b"wifi password".len() + 45);
        for (opener, context, opens) in [
            (key(1, &[]), &b"row 7"[..], true),
            (key(2, &[9, 1]), b"row 7", true),
            (key(2, &[]), b"row 7", false),
            (key(1, &[]), b"row 8", false),
        ] {
            let opened = opener.open(&sealed, context);
            assert_eq!(opened.is_ok_and(|plain| plain == b"wifi password"), opens);
        }
        assert!(key(1, &[2]).is_current(&sealed));
        assert!(!key(2, &[1]).is_current(&sealed));
    }

    #[test]
    fn changed_or_cut_bytes_do_not_open() {
        let key = key(1, &[]);
        let sealed = key.seal(b"text", b"", &Chance::seeded(2));
        for index in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[index] ^= 1;
            assert_eq!(key.open(&changed, b""), Err(CannotOpen), "byte {index}");
            assert_eq!(
                key.open(&sealed[..index], b""),
                Err(CannotOpen),
                "cut at {index}"
            );
        }
    }

    #[test]
    fn a_hash_depends_on_key_purpose_and_the_borders_of_its_parts() {
        let made = key(1, &[]).mac(&[b"ab", b"c"]);
        assert!(key(1, &[]).verify(&[b"ab", b"c"], &made));
        assert!(key(2, &[1]).verify(&[b"ab", b"c"], &made));
        assert!(!key(2, &[]).verify(&[b"ab", b"c"], &made));
        assert!(!key(1, &[]).verify(&[b"a", b"bc"], &made));
        assert_eq!(key(2, &[1]).macs(&[b"ab", b"c"])[1], made);
        let other = Key::new(Derived::new(&[1; 32], "other"), vec![]);
        assert_ne!(other.mac(&[b"ab", b"c"]), made);
        assert!(!format!("{other:?}").contains('1'));
    }
}
