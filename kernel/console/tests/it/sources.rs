//! What templates and scripts name exists, and nothing in them needs what the server's content
//! security policy forbids.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use regia_clock::{Chance, Clock};
use regia_console::live::Live;
use regia_console::messages::keys_in;
use regia_console::{Console, Parts};

fn files(folder: &str, ending: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == ending)
            {
                let text = std::fs::read_to_string(&path).unwrap();
                found.push((path, text));
            }
        }
    }
    assert!(!found.is_empty(), "no .{ending} in {folder}");
    found
}

pub(crate) fn console() -> Console {
    Console::new(Parts {
        messages: Vec::new(),
        navigation: crate::frame::NAVIGATION.to_vec(),
        search: Some("/search"),
        clock: Clock::system(),
        live: Live::new(Chance::seeded(1)),
    })
    .unwrap()
}

#[test]
fn every_message_that_is_asked_for_exists() {
    let console = console();
    for (path, text) in files("templates", "html")
        .into_iter()
        .chain(files("src", "rs"))
    {
        for key in keys_in(&text).filter(|key| key.starts_with("console.")) {
            assert!(
                console.catalog().contains(key),
                "{} asks for {key}",
                path.display()
            );
        }
    }
}

/// The templates of all crates that have pages.
fn pages() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for crates in ["..", "../../modules"] {
        for one in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(crates)).unwrap() {
            let folder = one.unwrap().path().join("src/pages");
            if folder.is_dir() {
                found.extend(files(folder.to_str().unwrap(), "html"));
            }
        }
    }
    assert!(found.len() > 40, "{}", found.len());
    found
}

#[test]
fn no_page_has_a_bar_a_pager_or_a_dialog_of_its_own() {
    for (path, text) in pages() {
        for part in ["\"filters\"", "\"find\"", "\"pager\"", "<dialog", " style="] {
            let is_own = text.contains(&format!("class={part}")) || text.contains(part);
            assert!(!is_own, "{} has its own {part}", path.display());
        }
    }
}

#[test]
fn every_symbol_that_is_shown_exists_once() {
    let sprite = include_str!("../../assets/icons.svg");
    let symbols: Vec<_> = sprite
        .split("<symbol id=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    let known: BTreeSet<_> = symbols.iter().copied().collect();
    assert_eq!(known.len(), symbols.len());
    let shown = |text: &str, before: &str| -> Vec<String> {
        let parts = text.split(before).skip(1);
        parts
            .filter_map(|rest| rest.split_once('"'))
            .map(|(name, _)| name.to_owned())
            .collect()
    };
    for (path, text) in files("templates", "html") {
        for name in shown(&text, "icon(\"") {
            assert!(
                known.contains(name.as_str()),
                "{} shows {name}",
                path.display()
            );
        }
    }
    for (path, text) in files("assets/js", "js") {
        for name in shown(&text, "regia.icon(\"") {
            assert!(
                known.contains(name.as_str()),
                "{} shows {name}",
                path.display()
            );
        }
    }
}

#[test]
fn nothing_inline_stands_in_a_template() {
    for (path, text) in files("templates", "html") {
        for forbidden in [
            " style=",
            " onclick=",
            " onchange=",
            "<style",
            "javascript:",
            "hx-on",
            "//cdn",
        ] {
            assert!(
                !text.contains(forbidden),
                "{} has {forbidden}",
                path.display()
            );
        }
        for script in text.split("<script").skip(1) {
            let allowed =
                script.starts_with(" src=") || script.starts_with(" type=\"application/json\"");
            assert!(allowed, "{} has an inline script", path.display());
        }
    }
}

#[test]
fn every_colour_stands_in_the_tokens() {
    for (path, text) in files("assets/css", "css") {
        if path.ends_with("tokens.css") {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            let plain = !line.contains("rgb(") && !line.contains("hsl(");
            let hex = line
                .split(':')
                .nth(1)
                .is_some_and(|value| value.contains(" #"));
            assert!(plain && !hex, "{}:{}: {line}", path.display(), number + 1);
        }
    }
}
