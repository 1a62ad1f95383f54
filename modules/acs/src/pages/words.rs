//! Every word that a page asks for is in the message file.

use std::path::{Path, PathBuf};

use regia_clock::{Chance, Clock};
use regia_console::live::Live;
use regia_console::locale::Locale;
use regia_console::messages::{Catalog, keys_in, keys_named};
use regia_console::{Console, Parts};

use super::{ACTIONS, MESSAGES, NAVIGATION};

#[test]
fn every_message_that_is_asked_for_exists() {
    let console = Console::new(Parts {
        messages: MESSAGES.into(),
        navigation: NAVIGATION.into(),
        search: None,
        clock: Clock::system(),
        live: Live::new(Chance::seeded(1)),
    })
    .unwrap();
    for item in NAVIGATION.iter().chain(&ACTIONS) {
        for key in [item.section, item.label] {
            assert!(console.catalog().contains(key), "{key}");
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        // Keys also stand in tables and constants; all of them begin so.
        let named = keys_named(&text, "acs.").filter(|key| !key.contains(['{', ' ', '\n']));
        for key in keys_in(&text).chain(named) {
            let known = console.catalog().contains(key) || key.ends_with('.');
            assert!(known, "{} asks for {key}", path.display());
        }
    }
}

#[test]
fn every_language_says_the_same() {
    let [en, it, _] = MESSAGES;
    let differences = Catalog::load(&[en, it]).unwrap().differences();
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn every_fault_has_its_sentence_in_every_language() {
    let catalog = Catalog::load(&MESSAGES).unwrap();
    let codes = include_str!("../fault.rs").split("\"acs.").skip(1);
    let codes = codes
        .filter_map(|rest| rest.split_once('"'))
        .map(|(code, _)| code);
    for code in codes.filter(|code| !code.contains(' ')) {
        let key = format!("fault.acs.{code}.text");
        assert!(catalog.own(Locale::It, &key).is_some(), "{key}");
    }
    let mut known = 0;
    for (path, reason) in reasons() {
        let found = catalog.reason(Locale::It, &reason);
        assert!(found.is_some(), "{}: {reason}", path.display());
        known += 1;
    }
    assert!(known > 20, "{known}");
    for code in (8000..9900).filter(|code| regia_cwmp::explain(*code).is_some()) {
        let key = format!("meaning.cwmp.{code}");
        assert!(catalog.own(Locale::It, &key).is_some(), "{key}");
    }
}

/// The reasons that the code gives for a task, a device or a field, with a 7 for every particular.
fn reasons() -> Vec<(PathBuf, String)> {
    const BEGINNINGS: [&str; 9] = [
        "The device",
        "This is no",
        "The method",
        "The file is gone",
        "A secret of",
        "There is no address",
        "name one parameter",
        "this is no",
        "an empty value",
    ];
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut folders = vec![
        source.join("flows"),
        source.join("rules"),
        source.join("store"),
    ];
    let mut found = Vec::new();
    while let Some(folder) = folders.pop() {
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            let spoken = text.split('"').skip(1).step_by(2);
            let spoken = spoken.filter(|text| BEGINNINGS.iter().any(|one| text.starts_with(one)));
            if !path.ends_with("tests.rs") {
                found.extend(spoken.map(|text| (path.clone(), said(text))));
            }
        }
    }
    found
}

/// As a format string would say it.
fn said(format: &str) -> String {
    let parts = format.split('{');
    let parts = parts.map(|part| part.split_once('}').map_or(part, |(_, rest)| rest));
    parts.collect::<Vec<_>>().join("7")
}
