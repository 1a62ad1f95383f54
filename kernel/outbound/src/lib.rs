//! HTTP requests that leave the server: one at a time, with a deadline and bounded answers.

use std::time::Duration;

use http::header::{HOST, HeaderMap, HeaderValue};
use http::{Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use thiserror::Error;
use tokio::net::TcpStream;

/// What came back. The body is not read: nobody here needs it.
#[derive(Debug)]
pub struct Head {
    /// The status.
    pub status: StatusCode,
    /// The headers, at most 100 of 16 KiB in all.
    pub headers: HeaderMap,
}

/// Why nothing came back.
#[derive(Debug, Error)]
pub enum OutboundError {
    /// The address is not `http://host[:port]/path`.
    #[error("the address is not a plain http address")]
    Address,
    /// Nobody could be connected to.
    #[error("no connection to {0}")]
    Connect(String, #[source] std::io::Error),
    /// What came back was no HTTP, or it broke off.
    #[error("no HTTP answer")]
    Http(#[from] hyper::Error),
    /// The deadline passed.
    #[error("no answer within {0} ms")]
    Deadline(u128),
}

/// Bytes of an answer's head.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Sends a GET without a body over a connection of its own and reads the head of the answer.
///
/// # Errors
/// See [`OutboundError`].
pub async fn get(
    address: &str,
    authorization: Option<&str>,
    deadline: Duration,
) -> Result<Head, OutboundError> {
    let uri: Uri = address.parse().map_err(|_| OutboundError::Address)?;
    match tokio::time::timeout(deadline, exchange(&uri, authorization)).await {
        Ok(result) => result,
        Err(_) => Err(OutboundError::Deadline(deadline.as_millis())),
    }
}

async fn exchange(uri: &Uri, authorization: Option<&str>) -> Result<Head, OutboundError> {
    let host = uri.host().filter(|_| uri.scheme_str() == Some("http"));
    let host = host.ok_or(OutboundError::Address)?.trim_matches(['[', ']']);
    let port = uri.port_u16().unwrap_or(80);
    let stream = TcpStream::connect((host, port))
        .await
        .map_err(|error| OutboundError::Connect(format!("{host}:{port}"), error))?;
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(MAX_HEAD_BYTES)
        .handshake::<_, Empty<Bytes>>(TokioIo::new(stream))
        .await?;
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = Request::get(path)
        .body(Empty::new())
        .map_err(|_| OutboundError::Address)?;
    let authority = uri.authority().map_or(host, |authority| {
        authority.as_str().rsplit('@').next().unwrap_or(host)
    });
    let headers = request.headers_mut();
    headers.insert(
        HOST,
        HeaderValue::from_str(authority).map_err(|_| OutboundError::Address)?,
    );
    if let Some(value) = authorization {
        let value = HeaderValue::from_str(value).map_err(|_| OutboundError::Address)?;
        headers.insert(http::header::AUTHORIZATION, value);
    }
    // The connection is driven here and ends with the answer's head.
    let mut answering = std::pin::pin!(sender.send_request(request));
    let answer = tokio::select! {
        answer = &mut answering => answer?,
        ended = connection => {
            ended?;
            // A peer that closes with its answer ends both at once: the answer is there, or the
            // reason why it is not.
            answering.await?
        }
    };
    let (parts, _) = answer.into_parts();
    Ok(Head {
        status: parts.status,
        headers: parts.headers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    async fn serve_once(answer: &'static [u8]) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/cr?x=1", listener.local_addr().unwrap());
        #[expect(clippy::disallowed_methods, reason = "a test's own little server")]
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = vec![0; 1024];
            let length = stream.read(&mut request).await.unwrap();
            stream.write_all(answer).await.unwrap();
            String::from_utf8_lossy(&request[..length]).into_owned()
        });
        (address, served)
    }

    #[tokio::test]
    async fn a_get_carries_host_path_and_authorization() {
        let (address, served) = serve_once(
            b"HTTP/1.1 401 No\r\nWWW-Authenticate: Digest x\r\nContent-Length: 0\r\n\r\n",
        )
        .await;
        let head = get(&address, Some("Basic eA=="), Duration::from_secs(5))
            .await
            .unwrap();
        assert_eq!(head.status, 401);
        assert_eq!(head.headers["www-authenticate"], "Digest x");
        let request = served.await.unwrap();
        assert!(request.starts_with("GET /cr?x=1 HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("authorization: Basic eA=="), "{request}");
    }

    #[tokio::test]
    async fn what_cannot_be_reached_says_why() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", closed.local_addr().unwrap());
        drop(closed);
        let deadline = Duration::from_secs(5);
        assert!(matches!(
            get(&address, None, deadline).await,
            Err(OutboundError::Connect(..))
        ));
        for address in ["", "x", "https://127.0.0.1/", "ftp://127.0.0.1/", "http://"] {
            let error = get(address, None, deadline).await.unwrap_err();
            assert!(matches!(error, OutboundError::Address), "{address} {error}");
        }
        let (address, _served) = serve_once(b"nonsense\r\n\r\n").await;
        assert!(matches!(
            get(&address, None, deadline).await,
            Err(OutboundError::Http(_))
        ));
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/", silent.local_addr().unwrap());
        let error = get(&address, None, Duration::from_millis(50))
            .await
            .unwrap_err();
        assert!(matches!(error, OutboundError::Deadline(50)));
    }
}
