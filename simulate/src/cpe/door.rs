//! Where connection requests arrive (TR-069 3.2.2): one listener for all CPEs of a fleet, a path
//! that cannot be guessed for each.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONTENT_LENGTH, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use regia_clock::{Chance, Clock};
use regia_httpauth::{
    Algorithm, Authorization, DigestOffer, Freshness, Qop, Secret, check_nonce, issue_nonce,
};
use regia_lifecycle::Lifecycle;
use tokio::net::TcpListener;
use tokio::sync::Notify;

use crate::statistics::Statistics;

const REALM: &str = "cpe";
const NONCE_SECONDS: i64 = 60;
/// After a connection that could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// The bell of one CPE.
#[derive(Debug, Default)]
pub(crate) struct Door {
    busy: AtomicBool,
    bell: Notify,
    login: Mutex<(String, String)>,
}

impl Door {
    /// Waits until a connection request was accepted.
    pub(super) async fn knock(&self) {
        self.bell.notified().await;
    }

    /// While a session runs, connection requests are answered with 503.
    pub(super) fn set_busy(&self, busy: bool) {
        self.busy.store(busy, Ordering::Release);
    }

    pub(super) fn set_login(&self, username: String, password: String) {
        *self.login.lock().unwrap_or_else(PoisonError::into_inner) = (username, password);
    }

    fn login(&self) -> (String, String) {
        self.login
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Listens for connection requests.
#[derive(Debug)]
pub(crate) struct Listener {
    listener: TcpListener,
    address: SocketAddr,
    desk: Arc<Desk>,
}

/// What the answers need.
#[derive(Debug)]
struct Desk {
    doors: RwLock<HashMap<String, Arc<Door>>>,
    key: [u8; 32],
    clock: Clock,
    chance: Chance,
    statistics: Arc<Statistics>,
}

impl Listener {
    pub(crate) async fn bind(
        address: SocketAddr,
        clock: Clock,
        chance: Chance,
        statistics: Arc<Statistics>,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let desk = Desk {
            doors: RwLock::default(),
            key: chance.bytes(),
            clock,
            chance,
            statistics,
        };
        Ok(Self {
            listener,
            address,
            desk: Arc::new(desk),
        })
    }

    /// Where it listens, with the port that it got.
    pub(crate) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// A door for one more CPE, and its path.
    pub(crate) fn open_door(&self) -> (Arc<Door>, String) {
        let (door, path) = (
            Arc::new(Door::default()),
            format!("/{}", self.desk.chance.secret(16)),
        );
        let mut doors = self
            .desk
            .doors
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        doors.insert(path.clone(), Arc::clone(&door));
        (door, path)
    }

    /// Answers until the lifecycle stops.
    pub(crate) async fn serve(self, lifecycle: Lifecycle) {
        let stopping = lifecycle.stopping();
        loop {
            let accepted = tokio::select! {
                () = stopping.cancelled() => return,
                accepted = self.listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else {
                // Out of file descriptors, most likely; other tasks may free some.
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            };
            let (desk, stopping) = (Arc::clone(&self.desk), stopping.clone());
            lifecycle.spawn("simulate.connection_request", async move {
                let service = service_fn(move |request| {
                    let answer = desk.answer(&request);
                    async move { Ok::<_, Infallible>(answer) }
                });
                let mut server = http1::Builder::new();
                server.timer(TokioTimer::new());
                let connection = server.serve_connection(TokioIo::new(stream), service);
                // Whatever the caller does with its connection is no concern of the CPE.
                tokio::select! {
                    () = stopping.cancelled() => {}
                    ended = connection => drop(ended),
                }
            });
        }
    }
}

impl Desk {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let doors = self.doors.read().unwrap_or_else(PoisonError::into_inner);
        let Some(door) = doors.get(request.uri().path()) else {
            return empty(StatusCode::NOT_FOUND);
        };
        if request.method() != Method::GET {
            return empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        match self.judge(request, door) {
            None => self.challenge(false),
            Some(Freshness::Forged | Freshness::Stale) => self.challenge(true),
            Some(Freshness::Fresh) if door.busy.load(Ordering::Acquire) => {
                empty(StatusCode::SERVICE_UNAVAILABLE)
            }
            Some(Freshness::Fresh) => {
                self.statistics.connection_requests.add();
                door.bell.notify_one();
                empty(StatusCode::OK)
            }
        }
    }

    /// The state of the nonce when the credentials are right, else `None`.
    fn judge(&self, request: &Request<Incoming>, door: &Door) -> Option<Freshness> {
        let (username, password) = door.login();
        let header = request.headers().get(AUTHORIZATION)?;
        match Authorization::parse(header.as_bytes()).ok()? {
            Authorization::Basic(basic) => basic
                .matches(&username, &password)
                .then_some(Freshness::Fresh),
            Authorization::Digest(digest) => {
                let right = digest.username == username
                    && digest.path() == request.uri().path()
                    && digest.verify(REALM, "GET", Secret::Password(&password));
                let now = self.clock.now().unix_timestamp();
                right.then(|| check_nonce(&digest.nonce, now, NONCE_SECONDS, self.mac()))
            }
        }
    }

    fn challenge(&self, stale: bool) -> Response<Full<Bytes>> {
        let now = self.clock.now().unix_timestamp();
        let nonce = issue_nonce(now, self.chance.bytes(), self.mac());
        let offer = DigestOffer {
            realm: REALM,
            nonce: &nonce,
            algorithm: Algorithm::Md5,
            qop: Qop::Auth,
            stale,
        };
        let mut response = empty(StatusCode::UNAUTHORIZED);
        if let Ok(value) = offer.to_header().try_into() {
            response.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
        response
    }

    fn mac(&self) -> impl Fn(&[u8]) -> [u8; 32] {
        |message| blake3::keyed_hash(&self.key, message).into()
    }
}

fn empty(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_LENGTH, 0.into());
    response
}
