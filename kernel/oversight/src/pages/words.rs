//! Every word that a page asks for is in the message file.

use std::path::Path;

use regia_clock::{Chance, Clock};
use regia_console::live::Live;
use regia_console::messages::{Catalog, keys_in, keys_named};
use regia_console::{Console, Parts};

use super::{MESSAGES, NAVIGATION};

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
    for item in NAVIGATION {
        assert!(console.catalog().contains(item.label), "{}", item.label);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        // Keys also stand in constants and matches; all of them begin so.
        let named = keys_named(&text, "oversight.");
        for key in keys_in(&text).chain(named) {
            let known = console.catalog().contains(key) || key.ends_with('.');
            assert!(
                known || key.contains('{'),
                "{} asks for {key}",
                path.display()
            );
        }
    }
}

#[test]
fn every_language_says_the_same() {
    let [en, it, _] = MESSAGES;
    let differences = Catalog::load(&[en, it]).unwrap().differences();
    assert!(differences.is_empty(), "{differences:#?}");
}
