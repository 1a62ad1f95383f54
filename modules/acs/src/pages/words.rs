//! Every word that a page asks for is in the message file.

use std::path::Path;

use regia_clock::{Chance, Clock};
use regia_console::live::Live;
use regia_console::locale::Locale;
use regia_console::messages::{Catalog, keys_in};
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
        let named = text.split("\"acs.").skip(1);
        let named = named.filter_map(|rest| Some(format!("acs.{}", rest.split_once('"')?.0)));
        let named = named.filter(|key| !key.contains(['{', ' ', '\n']));
        for key in keys_in(&text).map(str::to_owned).chain(named) {
            let known = console.catalog().contains(&key) || key.ends_with('.');
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
    for code in (8000..9900).filter(|code| regia_cwmp::explain(*code).is_some()) {
        let key = format!("meaning.cwmp.{code}");
        assert!(catalog.own(Locale::It, &key).is_some(), "{key}");
    }
}
