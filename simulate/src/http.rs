//! A CPE's HTTP client: one connection at a time, cookies, redirects, Basic and Digest.

use std::pin::Pin;
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use http::header::{
    AUTHORIZATION, CONNECTION, COOKIE, HOST, HeaderMap, HeaderName, HeaderValue, LOCATION,
    SET_COOKIE, WWW_AUTHENTICATE,
};
use http::{Method, Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use regia_clock::Chance;
use regia_httpauth::{Challenge, DigestRequest, basic_answer, parse_challenges};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::url::{BadUrl, HttpUrl};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an answer may be on its way, and each piece of its body.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// The largest answer that is kept in memory; files are not.
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// TR-069 3.4.2.
const MAX_REDIRECTS: usize = 5;

/// Name and password for a server.
#[derive(Clone, Default)]
pub(crate) struct Credentials {
    pub(crate) username: String,
    pub(crate) password: String,
    /// Sends Basic unasked.
    pub(crate) preemptive: bool,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    #[error("the server cannot be reached")]
    Connect(#[source] std::io::Error),
    #[error("the connection broke")]
    Broken(#[source] hyper::Error),
    #[error("the server did not answer in time")]
    Timeout,
    #[error("the answer is too large")]
    TooLarge,
    #[error("the server redirects too often")]
    Redirects,
    #[error("the server redirects to nowhere")]
    BadRedirect(#[source] BadUrl),
    #[error("the request cannot be written")]
    Request(#[source] http::Error),
}

/// An answer with its body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// The headers and body of a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Content {
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
}

/// Talks to one URL; redirects move it.
#[derive(Debug)]
pub(crate) struct Client {
    url: HttpUrl,
    credentials: Credentials,
    cookies: Vec<(String, String)>,
    authorization: Authorization,
    connection: Option<Connection>,
    chance: Chance,
}

/// What the server asked for, so that it need not ask at every request.
#[derive(Debug)]
enum Authorization {
    None,
    Basic,
    Digest {
        challenge: regia_httpauth::DigestChallenge,
        counter: u32,
        cnonce: String,
    },
}

impl Client {
    pub(crate) fn new(url: HttpUrl, credentials: Credentials, chance: Chance) -> Self {
        let authorization = match credentials.preemptive {
            true => Authorization::Basic,
            false => Authorization::None,
        };
        Self {
            url,
            credentials,
            cookies: Vec::new(),
            authorization,
            connection: None,
            chance,
        }
    }

    /// Forgets the session that the cookies stand for.
    pub(crate) fn lose_cookies(&mut self) {
        self.cookies.clear();
    }

    /// One request and its whole answer, whatever its status.
    pub(crate) async fn send(
        &mut self,
        method: &Method,
        content: &Content,
    ) -> Result<Answer, HttpError> {
        let response = self.exchange(method, content).await?;
        let (head, body) = response.into_parts();
        let mut bytes = Vec::new();
        self.read(body, |piece| {
            bytes.extend_from_slice(piece);
            bytes.len() <= MAX_BODY_BYTES
        })
        .await?;
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: bytes.into(),
        })
    }

    /// Fetches a file piece by piece into `take`; the status says whether it was one.
    pub(crate) async fn fetch(&mut self, mut take: impl FnMut(&[u8])) -> Result<u16, HttpError> {
        let response = self.exchange(&Method::GET, &Content::default()).await?;
        let (head, body) = response.into_parts();
        let wanted = head.status.is_success();
        self.read(body, |piece| {
            if wanted {
                take(piece);
            }
            true
        })
        .await?;
        Ok(head.status.as_u16())
    }

    /// Follows redirects and answers one challenge.
    async fn exchange(
        &mut self,
        method: &Method,
        content: &Content,
    ) -> Result<Response<Incoming>, HttpError> {
        let mut challenged = false;
        for _ in 0..=MAX_REDIRECTS + 1 {
            let response = self.once(method, content).await?;
            self.keep_cookies(response.headers());
            match response.status().as_u16() {
                401 if !challenged && self.understand(response.headers()) => challenged = true,
                302 | 307 => self.follow(response.headers())?,
                _ => return Ok(response),
            }
            self.read(response.into_body(), |_| true).await?;
        }
        Err(HttpError::Redirects)
    }

    /// One request over the open connection, or over a new one if that was closed meanwhile.
    async fn once(
        &mut self,
        method: &Method,
        content: &Content,
    ) -> Result<Response<Incoming>, HttpError> {
        loop {
            let request = self.request(method, content)?;
            let (mut connection, reused) = match self.connection.take() {
                Some(open) if !open.sender.is_closed() => (open, true),
                _ => (Connection::open(&self.url).await?, false),
            };
            let sent = connection.sender.send_request(request);
            match timeout(ANSWER_TIMEOUT, drive(&mut connection.driver, sent)).await {
                Err(_) => return Err(HttpError::Timeout),
                Ok(Err(error)) if reused && error.is_canceled() => {}
                Ok(Err(error)) => return Err(HttpError::Broken(error)),
                Ok(Ok(response)) => {
                    self.connection = Some(connection);
                    return Ok(response);
                }
            }
        }
    }

    fn request(
        &mut self,
        method: &Method,
        content: &Content,
    ) -> Result<Request<Full<Bytes>>, HttpError> {
        let mut request = Request::builder()
            .method(method)
            .uri(self.url.target())
            .header(HOST, self.url.authority());
        for (name, value) in &content.headers {
            request = request.header(name, value);
        }
        if let Some(authorization) = self.authorize(method) {
            request = request.header(AUTHORIZATION, authorization);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(COOKIE, cookies.join("; "));
        }
        request
            .body(Full::new(content.body.clone()))
            .map_err(HttpError::Request)
    }

    fn authorize(&mut self, method: &Method) -> Option<String> {
        let Credentials {
            username, password, ..
        } = &self.credentials;
        match &mut self.authorization {
            Authorization::None => None,
            Authorization::Basic => Some(basic_answer(username, password)),
            Authorization::Digest {
                challenge,
                counter,
                cnonce,
            } => {
                *counter += 1;
                let uri = self.url.target();
                let request = DigestRequest {
                    method: method.as_str(),
                    uri,
                    username,
                    password,
                };
                Some(challenge.answer(&request, *counter, cnonce))
            }
        }
    }

    /// Whether the challenge can be answered.
    fn understand(&mut self, headers: &HeaderMap) -> bool {
        if self.credentials.username.is_empty() && self.credentials.password.is_empty() {
            return false;
        }
        let values = headers
            .get_all(WWW_AUTHENTICATE)
            .into_iter()
            .map(HeaderValue::as_bytes);
        let best = parse_challenges(values).into_iter().next();
        let refused = matches!(self.authorization, Authorization::Basic);
        self.authorization = match best {
            None => return false,
            Some(Challenge::Basic { .. }) if refused => return false,
            Some(Challenge::Basic { .. }) => Authorization::Basic,
            Some(Challenge::Digest(challenge)) => Authorization::Digest {
                challenge,
                counter: 0,
                cnonce: self.chance.secret(16),
            },
        };
        true
    }

    fn follow(&mut self, headers: &HeaderMap) -> Result<(), HttpError> {
        let location = headers
            .get(LOCATION)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("");
        let url = self.url.follow(location).map_err(HttpError::BadRedirect)?;
        if url.authority() != self.url.authority() {
            self.connection = None;
            self.cookies.clear();
            self.authorization = match self.credentials.preemptive {
                true => Authorization::Basic,
                false => Authorization::None,
            };
        }
        self.url = url;
        Ok(())
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for value in headers.get_all(SET_COOKIE) {
            let pair = value
                .to_str()
                .ok()
                .and_then(|text| text.split(';').next()?.split_once('='));
            let Some((name, value)) = pair else { continue };
            self.cookies.retain(|(kept, _)| kept != name.trim());
            self.cookies
                .push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }

    /// Reads a body to its end; `take` returns false to give up.
    async fn read(
        &mut self,
        mut body: Incoming,
        mut take: impl FnMut(&[u8]) -> bool,
    ) -> Result<(), HttpError> {
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        loop {
            let piece = timeout(ANSWER_TIMEOUT, drive(&mut connection.driver, body.frame()))
                .await
                .map_err(|_| HttpError::Timeout)?;
            let Some(piece) = piece else { return Ok(()) };
            let piece = piece.map_err(HttpError::Broken)?;
            if piece.data_ref().is_some_and(|data| !take(data)) {
                self.connection = None;
                return Err(HttpError::TooLarge);
            }
        }
    }
}

/// A connection and the work that keeps it going. Dropping it closes the socket.
struct Connection {
    sender: SendRequest<Full<Bytes>>,
    driver: Driver,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// `None` once the connection is over.
type Driver = Option<Pin<Box<dyn Future<Output = hyper::Result<()>> + Send>>>;

impl Connection {
    async fn open(url: &HttpUrl) -> Result<Self, HttpError> {
        let stream = timeout(
            CONNECT_TIMEOUT,
            TcpStream::connect((url.host(), url.port())),
        )
        .await
        .map_err(|_| HttpError::Timeout)?
        .map_err(HttpError::Connect)?;
        stream.set_nodelay(true).map_err(HttpError::Connect)?;
        let (sender, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(HttpError::Broken)?;
        Ok(Self {
            sender,
            driver: Some(Box::pin(connection)),
        })
    }
}

/// Waits for `wanted` while the connection works.
async fn drive<T>(driver: &mut Driver, wanted: impl Future<Output = T>) -> T {
    let mut wanted = std::pin::pin!(wanted);
    std::future::poll_fn(|context| {
        if driver
            .as_mut()
            .is_some_and(|driver| driver.as_mut().poll(context).is_ready())
        {
            *driver = None;
        }
        match wanted.as_mut().poll(context) {
            Poll::Ready(value) => Poll::Ready(value),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// For a server whose answer ends the conversation.
pub(crate) fn close() -> (HeaderName, HeaderValue) {
    (CONNECTION, HeaderValue::from_static("close"))
}
