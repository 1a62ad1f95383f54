//! The console of one process: its messages, its navigation, its live events.

use std::sync::Arc;

use regia_clock::Clock;
use time::OffsetDateTime;

use crate::live::Live;
use crate::locale::Locale;
use crate::messages::{Catalog, MessageError, MessageFile};
use crate::navigation::{NavItem, NavSection, sections};

/// What a console is put together from.
#[derive(Debug)]
pub struct Parts {
    /// The modules' message files; the console's own are always there.
    pub messages: Vec<MessageFile>,
    /// The rail, top to bottom.
    pub navigation: Vec<NavItem>,
    /// Path of the search, if there is one. It answers `GET ?q=` with a page, and a request of htmx
    /// with the list of answers alone.
    pub search: Option<&'static str>,
    /// Time.
    pub clock: Clock,
    /// Live events.
    pub live: Live,
}

/// The console. Clones are the same console.
#[derive(Debug, Clone)]
pub struct Console(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    catalog: Catalog,
    navigation: Vec<NavItem>,
    search: Option<&'static str>,
    clock: Clock,
    live: Live,
}

const OWN: [MessageFile; 3] = [
    (Locale::En, include_str!("../messages/en.toml")),
    (Locale::It, include_str!("../messages/it.toml")),
    (Locale::It, include_str!("../messages/faults.it.toml")),
];

impl Console {
    /// Reads the messages and keeps the rest.
    ///
    /// # Errors
    /// A message file is wrong, or two define one message.
    pub fn new(parts: Parts) -> Result<Self, MessageError> {
        let files: Vec<_> = OWN.into_iter().chain(parts.messages).collect();
        Ok(Self(Arc::new(Inner {
            catalog: Catalog::load(&files)?,
            navigation: parts.navigation,
            search: parts.search,
            clock: parts.clock,
            live: parts.live,
        })))
    }

    /// Live events.
    #[must_use]
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// Every message.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.0.catalog
    }

    pub(crate) fn search(&self) -> Option<&'static str> {
        self.0.search
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.0.clock.now()
    }

    pub(crate) fn sections(&self, path: &str) -> Vec<NavSection> {
        sections(&self.0.navigation, path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_languages_of_the_console_say_the_same() {
        let [en, it, _] = OWN;
        let differences = Catalog::load(&[en, it]).unwrap().differences();
        assert!(differences.is_empty(), "{differences:#?}");
    }
}
