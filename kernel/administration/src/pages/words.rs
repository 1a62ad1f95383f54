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
        // A user's page shows their logins as their own account does.
        messages: [MESSAGES.as_slice(), &regia_account::MESSAGES].concat(),
        navigation: NAVIGATION.into(),
        search: None,
        clock: Clock::system(),
        live: Live::new(Chance::seeded(1)),
    })
    .unwrap();
    for item in NAVIGATION {
        for key in [item.section, item.label] {
            assert!(console.catalog().contains(key), "{key}");
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/pages");
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        // Keys also stand in constants and matches; all of them begin so.
        let named =
            keys_named(&text, "administration.").filter(|key| !key.contains(['{', ' ', '\n']));
        for key in keys_in(&text).chain(named) {
            let known = console.catalog().contains(key) || key.ends_with('.');
            assert!(known, "{} asks for {key}", path.display());
        }
    }
    for field in [
        "name",
        "full_name",
        "email",
        "role",
        "territory",
        "valid_from",
        "valid_until",
    ] {
        let key = format!("administration.refused.field_{field}");
        assert!(console.catalog().contains(&key), "{key}");
    }
    for field in [
        "name",
        "permissions",
        "territory",
        "expires_at",
        "requests_per_minute",
        "owner",
        "beyond",
    ] {
        let key = format!("administration.refused.key_{field}");
        assert!(console.catalog().contains(&key), "{key}");
    }
}

#[test]
fn every_language_says_the_same() {
    let [en, it, _] = MESSAGES;
    let differences = Catalog::load(&[en, it]).unwrap().differences();
    assert!(differences.is_empty(), "{differences:#?}");
}
