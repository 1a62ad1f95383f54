//! Connections, one after the other and many at once.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use regia_lifecycle::Lifecycle;
use regia_listener::{
    ConnectionMemory, ConnectionSettings, ListenError, ListenOptions, Listener, Peer, TlsOptions,
};
use rustls::pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;

const SOON: Duration = Duration::from_secs(20);
const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
const ASK: &[u8] = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n";

fn options(connections: ConnectionSettings) -> ListenOptions {
    ListenOptions {
        plain: Some(ANY_PORT),
        tls: None,
        connections,
    }
}

/// Serves a page that says over what it was asked, on any port.
fn serve(connections: ConnectionSettings, lifecycle: &Lifecycle) -> SocketAddr {
    let router = Router::new().route("/", get(async |peer: Peer| format!("tls {}", peer.tls)));
    start(&options(connections), router, lifecycle).0.unwrap()
}

fn start(
    options: &ListenOptions,
    router: Router,
    lifecycle: &Lifecycle,
) -> (Option<SocketAddr>, Option<SocketAddr>) {
    let listener = Listener::bind(options).unwrap();
    let addresses = listener.addresses();
    listener.serve("test", router, lifecycle, &lifecycle.stopping());
    (addresses.plain, addresses.tls)
}

/// One answer with a body of known length.
async fn answer(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let read = async {
        loop {
            bytes.push(stream.read_u8().await.unwrap());
            let text = String::from_utf8_lossy(&bytes);
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() == length.map_or(0, |length| length.parse().unwrap()) {
                return text.into_owned();
            }
        }
    };
    tokio::time::timeout(SOON, read).await.unwrap()
}

async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> String {
    stream.write_all(ASK).await.unwrap();
    stream.flush().await.unwrap();
    answer(stream).await
}

/// Waits for the other end to close; what it still said.
async fn last_words(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(SOON, stream.read_to_end(&mut bytes)).await;
    // A reset is an end too.
    drop(read.expect("the connection stays open"));
    String::from_utf8(bytes).unwrap()
}

fn certificate(folder: &Path) -> (TlsOptions, CertificateDer<'static>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (
        TlsOptions {
            address: ANY_PORT,
            certificate,
            key,
        },
        made.cert.der().clone(),
    )
}

#[tokio::test]
async fn plain_and_tls_are_served_at_once_and_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, trusted) = certificate(folder.path());
    let options = ListenOptions {
        tls: Some(tls),
        ..options(ConnectionSettings::default())
    };
    let lifecycle = Lifecycle::new();
    let router = Router::new().route("/", get(async |peer: Peer| format!("tls {}", peer.tls)));
    let (plain, tls) = start(&options, router, &lifecycle);
    let mut stream = TcpStream::connect(plain.unwrap()).await.unwrap();
    for _ in 0..3 {
        assert!(ask(&mut stream).await.ends_with("tls false"));
    }
    let mut roots = rustls::RootCertStore::empty();
    roots.add(trusted).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(tls.unwrap()).await.unwrap();
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = connector.connect(name, stream).await.unwrap();
    for _ in 0..3 {
        assert!(ask(&mut stream).await.ends_with("tls true"));
    }
    drop(stream);
    let mut stream = TcpStream::connect(tls.unwrap()).await.unwrap();
    stream.write_all(ASK).await.unwrap();
    last_words(&mut stream).await;
    assert!(lifecycle.stop(SOON).await.clean());
}

#[tokio::test]
async fn a_stop_finishes_what_was_asked_and_closes_what_is_silent() {
    let lifecycle = Lifecycle::new();
    let (asked, may_answer) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (began, end) = (Arc::clone(&asked), Arc::clone(&may_answer));
    let router = Router::new().route(
        "/",
        get(async move || {
            began.notify_one();
            end.notified().await;
            "done"
        }),
    );
    let options = options(ConnectionSettings::default());
    let address = start(&options, router, &lifecycle).0.unwrap();
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut busy = TcpStream::connect(address).await.unwrap();
    busy.write_all(ASK).await.unwrap();
    asked.notified().await;
    lifecycle.begin_stop();
    assert_eq!(last_words(&mut silent).await, "");
    may_answer.notify_one();
    assert!(last_words(&mut busy).await.ends_with("done"));
    assert!(lifecycle.stop(SOON).await.clean());
    TcpStream::connect(address).await.unwrap_err();
}

#[tokio::test]
async fn a_conversation_may_go_on_after_the_stop_began() {
    let lifecycle = Lifecycle::new();
    let over = tokio_util::sync::CancellationToken::new();
    let listener = Listener::bind(&options(ConnectionSettings::default())).unwrap();
    let address = listener.addresses().plain.unwrap();
    let router = Router::new().route("/", get(async || "more"));
    listener.serve("test", router, &lifecycle, &over);
    let mut stream = TcpStream::connect(address).await.unwrap();
    ask(&mut stream).await;
    lifecycle.begin_stop();
    assert!(ask(&mut stream).await.ends_with("more"));
    let mut another = TcpStream::connect(address).await.unwrap();
    assert!(ask(&mut another).await.ends_with("more"));
    over.cancel();
    assert_eq!(last_words(&mut stream).await, "");
    assert!(lifecycle.stop(SOON).await.clean());
}

#[tokio::test]
async fn the_slow_and_the_silent_are_dropped() {
    let lifecycle = Lifecycle::new();
    let connections = ConnectionSettings {
        header_seconds: 1,
        keep_alive_seconds: 1,
        ..Default::default()
    };
    let address = serve(connections, &lifecycle);
    for (said, answered) in [(&b""[..], false), (b"GET / HT", false), (ASK, true)] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(said).await.unwrap();
        assert_eq!(
            last_words(&mut stream).await.ends_with("tls false"),
            answered
        );
    }
    assert!(lifecycle.stop(SOON).await.clean());
}

