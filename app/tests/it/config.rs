//! `regia config check` and `regia reference`.

use std::fs::{read_to_string, write};

use crate::command::{regia, run};

#[test]
fn accepted_settings_are_said_so_with_their_folder() {
    let said = run(regia(&["config", "check"]).env("REGIA__SERVER__DATA_DIR", "/srv/regia"));
    assert!(said.ok, "{said:?}");
    assert_eq!(
        said.out,
        "the settings are accepted; data folder /srv/regia\n"
    );
}

#[test]
fn a_mistake_is_refused_with_place_and_hint() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("regia.toml");
    let key = format!("[server]\nsecret_key = \"{}\"", "ab".repeat(32));
    for (text, variable, expected) in [
        (
            "[database]\nulr = \"x\"",
            None,
            "did you mean `database.url`? `database.url` is secret",
        ),
        (
            key.as_str(),
            Some(("REGIA__LOG__FORMAT", "xml")),
            "the variable REGIA__LOG__FORMAT",
        ),
        (
            "[database]\nurl = \"postgres://db/regia\"",
            None,
            "`server.secret_key` is not",
        ),
        (
            "[database]\nmigrate_url = \"postgres://db/regia\"",
            None,
            "`database.url` is not",
        ),
        (
            "[server]\ndrain_seconds = 100000",
            None,
            "`server.drain_seconds` is integer 0–3600",
        ),
    ] {
        write(&file, text).unwrap();
        let path = file.to_str().unwrap();
        let said = run(regia(&["config", "check", "--config", path]).envs(variable));
        assert!(!said.ok && said.out.is_empty(), "{said:?}");
        assert!(
            said.err.starts_with("error: ") && said.err.contains(expected),
            "{said:?}"
        );
    }
}

#[test]
fn the_reference_pages_are_written_where_they_are_wanted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reference");
    let said = run(&mut regia(&[
        "reference",
        "--folder",
        path.to_str().unwrap(),
    ]));
    assert!(said.ok, "{said:?}");
    for (page, line) in [
        (
            "settings.md",
            "| `log.format` | `\"auto\"` or `\"text\"` or `\"json\"` | `\"auto\"` |",
        ),
        (
            "metrics.md",
            "| `regia_lifecycle_task_panics_total` | counter |",
        ),
    ] {
        let text = read_to_string(path.join(page)).unwrap();
        assert!(text.lines().any(|l| l.starts_with(line)), "{text}");
    }
}
