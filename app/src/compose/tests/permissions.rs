//! Every permission of the server says what it lets somebody do, in every language.

use std::collections::BTreeMap;

use regia_console::locale::Locale;
use regia_console::messages::Catalog;

use crate::compose::{messages, permissions};

/// More is no short sentence any more.
const MOST_CHARS: usize = 90;

#[test]
fn every_permission_says_what_it_lets_somebody_do_in_english_and_italian() {
    let catalog = Catalog::load(&messages()).unwrap();
    let mut wrong = Vec::new();
    let mut said = BTreeMap::new();
    for permission in permissions() {
        let (name, means) = (permission.name, permission.means);
        let italian = catalog.own(Locale::It, &format!("reason.{means}"));
        for sentence in [Some(means), italian] {
            if !sentence.is_some_and(is_sentence) {
                wrong.push(format!("{name} says {sentence:?} of {means:?}"));
            }
        }
        for sentence in [Some(means), italian].into_iter().flatten() {
            if let Some(other) = said.insert(sentence.to_owned(), name) {
                wrong.push(format!("{name} says the same as {other}: {sentence}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(said.len() > 80, "{said:?}");
}

fn is_sentence(text: &str) -> bool {
    let begins = text.chars().next().is_some_and(char::is_uppercase);
    let ends = text
        .strip_suffix('.')
        .is_some_and(|text| !text.contains('.'));
    begins && ends && text.contains(' ') && text.chars().count() <= MOST_CHARS
}
