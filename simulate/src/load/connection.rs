//! One keep-alive connection that runs session after session.

use std::time::Duration;

use regia_clock::Chance;
use regia_httpauth::{Challenge, DigestChallenge, DigestRequest, basic_answer, parse_challenges};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::answer::{self, Answer};
use super::inform::Inform;
use super::{Failure, Login, Target};

/// A session that takes longer has failed.
const SESSION_TIMEOUT: Duration = Duration::from_secs(30);
const INBOX_BYTES: usize = 16 * 1024;

/// The connection, its cookie and its memory of a Digest challenge.
#[derive(Debug)]
pub(super) struct Connection<'a> {
    target: &'a Target,
    login: &'a Login,
    stream: Option<TcpStream>,
    outbox: Vec<u8>,
    inbox: Vec<u8>,
    cookie: Vec<u8>,
    basic: String,
    digest: Option<Digest>,
    chance: Chance,
}

#[derive(Debug)]
struct Digest {
    challenge: DigestChallenge,
    counter: u32,
    cnonce: String,
}

impl<'a> Connection<'a> {
    pub(super) fn new(target: &'a Target, login: &'a Login, chance: Chance) -> Self {
        let basic = match login {
            Login::Basic { username, password } => basic_answer(username, password),
            Login::None | Login::Digest { .. } => String::new(),
        };
        Self {
            target,
            login,
            stream: None,
            outbox: Vec::with_capacity(8 * 1024),
            inbox: Vec::with_capacity(INBOX_BYTES),
            cookie: Vec::new(),
            basic,
            digest: None,
            chance,
        }
    }

    /// Inform, InformResponse, empty POST, 204. After a failure the next session connects anew.
    pub(super) async fn session(&mut self, inform: &Inform) -> Result<(), Failure> {
        let ended = tokio::time::timeout(SESSION_TIMEOUT, self.run(inform.body()))
            .await
            .unwrap_or(Err(Failure::Timeout));
        if ended.is_err() {
            self.stream = None;
        }
        ended
    }

    async fn run(&mut self, inform: &[u8]) -> Result<(), Failure> {
        self.cookie.clear();
        self.exchange(inform, 200, b"InformResponse").await?;
        self.exchange(b"", 204, b"").await
    }

    /// One request and its expected answer; a challenge is answered once.
    async fn exchange(&mut self, body: &[u8], status: u16, needle: &[u8]) -> Result<(), Failure> {
        for attempt in 0..2 {
            self.compose(body);
            self.send().await?;
            let answer = self.receive().await?;
            if answer.status == 401 && attempt == 0 {
                let values: Vec<Vec<u8>> = answer.challenges.iter().map(|v| v.to_vec()).collect();
                let closes = answer.closes;
                self.remember(&values)?;
                self.finish(closes);
                continue;
            }
            if answer.status != status {
                return Err(match answer.status {
                    401 => Failure::Unauthorized,
                    503 => Failure::Busy,
                    _ => Failure::Status,
                });
            }
            if !needle.is_empty() && !answer.body.windows(needle.len()).any(|w| w == needle) {
                return Err(Failure::Content);
            }
            let (cookie, closes) = (answer.cookie.map(<[u8]>::to_vec), answer.closes);
            if let Some(cookie) = cookie {
                self.cookie = cookie;
            }
            self.finish(closes);
            return Ok(());
        }
        Err(Failure::Unauthorized)
    }

    fn finish(&mut self, closes: bool) {
        self.inbox.clear();
        if closes {
            self.stream = None;
        }
    }

    /// An empty POST carries neither Content-Type nor SOAPAction (TR-069 3.4.1).
    fn compose(&mut self, body: &[u8]) {
        let authorization = self.authorization();
        let out = &mut self.outbox;
        out.clear();
        out.extend_from_slice(self.target.head.as_bytes());
        if !authorization.is_empty() {
            out.extend_from_slice(b"Authorization: ");
            out.extend_from_slice(authorization.as_bytes());
            out.extend_from_slice(b"\r\n");
        } else if !self.basic.is_empty() {
            out.extend_from_slice(b"Authorization: ");
            out.extend_from_slice(self.basic.as_bytes());
            out.extend_from_slice(b"\r\n");
        }
        if !self.cookie.is_empty() {
            out.extend_from_slice(b"Cookie: ");
            out.extend_from_slice(&self.cookie);
            out.extend_from_slice(b"\r\n");
        }
        if !body.is_empty() {
            out.extend_from_slice(b"Content-Type: text/xml; charset=\"utf-8\"\r\nSOAPAction: \r\n");
        }
        out.extend_from_slice(b"Content-Length: ");
        out.extend_from_slice(body.len().to_string().as_bytes());
        out.extend_from_slice(b"\r\n\r\n");
        out.extend_from_slice(body);
    }

    /// The Digest answer for the next request, empty without a challenge.
    fn authorization(&mut self) -> String {
        let (Some(digest), Login::Digest { username, password }) = (&mut self.digest, self.login)
        else {
            return String::new();
        };
        digest.counter += 1;
        let request = DigestRequest {
            method: "POST",
            uri: &self.target.path,
            username,
            password,
        };
        digest
            .challenge
            .answer(&request, digest.counter, &digest.cnonce)
    }

    fn remember(&mut self, values: &[Vec<u8>]) -> Result<(), Failure> {
        if !matches!(self.login, Login::Digest { .. }) {
            return Err(Failure::Unauthorized);
        }
        let challenge = parse_challenges(values.iter().map(Vec::as_slice))
            .into_iter()
            .find_map(|challenge| match challenge {
                Challenge::Digest(digest) => Some(digest),
                Challenge::Basic { .. } => None,
            })
            .ok_or(Failure::Unauthorized)?;
        self.digest = Some(Digest {
            challenge,
            counter: 0,
            cnonce: self.chance.secret(16),
        });
        Ok(())
    }

    async fn send(&mut self) -> Result<(), Failure> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.target.connect().await?,
        };
        stream
            .write_all(&self.outbox)
            .await
            .map_err(|_| Failure::Broken)?;
        self.stream = Some(stream);
        Ok(())
    }

    async fn receive(&mut self) -> Result<Answer<'_>, Failure> {
        let stream = self.stream.as_mut().ok_or(Failure::Broken)?;
        self.inbox.clear();
        while answer::parse(&self.inbox)?.is_none() {
            if self.inbox.len() >= INBOX_BYTES {
                return Err(Failure::Framing);
            }
            let read = stream
                .read_buf(&mut self.inbox)
                .await
                .map_err(|_| Failure::Broken)?;
            if read == 0 {
                return Err(Failure::Broken);
            }
        }
        answer::parse(&self.inbox)?.ok_or(Failure::Framing)
    }
}
