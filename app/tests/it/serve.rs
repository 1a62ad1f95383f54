//! `regia serve`: starts, seeds, stops, survives.

use std::fs::read_to_string;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use regia_testkit::TestDb;
use rustix::process::{Pid, Signal, kill_process};

use crate::command::run;
use crate::server::{API_KEY, Server, eventually, place, request, serve, status};

const DEVICES: &str = "/api/v1/acs/devices";

#[test]
fn a_first_start_prints_addresses_and_credentials_once_and_answers() {
    let place = place();
    let data_dir = place.path().join("data");
    let mut server = Server::start_with(&data_dir, &[]);
    let said = server.said.join("\n");
    for expected in ["user admin", "user fleet", "API key"] {
        assert!(said.contains(expected), "{said}");
    }
    for path in [
        "/up",
        "/health",
        "/health/live",
        "/health/ready",
        "/metrics",
    ] {
        assert_eq!(server.get(path).0, 200, "{path}");
    }
    assert_eq!(server.get(DEVICES).0, 401);
    // No Inform, no session.
    let refused = status(&request(&server.cwmp, "POST /", &[], ""));
    assert!((400..500).contains(&refused), "{refused}");
    for secret in said
        .lines()
        .filter_map(|line| line.split_whitespace().last())
    {
        assert!(!server.log().contains(secret), "{secret} is logged");
    }

    server.signal(Signal::TERM);
    assert!(server.ended().success(), "{}", server.log());
    let again = Server::start_with(&data_dir, &[]);
    assert!(again.said.is_empty(), "{:?}", again.said);
}

#[tokio::test]
async fn seeded_credentials_work_and_are_ignored_later_with_a_warning() {
    let (database, place) = (TestDb::new().await, place());
    let seeds = [
        ("REGIA_API_KEY", API_KEY),
        ("REGIA_ADMIN_PASSWORD", "correct horse battery"),
        ("REGIA_FLEET_PASSWORD", "fleet-password-1"),
    ];
    let server = Server::start_on(&database, place.path(), &seeds);
    assert!(server.said.is_empty(), "{:?}", server.said);
    assert_eq!(server.get_with_key(DEVICES).0, 200);
    assert!(server.stop().success());

    let others = seeds.map(|(name, _)| (name, "another-value-0123456789-0123456789"));
    let server = Server::start_on(&database, place.path(), &others);
    assert_eq!(server.get_with_key(DEVICES).0, 200);
    for (name, _) in others {
        let warned = |line: &str| line.contains("WARN") && line.contains(name);
        assert!(server.log().lines().any(warned), "{name}: {}", server.log());
    }
}

#[test]
fn a_second_server_on_one_folder_is_refused() {
    let place = place();
    let data_dir = place.path().join("data");
    let server = Server::start(&data_dir);
    let second = run(&mut serve(&data_dir));
    assert!(
        !second.ok && second.err.contains("another server (process "),
        "{second:?}"
    );
    assert_eq!(server.get("/up").0, 200);
}

#[test]
fn a_killed_server_comes_back_with_everything() {
    let place = place();
    let data_dir = place.path().join("data");
    Server::start(&data_dir).kill();
    let server = Server::start_with(&data_dir, &[]);
    assert!(server.said.is_empty(), "{:?}", server.said);
    assert_eq!(server.get_with_key(DEVICES).0, 200);
}

#[test]
fn a_killed_postgres_is_started_again() {
    let place = place();
    let data_dir = place.path().join("data");
    let server = Server::start(&data_dir);
    let pid_file = data_dir.join("postgres/postmaster.pid");
    let postmaster = || -> Option<i32> {
        let text = read_to_string(&pid_file).ok()?;
        text.lines().next()?.parse().ok()
    };
    let killed = postmaster().unwrap();
    kill_process(Pid::from_raw(killed).unwrap(), Signal::KILL).unwrap();
    // Backends outlive their postmaster for a moment and still answer.
    eventually("another postmaster", || {
        postmaster().is_some_and(|pid| pid != killed)
    });
    eventually("an answer from the restarted database", || {
        server.get_with_key(DEVICES).0 == 200
    });
    eventually("readiness", || server.get("/health/ready").0 == 200);
    assert!(server.stop().success());
}

#[tokio::test]
async fn a_stop_answers_what_was_asked_before() {
    let (database, place) = (TestDb::new().await, place());
    let mut server = Server::start_on(&database, place.path(), &[]);
    let mut open = TcpStream::connect(&server.console).unwrap();
    let body = "name=admin&password=wrong";
    let (half, rest) = body.split_at(10);
    let head = format!(
        "POST /login HTTP/1.1\r\nHost: {}\r\nSec-Fetch-Site: same-origin\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{half}",
        server.console,
        body.len()
    );
    open.write_all(head.as_bytes()).unwrap();
    server.signal(Signal::TERM);
    eventually("the stop", || server.log().contains("stopping"));
    open.write_all(rest.as_bytes()).unwrap();
    let mut answer = String::new();
    open.read_to_string(&mut answer).unwrap();
    assert_eq!(status(&answer), 401, "{answer}");
    assert!(server.ended().success(), "{}", server.log());
}

#[tokio::test]
async fn a_second_signal_stops_at_once() {
    let (database, place) = (TestDb::new().await, place());
    let mut server = Server::start_on(&database, place.path(), &[]);
    // A request that never ends keeps the first signal's drain waiting. The server has it in hand: it
    // asks for the body.
    let mut open = TcpStream::connect(&server.console).unwrap();
    open.write_all(
        b"POST /login HTTP/1.1\r\nHost: regia.test\r\nExpect: 100-continue\r\nContent-Length: 9\r\n\
          Content-Type: application/x-www-form-urlencoded\r\n\r\n",
    )
    .unwrap();
    let mut asks = [0; 21];
    open.read_exact(&mut asks).unwrap();
    assert_eq!(&asks, b"HTTP/1.1 100 Continue");
    server.signal(Signal::INT);
    // A signal right after the first one is the same wish; the second wish comes later.
    eventually("the end", || {
        server.signal(Signal::INT);
        std::thread::sleep(Duration::from_millis(600));
        server.child.try_wait().unwrap().is_some()
    });
    assert!(server.log().contains("stopped at once"), "{}", server.log());
}
