//! One connection: its handshake, its requests, its end.

use std::convert::Infallible;
use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use http::Request;
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use metrics::Gauge;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower_service::Service;

use crate::ConnectionSettings;
use crate::patient::Patient;
use crate::pulse::{Felt, Patience, Pulse, now};
use crate::{ConnectionMemory, Peer, signals};

/// What one connection may buffer, beyond which it waits for its reader or its handler.
const BUFFER_BYTES: usize = 64 * 1024;

/// What all connections of a listener have in common.
pub(crate) struct Shared {
    pub name: &'static str,
    pub until: CancellationToken,
    router: Router,
    http: http1::Builder,
    patience: Patience,
    body_silence: Duration,
    open: Gauge,
}

impl Shared {
    pub(crate) fn new(
        name: &'static str,
        router: Router,
        settings: &ConnectionSettings,
        until: CancellationToken,
    ) -> Self {
        let mut http = http1::Builder::new();
        http.max_header_size(settings.max_header_bytes)
            .max_buf_size(BUFFER_BYTES.max(settings.max_header_bytes))
            // The pulse measures this, and more.
            .header_read_timeout(None);
        Self {
            name,
            until,
            router,
            http,
            patience: Patience {
                head: Duration::from_secs(settings.header_seconds),
                silence: Duration::from_secs(settings.keep_alive_seconds),
            },
            body_silence: Duration::from_secs(settings.body_silence_seconds),
            open: metrics::gauge!(signals::CONNECTIONS, "listener" => name),
        }
    }

    pub(crate) fn dropped(&self, reason: &'static str) {
        metrics::counter!(signals::DROPPED, "listener" => self.name, "reason" => reason)
            .increment(1);
    }
}

/// Counts a connection for as long as it lives, also when its task panics.
struct Open<'a>(&'a Gauge);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.decrement(1);
    }
}

pub(crate) async fn run(shared: &Shared, stream: TcpStream, peer: Peer, tls: Option<TlsAcceptor>) {
    shared.open.increment(1);
    let open = Open(&shared.open);
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(error = %error, "a connection kept its delay");
    }
    match tls {
        None => drive(shared, stream, peer).await,
        Some(acceptor) => match shake_hands(shared, stream, &acceptor).await {
            Ok(stream) => drive(shared, stream, peer).await,
            Err(error) => {
                shared.dropped("handshake");
                tracing::debug!(
                    listener.name = shared.name,
                    peer.address = %peer.address,
                    error = %error,
                    "a TLS handshake failed: {error}"
                );
            }
        },
    }
    drop(open);
}

async fn shake_hands(
    shared: &Shared,
    stream: TcpStream,
    acceptor: &TlsAcceptor,
) -> io::Result<tokio_rustls::server::TlsStream<TcpStream>> {
    tokio::time::timeout(shared.patience.head, acceptor.accept(stream)).await?
}

async fn drive<S>(shared: &Shared, stream: S, peer: Peer)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let pulse = Pulse::new();
    let io = TokioIo::new(Felt {
        stream,
        pulse: Arc::clone(&pulse),
    });
    let memory = ConnectionMemory::default();
    let service = service_fn(|request| answer(shared, &pulse, request, (peer, &memory)));
    let mut connection = pin!(shared.http.serve_connection(io, service));
    let mut timer = pin!(tokio::time::sleep(shared.patience.head));
    let mut stopping = false;
    loop {
        tokio::select! {
            biased;
            ended = connection.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(peer.address = %peer.address, error = %error, "a connection broke");
                }
                return;
            }
            () = timer.as_mut() => match pulse.deadline(shared.patience) {
                Some(deadline) if deadline <= now() => {
                    shared.dropped("slow");
                    return;
                }
                Some(deadline) => timer.as_mut().reset(deadline),
                None => timer.as_mut().reset(now() + shared.patience.head),
            },
            () = shared.until.cancelled(), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

async fn answer(
    shared: &Shared,
    pulse: &Pulse,
    mut request: Request<Incoming>,
    (peer, memory): (Peer, &ConnectionMemory),
) -> Result<Response, Infallible> {
    pulse.handler_began();
    request.extensions_mut().insert(peer);
    request.extensions_mut().insert(memory.clone());
    let silence = shared.body_silence;
    let request = request.map(|body| match body.is_end_stream() {
        true => Body::empty(),
        false => Body::new(Patient::new(body, silence)),
    });
    let answered = shared.router.clone().call(request).await;
    pulse.handler_ended();
    answered
}
