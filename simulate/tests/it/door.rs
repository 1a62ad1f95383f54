//! Connection requests.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use regia_cwmp::{AcsMessage, ValueKind};
use regia_httpauth::{Challenge, DigestRequest, basic_answer, parse_challenges};
use regia_simulate::SimulateCpe;

use crate::acs::{Reply, Seen};
use crate::cwmp::{Acs, Session};
use crate::{counted, fleet, options, set};

/// Where a CPE listens: address and path.
fn door(session: &Session) -> (SocketAddr, String) {
    let url = session
        .parameter("ConnectionRequestURL")
        .strip_prefix("http://")
        .unwrap();
    let (address, path) = url.split_once('/').unwrap();
    (address.parse().unwrap(), format!("/{path}"))
}

/// One GET over a connection of its own: the status and the challenge.
fn request(address: SocketAddr, path: &str, authorization: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    let authorization = match authorization {
        "" => String::new(),
        value => format!("Authorization: {value}\r\n"),
    };
    let head =
        format!("GET {path} HTTP/1.1\r\nHost: cpe\r\nConnection: close\r\n{authorization}\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let challenge = answer
        .lines()
        .find_map(|line| line.strip_prefix("www-authenticate: "));
    (status, challenge.unwrap_or_default().to_owned())
}

/// A request whose challenge is answered.
fn knock(address: SocketAddr, path: &str, username: &str, password: &str) -> u16 {
    let (status, challenge) = request(address, path, "");
    assert_eq!(status, 401);
    let challenges = parse_challenges([challenge.as_bytes()]);
    let Some(Challenge::Digest(digest)) = challenges.first() else {
        panic!("{challenge}")
    };
    let asked = DigestRequest {
        method: "GET",
        uri: path,
        username,
        password,
    };
    request(address, path, &digest.answer(&asked, 1, "c")).0
}

fn credentials() -> AcsMessage {
    let values = vec![
        set(
            "Device.ManagementServer.ConnectionRequestUsername",
            "acs",
            ValueKind::String,
        ),
        set(
            "Device.ManagementServer.ConnectionRequestPassword",
            "knock",
            ValueKind::String,
        ),
    ];
    AcsMessage::SetParameterValues {
        values,
        parameter_key: String::new(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_request_opens_a_session() {
    let mut acs = Acs::start(vec![vec![credentials()]]).await;
    let fleet = fleet(&options(&acs)).await;
    let (address, path) = door(&acs.session().await);
    // The new credentials count from the end of the session on.
    counted(&fleet, 1).await;
    let statuses = tokio::task::spawn_blocking(move || {
        [
            request(address, "/", "").0,
            request(address, &format!("{path}x"), "").0,
            knock(address, &path, "acs", "wrong"),
            request(address, &path, &basic_answer("acs", "wrong")).0,
            knock(address, &path, "acs", "knock"),
        ]
    })
    .await
    .unwrap();
    assert_eq!(statuses, [404, 404, 401, 401, 200]);
    assert_eq!(acs.session().await.events(), [("6 CONNECTION REQUEST", "")]);
    assert_eq!(fleet.stop().await.connection_requests, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cpe_in_a_session_is_busy() {
    let (in_session, mut waiting) = tokio::sync::mpsc::unbounded_channel();
    let (go_on, hold) = tokio::sync::oneshot::channel();
    // The second session ends when the test says so.
    let (mut informs, mut hold) = (0, Some(hold));
    let gate = move |seen: &Seen| {
        informs += usize::from(seen.body.contains("Inform>"));
        let hold = (informs == 2 && seen.body.is_empty()).then(|| hold.take())??;
        in_session.send(()).unwrap();
        Some(Reply {
            hold: Some(hold),
            ..Reply::status(204)
        })
    };
    let mut acs = Acs::gated(vec![vec![credentials()]], Box::new(gate)).await;
    let fleet = fleet(&SimulateCpe {
        interval_seconds: 1,
        ..options(&acs)
    })
    .await;
    let (address, path) = door(&acs.session().await);
    waiting.recv().await.unwrap();
    let status = tokio::task::spawn_blocking(move || {
        request(address, &path, &basic_answer("acs", "knock")).0
    });
    assert_eq!(status.await.unwrap(), 503);
    go_on.send(()).unwrap();
    assert_eq!(counted(&fleet, 2).await.connection_requests, 0);
    fleet.stop().await;
}
