//! `regia serve`: starts, seeds, stops, survives.

use std::time::Duration;

use rustix::process::Signal;

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
    assert_eq!(status(&request(&server.cwmp, "POST /", &[], "")), 400);
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

#[test]
fn seeded_credentials_work_and_are_ignored_later_with_a_warning() {
    let place = place();
    let data_dir = place.path().join("data");
    let seeds = [
        ("REGIA_API_KEY", API_KEY),
        ("REGIA_ADMIN_PASSWORD", "correct horse battery"),
        ("REGIA_FLEET_PASSWORD", "fleet-password-1"),
    ];
    let server = Server::start_with(&data_dir, &seeds);
    assert!(server.said.is_empty(), "{:?}", server.said);
    assert_eq!(server.get_with_key(DEVICES).0, 200);
    assert!(server.stop().success());

    let others = seeds.map(|(name, _)| (name, "another-value-0123456789-0123456789"));
    let server = Server::start_with(&data_dir, &others);
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
fn another_secret_key_is_refused_and_a_rotated_one_is_taken() {
    let place = place();
    let data_dir = place.path().join("data");
    assert!(Server::start(&data_dir).stop().success());
    let old = std::fs::read_to_string(data_dir.join("secret_key")).unwrap();
    let new = "ab".repeat(32);
    let refused = run(serve(&data_dir).env("REGIA__SERVER__SECRET_KEY", &new));
    assert!(
        !refused.ok && refused.err.contains("belongs to the secret key"),
        "{refused:?}"
    );
    let listed = format!("[\"{}\"]", old.trim());
    let rotation = [
        ("REGIA__SERVER__SECRET_KEY", &*new),
        ("REGIA__SERVER__OLD_SECRET_KEYS", &*listed),
    ];
    let server = Server::start_with(&data_dir, &rotation);
    assert_eq!(server.get_with_key(DEVICES).0, 200);
}

#[test]
fn a_second_signal_stops_at_once() {
    let place = place();
    let mut server = Server::start(&place.path().join("data"));
    // A request that never ends keeps the first signal's drain waiting.
    let mut open = std::net::TcpStream::connect(&server.console).unwrap();
    std::io::Write::write_all(&mut open, b"POST /login HTTP/1.1\r\nContent-Length: 9\r\n").unwrap();
    server.signal(Signal::INT);
    // A signal right after the first one is the same wish; the second wish comes later.
    eventually("the end", || {
        server.signal(Signal::INT);
        std::thread::sleep(Duration::from_millis(600));
        server.child.try_wait().unwrap().is_some()
    });
    assert!(server.log().contains("stopped at once"), "{}", server.log());
}
