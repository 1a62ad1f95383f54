//! The client's side: reading `WWW-Authenticate` and answering it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::MAX_HEADER_BYTES;
use crate::digest::{Algorithm, Ha1, Parts, Qop, response};
use crate::lexer::{Item, Lexer, quote, text};

/// A challenge that this client can answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    /// Asks for name and password in clear.
    Basic {
        /// The realm; nothing depends on it.
        realm: String,
    },
    /// Asks for a proof.
    Digest(DigestChallenge),
}

/// A Digest challenge with MD5 or MD5-sess (RFC 7616 3.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestChallenge {
    /// The realm; part of what is hashed.
    pub realm: String,
    /// The server's nonce.
    pub nonce: String,
    /// To be sent back unchanged.
    pub opaque: Option<String>,
    /// Which A1.
    pub algorithm: Algorithm,
    /// Whether the server offers `qop=auth`.
    pub qop: Qop,
    /// The credentials were right, only the nonce had expired.
    pub stale: bool,
}

/// What is asked of the server, and by whom.
#[derive(Clone, Copy)]
pub struct DigestRequest<'a> {
    /// The method in capitals.
    pub method: &'a str,
    /// The request target: path and query.
    pub uri: &'a str,
    /// The user.
    pub username: &'a str,
    /// The password.
    pub password: &'a str,
}

impl std::fmt::Debug for DigestRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DigestRequest")
            .field("method", &self.method)
            .field("uri", &self.uri)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// The value of `Authorization` for Basic (RFC 7617 2).
#[must_use]
pub fn basic_answer(username: &str, password: &str) -> String {
    let mut header = String::from("Basic ");
    STANDARD.encode_string(format!("{username}:{password}"), &mut header);
    header
}

/// The challenges of all `WWW-Authenticate` values that this client can answer, the best first:
/// Digest before Basic, otherwise in the server's order.
///
/// What cannot be answered (other schemes, SHA-256, `auth-int` alone, overlong values) is left out.
pub fn parse_challenges<'a>(values: impl IntoIterator<Item = &'a [u8]>) -> Vec<Challenge> {
    let mut challenges: Vec<Challenge> = values
        .into_iter()
        .filter(|value| value.len() <= MAX_HEADER_BYTES)
        .flat_map(split)
        .filter_map(Draft::finish)
        .collect();
    challenges.sort_by_key(|challenge| matches!(challenge, Challenge::Basic { .. }));
    challenges
}

/// A scheme and its pairs.
struct Draft {
    scheme: String,
    pairs: Vec<(String, String)>,
}

fn split(value: &[u8]) -> Vec<Draft> {
    let mut drafts: Vec<Draft> = Vec::new();
    for item in Lexer::new(value) {
        match item {
            Item::Word(scheme) => drafts.push(Draft {
                scheme,
                pairs: Vec::new(),
            }),
            Item::Pair(name, value) => {
                if let Some(draft) = drafts.last_mut() {
                    draft.pairs.push((name, value));
                }
            }
        }
    }
    drafts
}

impl Draft {
    fn take(&mut self, name: &str) -> Option<String> {
        let position = self.pairs.iter().position(|(each, _)| each == name)?;
        Some(self.pairs.swap_remove(position).1)
    }

    fn finish(mut self) -> Option<Challenge> {
        if self.scheme.eq_ignore_ascii_case("basic") {
            return Some(Challenge::Basic {
                realm: self.take("realm").unwrap_or_default(),
            });
        }
        if !self.scheme.eq_ignore_ascii_case("digest") {
            return None;
        }
        let algorithm = match self.take("algorithm") {
            Some(name) => Algorithm::parse(&name)?,
            None => Algorithm::Md5,
        };
        let qop = match self.take("qop") {
            Some(offered) if !offered.trim().is_empty() => offered
                .split(',')
                .any(|each| each.trim().eq_ignore_ascii_case("auth"))
                .then_some(Qop::Auth)?,
            _ => Qop::None,
        };
        Some(Challenge::Digest(DigestChallenge {
            realm: self.take("realm")?,
            nonce: self.take("nonce")?,
            opaque: self.take("opaque"),
            stale: self
                .take("stale")
                .is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            algorithm,
            qop,
        }))
    }
}

impl DigestChallenge {
    /// The value of `Authorization`.
    ///
    /// `nc` counts the requests under this nonce from 1. `cnonce` must stay the same while the
    /// nonce does: MD5-sess hashes the first one for the whole session (RFC 2617 3.2.2.2).
    #[must_use]
    pub fn answer(&self, request: &DigestRequest<'_>, nc: u32, cnonce: &str) -> String {
        let nc = format!("{nc:08x}");
        let digits = response(
            Ha1::new(request.username, &self.realm, request.password),
            &Parts {
                algorithm: self.algorithm,
                qop: self.qop,
                method: request.method,
                uri: request.uri,
                nonce: &self.nonce,
                nc: &nc,
                cnonce,
            },
        );
        let mut header = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{}\", algorithm={}",
            quote(request.username),
            quote(&self.realm),
            quote(&self.nonce),
            quote(request.uri),
            text(&digits),
            self.algorithm.name(),
        );
        if self.qop == Qop::Auth {
            header.push_str(", qop=auth, nc=");
            header.push_str(&nc);
        }
        if self.qop == Qop::Auth || self.algorithm == Algorithm::Md5Sess {
            header.push_str(", cnonce=");
            header.push_str(&quote(cnonce));
        }
        if let Some(opaque) = &self.opaque {
            header.push_str(", opaque=");
            header.push_str(&quote(opaque));
        }
        header
    }
}
