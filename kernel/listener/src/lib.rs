//! Listeners: plain and TLS at once, limits on connections, and an end that finishes what runs.

mod connection;
mod memory;
mod patient;
mod peer;
mod places;
mod pulse;
mod signals;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use regia_lifecycle::Lifecycle;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use memory::ConnectionMemory;
pub use peer::Peer;
pub use signals::describe_metrics;
pub use tls::TlsOptions;

use connection::Shared;
use places::Places;

/// Connections that the kernel holds until they are accepted; it cuts this to its own limit.
const BACKLOG: u32 = 4_096;

/// How long accepting rests after it failed, as when the process has no file descriptor left.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Limits on the connections of one listener.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConnectionSettings {
    /// Connections at once; more wait to be accepted.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub max_connections: u32,
    /// Connections at once from one address; more are closed at once. 0 is no limit: behind a proxy
    /// or an operator's address translation, a whole fleet has one address.
    #[schemars(range(max = 1_000_000))]
    pub max_per_address: u32,
    /// How long the head of a request, or a TLS handshake, may take from its first byte.
    #[schemars(range(min = 1, max = 600))]
    pub header_seconds: u64,
    /// How long the sender of a body may be silent.
    #[schemars(range(min = 1, max = 600))]
    pub body_silence_seconds: u64,
    /// How long a connection may be silent between two requests, and a reader of an answer may
    /// take nothing.
    #[schemars(range(min = 1, max = 3600))]
    pub keep_alive_seconds: u64,
    /// The largest head of a request.
    #[schemars(range(min = 1024, max = 65536))]
    pub max_header_bytes: usize,
}

impl Default for ConnectionSettings {
    fn default() -> Self {
        Self {
            max_connections: 10_000,
            max_per_address: 0,
            header_seconds: 15,
            body_silence_seconds: 30,
            keep_alive_seconds: 75,
            max_header_bytes: 16 * 1024,
        }
    }
}

/// What to bind.
#[derive(Debug, Clone, Default)]
pub struct ListenOptions {
    /// Without TLS.
    pub plain: Option<SocketAddr>,
    /// With TLS.
    pub tls: Option<TlsOptions>,
    /// For both together.
    pub connections: ConnectionSettings,
}

/// Why nothing listens.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ListenError {
    /// The address is taken, not ours, or not allowed.
    #[error("cannot listen on {address}")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// The operating system's reason.
        source: io::Error,
    },
    /// A file cannot be used.
    #[error("cannot use {} as {what}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// The reason.
        source: rustls::pki_types::pem::Error,
    },
    /// The certificate and the key do not make a server.
    #[error("the certificate and the key do not fit")]
    Tls(#[from] rustls::Error),
    /// TLS has an address and nothing to show.
    #[error(
        "`{section}.tls_listen` is set; `{section}.tls_certificate` and `{section}.tls_key` are needed too"
    )]
    NoCertificate {
        /// The section of the settings.
        section: &'static str,
    },
}

/// The addresses that are bound; a port that was asked for as 0 is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// Without TLS.
    pub plain: Option<SocketAddr>,
    /// With TLS.
    pub tls: Option<SocketAddr>,
}

/// Bound sockets; nothing is accepted before [`Listener::serve`].
#[expect(missing_debug_implementations, reason = "a TLS acceptor has none")]
pub struct Listener {
    plain: Option<TcpListener>,
    tls: Option<(TcpListener, TlsAcceptor)>,
    connections: ConnectionSettings,
}

impl Listener {
    /// Binds. Must be called inside a tokio runtime.
    ///
    /// # Errors
    /// An address that cannot be bound, a certificate that cannot be used.
    pub fn bind(options: &ListenOptions) -> Result<Self, ListenError> {
        let plain = options.plain.map(bind).transpose()?;
        let tls = match &options.tls {
            Some(tls) => Some((bind(tls.address)?, tls::acceptor(tls)?)),
            None => None,
        };
        Ok(Self {
            plain,
            tls,
            connections: options.connections.clone(),
        })
    }

    /// What is bound.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        let address = |socket: &TcpListener| socket.local_addr().ok();
        Addresses {
            plain: self.plain.as_ref().and_then(address),
            tls: self.tls.as_ref().and_then(|(socket, _)| address(socket)),
        }
    }

    /// Accepts connections until `until` is cancelled; then answers what was asked, closes what is
    /// silent, and ends. A stop of the lifecycle waits for that.
    ///
    /// `until` is [`Lifecycle::stopping`] where requests stand alone. Who has conversations of
    /// several requests cancels it when the last of them is over.
    pub fn serve(
        self,
        name: &'static str,
        router: Router,
        lifecycle: &Lifecycle,
        until: &CancellationToken,
    ) {
        let limit = usize::try_from(self.connections.max_connections).unwrap_or(usize::MAX);
        let places = Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS)));
        let shares = Places::new(self.connections.max_per_address);
        let shared = Arc::new(Shared::new(name, router, &self.connections, until.clone()));
        let sockets = self
            .plain
            .map(|socket| (socket, None))
            .into_iter()
            .chain(self.tls.map(|(socket, acceptor)| (socket, Some(acceptor))));
        for (socket, tls) in sockets {
            let gate = Gate {
                socket,
                tls,
                places: Arc::clone(&places),
                shares: shares.clone(),
                shared: Arc::clone(&shared),
            };
            lifecycle.spawn(name, gate.accept_all());
        }
    }
}

fn bind(address: SocketAddr) -> Result<TcpListener, ListenError> {
    let open = || {
        let socket = if address.is_ipv4() {
            TcpSocket::new_v4()
        } else {
            TcpSocket::new_v6()
        }?;
        // A restart need not wait for the connections of the last run to be forgotten.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    open().map_err(|source| ListenError::Bind { address, source })
}

/// One socket on which connections arrive.
struct Gate {
    socket: TcpListener,
    tls: Option<TlsAcceptor>,
    places: Arc<Semaphore>,
    shares: Places,
    shared: Arc<Shared>,
}

impl Gate {
    async fn accept_all(self) {
        let running = TaskTracker::new();
        let until = self.shared.until.clone();
        while let Some(Some((place, stream, peer))) = until.run_until_cancelled(self.accept()).await
        {
            let Some(share) = self.shares.take(peer.address.ip()) else {
                self.shared.dropped("address");
                tracing::debug!(
                    listener.name = self.shared.name,
                    peer.address = %peer.address,
                    "a connection was closed: its address has too many"
                );
                continue;
            };
            let (shared, tls) = (Arc::clone(&self.shared), self.tls.clone());
            running.spawn(async move {
                connection::run(&shared, stream, peer, tls).await;
                drop((place, share));
            });
        }
        drop(self.socket);
        running.close();
        running.wait().await;
    }

    async fn accept(&self) -> Option<(OwnedSemaphorePermit, TcpStream, Peer)> {
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        loop {
            match self.socket.accept().await {
                Ok((stream, address)) => {
                    let peer = Peer {
                        address,
                        tls: self.tls.is_some(),
                    };
                    return Some((place, stream, peer));
                }
                Err(error) => {
                    tracing::warn!(
                        listener.name = self.shared.name,
                        error = %error,
                        "a connection could not be accepted: {error}"
                    );
                    self.shared.dropped("accept");
                    tokio::time::sleep(ACCEPT_REST).await;
                }
            }
        }
    }
}
