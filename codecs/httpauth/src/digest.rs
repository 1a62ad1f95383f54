//! The Digest arithmetic of RFC 2617 3.2.2 and RFC 7616 3.4, for MD5.

use std::fmt;

use md5::{Digest as _, Md5};

/// How A1 is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// A1 = username:realm:password.
    Md5,
    /// A1 = H(username:realm:password):nonce:cnonce.
    Md5Sess,
}

impl Algorithm {
    /// The name on the wire.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Md5Sess => "MD5-sess",
        }
    }

    pub(crate) fn parse(name: &str) -> Option<Self> {
        [Self::Md5, Self::Md5Sess]
            .into_iter()
            .find(|each| each.name().eq_ignore_ascii_case(name))
    }
}

/// Whether the answer is protected by a client nonce and a counter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Qop {
    /// As RFC 2069 did it: no quality of protection is named.
    None,
    /// `qop=auth`.
    Auth,
}

/// H(username:realm:password): all that a server needs to keep to check a Digest.
///
/// It is as good as the password for this realm, so its Debug is blank.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Ha1([u8; 16]);

impl Ha1 {
    /// Computes it.
    #[must_use]
    pub fn new(username: &str, realm: &str, password: &str) -> Self {
        Self(hash(&[
            username.as_bytes(),
            realm.as_bytes(),
            password.as_bytes(),
        ]))
    }

    /// Restores a stored one.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes to store.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0
    }
}

impl fmt::Debug for Ha1 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ha1(..)")
    }
}

/// Everything but A1 that goes into a response. `nc` and `cnonce` are hashed as they were sent.
pub(crate) struct Parts<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) qop: Qop,
    pub(crate) method: &'a str,
    pub(crate) uri: &'a str,
    pub(crate) nonce: &'a str,
    pub(crate) nc: &'a str,
    pub(crate) cnonce: &'a str,
}

/// The `response` value: 32 lower-case hex digits.
pub(crate) fn response(ha1: Ha1, parts: &Parts<'_>) -> [u8; 32] {
    let nonce = parts.nonce.as_bytes();
    let cnonce = parts.cnonce.as_bytes();
    let a1 = match parts.algorithm {
        Algorithm::Md5 => hex(ha1.0),
        Algorithm::Md5Sess => hex(hash(&[&hex(ha1.0), nonce, cnonce])),
    };
    let a2 = hex(hash(&[parts.method.as_bytes(), parts.uri.as_bytes()]));
    hex(match parts.qop {
        Qop::None => hash(&[&a1, nonce, &a2]),
        Qop::Auth => hash(&[&a1, nonce, parts.nc.as_bytes(), cnonce, b"auth", &a2]),
    })
}

/// MD5 over the parts joined by colons.
fn hash(parts: &[&[u8]]) -> [u8; 16] {
    let mut md5 = Md5::new();
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            md5.update(b":");
        }
        md5.update(part);
    }
    md5.finalize().into()
}

fn hex(bytes: [u8; 16]) -> [u8; 32] {
    const fn digit(nibble: u8) -> u8 {
        if nibble < 10 {
            b'0' + nibble
        } else {
            b'a' + nibble - 10
        }
    }
    let mut text = [0; 32];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    text
}
