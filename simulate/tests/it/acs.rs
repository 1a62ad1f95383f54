//! A tiny ACS for tests: each request goes to a function, its answer goes back.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use regia_lifecycle::Lifecycle;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A request as it came.
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    /// Which connection it came over, from 0.
    pub(crate) connection: usize,
}

impl Seen {
    /// A header's value, empty when it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// An answer; no body means no Content-Type.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
    /// The answer waits for this.
    pub(crate) hold: Option<oneshot::Receiver<()>>,
}

impl Reply {
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Vec::new(),
            hold: None,
        }
    }

    pub(crate) fn body(body: impl Into<Vec<u8>>) -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
            hold: None,
        }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

type Script = Arc<Mutex<dyn FnMut(&Seen) -> Reply + Send>>;

/// Serves until the test's runtime ends.
pub(crate) async fn start(script: impl FnMut(&Seen) -> Reply + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let script: Script = Arc::new(Mutex::new(script));
    let lifecycle = Lifecycle::new();
    let connections = lifecycle.clone();
    lifecycle.spawn("acs", async move {
        for connection in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let script = Arc::clone(&script);
            let serve = service_fn(move |request| answer(Arc::clone(&script), connection, request));
            connections.spawn("acs connection", async move {
                // A CPE may hang up whenever it likes.
                drop(
                    http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), serve)
                        .await,
                );
            });
        }
    });
    address
}

async fn answer(
    script: Script,
    connection: usize,
    request: http::Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body
        .collect()
        .await
        .map(|body| body.to_bytes())
        .unwrap_or_default();
    let seen = Seen {
        method: head.method.to_string(),
        target: head.uri.to_string(),
        headers: head.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
        connection,
    };
    let reply = (script.lock().unwrap())(&seen);
    if let Some(hold) = reply.hold {
        hold.await.unwrap();
    }
    let mut response = Response::builder().status(reply.status);
    for (name, value) in reply.headers {
        response = response.header(name, value);
    }
    Ok(response.body(Full::new(reply.body.into())).unwrap())
}
