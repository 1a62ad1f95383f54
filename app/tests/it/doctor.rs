//! `regia doctor`.

use std::net::TcpListener;

use crate::command::{regia, run};
use crate::server::{Server, place};

#[test]
fn a_sound_machine_is_found_sound_before_and_while_a_server_runs() {
    let place = place();
    let data_dir = place.path().join("data");
    let path = data_dir.to_str().unwrap().to_owned();
    let doctor = |web: &str, cwmp: &str| {
        run(regia(&["doctor", "--data-dir", &path])
            .env("REGIA__WEB__LISTEN", web)
            .env("REGIA__ACS__LISTEN", cwmp))
    };
    let said = doctor("127.0.0.1:0", "127.0.0.1:0");
    assert!(
        said.ok && said.out.contains("is made at the first start"),
        "{said:?}"
    );
    assert!(!data_dir.exists());
    let server = Server::start(&data_dir);
    let said = doctor(&server.console, &server.cwmp);
    assert!(said.ok && said.out.contains("runs as process"), "{said:?}");
    assert!(!said.out.contains("warn"), "{said:?}");
}

#[test]
fn each_trouble_fails_with_its_next_step() {
    let place = place();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let file = place.path().join("a file");
    std::fs::write(&file, "").unwrap();
    let data_dir = place.path().join("data");
    for (variable, value, line) in [
        ("REGIA__WEB__LISTEN", address.as_str(), "another address"),
        (
            "REGIA__ACS__LISTEN",
            "192.0.2.1:7547",
            "an address of this machine",
        ),
        (
            "REGIA__DATABASE__BIN_DIR",
            "/nowhere",
            "name the folder that holds them",
        ),
        (
            "REGIA__SERVER__DATA_DIR",
            file.to_str().unwrap(),
            "choose another",
        ),
        (
            "REGIA__REDIS__URL",
            "redis://127.0.0.1:1",
            "check redis.url",
        ),
        ("REGIA__WEB__LISTEM", "x", "did you mean `web.listen`?"),
    ] {
        let said = run(regia(&["doctor"])
            .env("REGIA__SERVER__DATA_DIR", &data_dir)
            .env("REGIA__WEB__LISTEN", "127.0.0.1:0")
            .env("REGIA__ACS__LISTEN", "127.0.0.1:0")
            .env(variable, value));
        assert!(!said.ok, "{variable}: {said:?}");
        let next = said
            .out
            .lines()
            .any(|l| l.starts_with("      next: ") && l.contains(line));
        assert!(next, "{variable}: {said:?}");
    }
}
