//! What a client sends in `Authorization`, and how a server checks it.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq as _;

use crate::MAX_HEADER_BYTES;
use crate::digest::{Algorithm, Ha1, Parts, Qop, response};
use crate::lexer::{Item, Lexer, text};

/// Base64 of devices: the padding may be missing, the last bits may be dirt.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The credentials of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authorization {
    /// Name and password in clear.
    Basic(Basic),
    /// Proof that the client knows the password.
    Digest(Box<DigestResponse>),
}

/// Why an `Authorization` value cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAuthorization {
    /// Longer than [`MAX_HEADER_BYTES`].
    #[error("the Authorization header is longer than {MAX_HEADER_BYTES} bytes")]
    TooLong,
    /// Neither Basic nor Digest.
    #[error("the authentication scheme is neither Basic nor Digest")]
    Scheme,
    /// Not base64, or no colon in it.
    #[error("the Basic credentials are not base64 of name:password")]
    Basic,
    /// A Digest field is missing.
    #[error("the Digest answer has no {0}")]
    Missing(&'static str),
    /// A Digest field appears twice, so that two readers could disagree on it.
    #[error("the Digest answer has {0} twice")]
    Twice(&'static str),
    /// A Digest field has a value that was not offered.
    #[error("the Digest answer uses an unsupported {0}")]
    Unsupported(&'static str),
}

impl Authorization {
    /// Reads a header value leniently; see [`BadAuthorization`] for what is refused.
    pub fn parse(value: &[u8]) -> Result<Self, BadAuthorization> {
        if value.len() > MAX_HEADER_BYTES {
            return Err(BadAuthorization::TooLong);
        }
        let value = value.trim_ascii();
        let end = value
            .iter()
            .position(u8::is_ascii_whitespace)
            .unwrap_or(value.len());
        let (scheme, rest) = value.split_at(end);
        if scheme.eq_ignore_ascii_case(b"basic") {
            return Basic::parse(rest.trim_ascii()).map(Self::Basic);
        }
        if scheme.eq_ignore_ascii_case(b"digest") {
            return DigestResponse::parse(rest).map(|digest| Self::Digest(Box::new(digest)));
        }
        Err(BadAuthorization::Scheme)
    }
}

/// The credentials of RFC 7617.
#[derive(Clone, PartialEq, Eq)]
pub struct Basic {
    /// Everything before the first colon.
    pub username: String,
    /// Everything after it.
    pub password: String,
}

impl Basic {
    fn parse(encoded: &[u8]) -> Result<Self, BadAuthorization> {
        let decoded = LENIENT
            .decode(encoded)
            .map_err(|_| BadAuthorization::Basic)?;
        let (username, password) = text(&decoded)
            .split_once(':')
            .map(|(username, password)| (username.to_owned(), password.to_owned()))
            .ok_or(BadAuthorization::Basic)?;
        Ok(Self { username, password })
    }

    /// Compares in constant time with the expected pair.
    #[must_use]
    pub fn matches(&self, username: &str, password: &str) -> bool {
        let name = self.username.as_bytes().ct_eq(username.as_bytes());
        let word = self.password.as_bytes().ct_eq(password.as_bytes());
        (name & word).into()
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basic")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// What a server knows of the user.
#[derive(Clone, Copy)]
pub enum Secret<'a> {
    /// The password in clear.
    Password(&'a str),
    /// The stored hash; it serves MD5 and MD5-sess alike.
    Ha1(Ha1),
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A Digest answer as it was sent (RFC 7616 3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestResponse {
    /// The user.
    pub username: String,
    /// The realm that the client believes to be in.
    pub realm: String,
    /// Judge it with [`crate::check_nonce`].
    pub nonce: String,
    /// The uri that the client signed. Some CPEs sign an absolute URI, or a path that differs from
    /// the request line; it is for the caller to say how far it may differ.
    pub uri: String,
    /// Which A1; MD5 when the client names none.
    pub algorithm: Algorithm,
    /// With client nonce and counter, or without.
    pub qop: Qop,
    /// The counter as it was sent, eight hex digits if the client is right; empty without qop.
    pub nc: String,
    /// The client nonce; empty without qop, unless the algorithm is MD5-sess.
    pub cnonce: String,
    response: String,
}

impl DigestResponse {
    fn parse(value: &[u8]) -> Result<Self, BadAuthorization> {
        let mut fields = Fields::collect(value)?;
        let algorithm = match fields.take("algorithm") {
            Some(name) => {
                Algorithm::parse(&name).ok_or(BadAuthorization::Unsupported("algorithm"))?
            }
            None => Algorithm::Md5,
        };
        let qop = match fields.take("qop") {
            Some(qop) if qop.eq_ignore_ascii_case("auth") => Qop::Auth,
            Some(qop) if !qop.is_empty() => return Err(BadAuthorization::Unsupported("qop")),
            _ => Qop::None,
        };
        let (nc, cnonce) = match (qop, algorithm) {
            (Qop::Auth, _) => (fields.need("nc")?, fields.need("cnonce")?),
            (Qop::None, Algorithm::Md5Sess) => (String::new(), fields.need("cnonce")?),
            (Qop::None, Algorithm::Md5) => (String::new(), String::new()),
        };
        Ok(Self {
            username: fields.need("username")?,
            realm: fields.need("realm")?,
            nonce: fields.need("nonce")?,
            uri: fields.need("uri")?,
            response: fields.need("response")?.to_ascii_lowercase(),
            algorithm,
            qop,
            nc,
            cnonce,
        })
    }

    /// Whether the answer proves knowledge of `secret` for `realm` and `method`; in constant time.
    ///
    /// It says nothing about the age of the nonce nor about the uri, see [`Self::path`].
    #[must_use]
    pub fn verify(&self, realm: &str, method: &str, secret: Secret<'_>) -> bool {
        let ha1 = match secret {
            Secret::Password(password) => Ha1::new(&self.username, realm, password),
            Secret::Ha1(ha1) => ha1,
        };
        let expected = response(
            ha1,
            &Parts {
                algorithm: self.algorithm,
                qop: self.qop,
                method,
                uri: &self.uri,
                nonce: &self.nonce,
                nc: &self.nc,
                cnonce: &self.cnonce,
            },
        );
        self.realm == realm && bool::from(expected.ct_eq(self.response.as_bytes()))
    }

    /// Path and query of the signed uri, without the scheme and host that some clients sign too.
    #[must_use]
    pub fn path(&self) -> &str {
        let Some((_, after_scheme)) = self.uri.split_once("://") else {
            return &self.uri;
        };
        after_scheme
            .find('/')
            .and_then(|slash| after_scheme.get(slash..))
            .unwrap_or("/")
    }
}

/// The fields that a server reads, each at most once.
struct Fields(Vec<(&'static str, String)>);

impl Fields {
    const KNOWN: [&'static str; 9] = [
        "username",
        "realm",
        "nonce",
        "uri",
        "response",
        "algorithm",
        "qop",
        "nc",
        "cnonce",
    ];

    fn collect(value: &[u8]) -> Result<Self, BadAuthorization> {
        let mut fields = Vec::with_capacity(Self::KNOWN.len());
        for item in Lexer::new(value) {
            let Item::Pair(name, value) = item else {
                continue;
            };
            let Some(known) = Self::KNOWN.into_iter().find(|known| *known == name) else {
                continue;
            };
            if fields.iter().any(|(seen, _)| *seen == known) {
                return Err(BadAuthorization::Twice(known));
            }
            fields.push((known, value));
        }
        Ok(Self(fields))
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let position = self.0.iter().position(|(each, _)| *each == name)?;
        Some(self.0.swap_remove(position).1)
    }

    fn need(&mut self, name: &'static str) -> Result<String, BadAuthorization> {
        self.take(name).ok_or(BadAuthorization::Missing(name))
    }
}
