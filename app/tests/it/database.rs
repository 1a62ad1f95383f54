//! Servers on a configured database: shared, backed up, restored, refused.

use std::path::Path;
use std::process::Command;

use regia_testkit::TestDb;

use crate::command::{regia, run};
use crate::server::{SECRET_KEY, Server, eventually, place, serve, shared};

const DEVICES: &str = "/api/v1/acs/devices";
#[tokio::test]
async fn two_servers_share_a_database_and_one_key() {
    let database = TestDb::empty().await;
    let (url, place) = (database.url(), place());
    let first = Server::start_with(&place.path().join("a"), &shared(url.expose()));
    let second = Server::start_with(&place.path().join("b"), &shared(url.expose()));
    for server in [&first, &second] {
        assert_eq!(server.get_with_key(DEVICES).0, 200);
    }
    assert!(first.stop().success());
    assert_eq!(second.get_with_key(DEVICES).0, 200);
    assert!(
        !place.path().join("b").exists(),
        "nothing is kept on this machine"
    );
}

#[tokio::test]
async fn another_secret_key_is_refused_and_a_rotated_one_is_taken() {
    let (database, place) = (TestDb::empty().await, place());
    assert!(
        Server::start_on(&database, place.path(), &[])
            .stop()
            .success()
    );
    let (url, new) = (database.url(), "cd".repeat(32));
    let mut other = serve(place.path());
    other
        .envs(shared(url.expose()))
        .env("REGIA__SERVER__SECRET_KEY", &new);
    let refused = run(&mut other);
    assert!(
        !refused.ok && refused.err.contains("belongs to the secret key"),
        "{refused:?}"
    );

    let listed = format!("[\"{SECRET_KEY}\"]");
    let rotated = [
        ("REGIA__SERVER__SECRET_KEY", &*new),
        ("REGIA__SERVER__OLD_SECRET_KEYS", &*listed),
    ];
    let server = Server::start_on(&database, place.path(), &rotated);
    assert_eq!(server.get_with_key(DEVICES).0, 200);
}

fn tool(verb: &str, url: &str, file: &Path) -> Command {
    let mut command = regia(&[verb, file.to_str().unwrap()]);
    command.envs(shared(url));
    command
}

#[tokio::test]
async fn a_backup_moves_to_another_database_and_never_into_a_full_one() {
    let (source, target, place) = (TestDb::empty().await, TestDb::empty().await, place());
    let (from, to, file) = (source.url(), target.url(), place.path().join("backup"));
    assert!(
        Server::start_on(&source, place.path(), &[])
            .stop()
            .success()
    );
    let said = run(&mut tool("backup", from.expose(), &file));
    assert!(said.ok, "{said:?}");

    let mut with_another_key = tool("restore", to.expose(), &file);
    let said = run(with_another_key.env("REGIA__SERVER__SECRET_KEY", "cd".repeat(32)));
    assert!(
        !said.ok && said.err.contains("sealed with the key"),
        "{said:?}"
    );
    let said = run(&mut tool("restore", to.expose(), &file));
    assert!(said.ok, "{said:?}");
    let server = Server::start_on(&target, place.path(), &[]);
    assert!(
        server.log().contains("REGIA_API_KEY is ignored"),
        "{}",
        server.log()
    );
    assert_eq!(server.get_with_key(DEVICES).0, 200);

    let said = run(&mut tool("restore", to.expose(), &file));
    assert!(
        !said.ok && said.err.contains("pg_restore failed"),
        "{said:?}"
    );
    assert_eq!(server.get_with_key(DEVICES).0, 200);
}

#[tokio::test]
async fn readiness_falls_while_the_database_is_away_and_rises_again() {
    let (database, place) = (TestDb::new().await, place());
    let server = Server::start_on(&database, place.path(), &[]);
    let pool = "regia_store_connections{state=\"idle\"}";
    eventually("the pool's figures", || {
        server.get("/metrics").1.contains(pool)
    });
    assert_eq!(server.get("/health/ready").0, 200);
    database.shut().await;
    eventually("a fall", || {
        let (status, answer) = server.get("/health/ready");
        status == 503 && answer.contains("database")
    });
    assert_eq!(server.get("/health/live").0, 200, "it lives all the same");
    assert!((500..600).contains(&server.get_with_key(DEVICES).0));
    let failures = "regia_store_begin_failures_total";
    assert!(server.get("/metrics").1.contains(failures));
    database.open().await;
    eventually("a rise", || server.get("/health/ready").0 == 200);
    assert_eq!(server.get_with_key(DEVICES).0, 200);
    assert!(server.log().contains("the database answers again"));
}

#[tokio::test]
async fn the_doctor_compares_the_key_with_the_one_that_sealed_the_data() {
    let (database, place) = (TestDb::empty().await, place());
    let url = database.url();
    let doctor = |key: &str, old: &str| {
        run(regia(&["doctor"])
            .envs(shared(url.expose()))
            .env("REGIA__SERVER__DATA_DIR", place.path().join("data"))
            .env("REGIA__WEB__LISTEN", "127.0.0.1:0")
            .env("REGIA__ACS__LISTEN", "127.0.0.1:0")
            .env("REGIA__SERVER__SECRET_KEY", key)
            .env("REGIA__SERVER__OLD_SECRET_KEYS", old))
    };
    let new = "cd".repeat(32);
    assert!(
        !doctor(&new, "[]").out.contains("sealed data"),
        "nothing is stored"
    );
    assert!(
        Server::start_on(&database, place.path(), &[])
            .stop()
            .success()
    );
    for (key, old, word) in [
        (SECRET_KEY, "[]".to_owned(), "ok    sealed data: the stored"),
        (
            &*new,
            format!("[\"{SECRET_KEY}\"]"),
            "ok    sealed data: the stored fingerprint is that of an old",
        ),
        (
            &*new,
            "[]".to_owned(),
            "fail  sealed data: the data belongs",
        ),
    ] {
        let said = doctor(key, &old);
        assert!(said.out.contains(word), "{word}: {said:?}");
        assert_eq!(said.ok, word.starts_with("ok"), "{said:?}");
    }
}