#[tokio::test]
async fn a_head_too_large_is_refused() {
    let lifecycle = Lifecycle::new();
    let connections = ConnectionSettings {
        max_header_bytes: 4096,
        ..Default::default()
    };
    let address = serve(connections, &lifecycle);
    let mut stream = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n",
        "x".repeat(5000)
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let said = last_words(&mut stream).await;
    assert!(said.starts_with("HTTP/1.1 431 "), "{said}");
}

#[tokio::test]
async fn connections_past_the_limit_wait_for_a_place() {
    let lifecycle = Lifecycle::new();
    let connections = ConnectionSettings {
        max_connections: 2,
        ..Default::default()
    };
    let address = serve(connections, &lifecycle);
    let mut first = TcpStream::connect(address).await.unwrap();
    let mut second = TcpStream::connect(address).await.unwrap();
    ask(&mut first).await;
    ask(&mut second).await;
    let mut third = TcpStream::connect(address).await.unwrap();
    third.write_all(ASK).await.unwrap();
    let early = tokio::time::timeout(Duration::ZERO, third.read_u8()).await;
    assert!(early.is_err(), "it has no place yet");
    drop(first);
    assert!(answer(&mut third).await.ends_with("tls false"));
}

#[tokio::test]
async fn an_address_has_its_share_of_connections() {
    let lifecycle = Lifecycle::new();
    let connections = ConnectionSettings {
        max_per_address: 1,
        ..Default::default()
    };
    let address = serve(connections, &lifecycle);
    let mut first = TcpStream::connect(address).await.unwrap();
    ask(&mut first).await;
    let mut second = TcpStream::connect(address).await.unwrap();
    assert_eq!(last_words(&mut second).await, "", "closed at once");
    assert!(
        ask(&mut first).await.ends_with("tls false"),
        "and nobody else"
    );
    drop(first);
    // The server hears of the end a moment later.
    loop {
        let mut again = TcpStream::connect(address).await.unwrap();
        let asked = again.write_all(ASK).await;
        if asked.is_ok() && !last_words_of_one(&mut again).await.is_empty() {
            return;
        }
    }
}

/// What comes until the first answer's head ends, or until the connection does.
async fn last_words_of_one(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    while let Ok(byte) = stream.read_u8().await {
        bytes.push(byte);
        if bytes.ends_with(b"\r\n\r\n") {
            break;
        }
    }
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_body_whose_sender_falls_silent_is_given_up() {
    let lifecycle = Lifecycle::new();
    let connections = ConnectionSettings {
        body_silence_seconds: 1,
        ..Default::default()
    };
    let read = async |body: axum::body::Body| {
        let read = axum::body::to_bytes(body, 1_000).await;
        read.map_or_else(
            |_| "cut".to_owned(),
            |bytes| format!("{} bytes", bytes.len()),
        )
    };
    let router = Router::new().route("/", axum::routing::post(read));
    let address = start(&options(connections), router, &lifecycle).0.unwrap();
    for (body, said) in [("0123456789", "10 bytes"), ("01234", "cut")] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n";
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body.as_bytes()).await.unwrap();
        let answer = answer(&mut stream).await;
        assert!(answer.ends_with(said), "{answer}");
    }
}

#[tokio::test]
async fn what_is_remembered_belongs_to_one_connection() {
    let lifecycle = Lifecycle::new();
    let count = async |axum::Extension(memory): axum::Extension<ConnectionMemory>| {
        let count = memory.recall::<u32>().unwrap_or_default() + 1;
        memory.remember(count);
        format!("request {count}")
    };
    let router = Router::new().route("/", get(count));
    let address = start(&options(ConnectionSettings::default()), router, &lifecycle)
        .0
        .unwrap();
    for _ in 0..2 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        for expected in ["request 1", "request 2"] {
            assert!(ask(&mut stream).await.ends_with(expected));
        }
    }
}

#[tokio::test]
async fn junk_ends_its_own_connection_only() {
    let lifecycle = Lifecycle::new();
    let address = serve(ConnectionSettings::default(), &lifecycle);
    for junk in [
        &b"\x16\x03\x01\x02\x00"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
    ] {
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(junk).await.unwrap();
        stream.shutdown().await.unwrap();
        last_words(&mut stream).await;
    }
    let mut stream = TcpStream::connect(address).await.unwrap();
    assert!(ask(&mut stream).await.ends_with("tls false"));
}

#[tokio::test]
async fn what_cannot_be_bound_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let (tls, _) = certificate(folder.path());
    let taken = Listener::bind(&options(ConnectionSettings::default())).unwrap();
    let address = taken.addresses().plain;
    let refused = Listener::bind(&ListenOptions {
        plain: address,
        ..Default::default()
    });
    assert!(
        matches!(refused.err(), Some(ListenError::Bind { address: at, .. }) if Some(at) == address)
    );
    let swapped = TlsOptions {
        key: tls.certificate.clone(),
        ..tls.clone()
    };
    let missing = TlsOptions {
        certificate: folder.path().join("none.pem"),
        ..tls
    };
    for (tls, named) in [(swapped, "cert.pem"), (missing, "none.pem")] {
        let options = ListenOptions {
            tls: Some(tls),
            ..Default::default()
        };
        let error = Listener::bind(&options).err().unwrap();
        assert!(matches!(error, ListenError::File { .. }), "{error:?}");
        assert!(error.to_string().contains(named), "{error}");
    }
}
