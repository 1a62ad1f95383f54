//! Who did something, as rows keep it: `user admin`, `key scripts`, `system first start`.

use crate::page::Page;
use crate::reasons::particulars;

/// What acts, and the message that names one of them.
const KINDS: [(&str, &str); 3] = [
    ("user", "console.who.user"),
    ("key", "console.who.key"),
    (SERVER, "console.who.system"),
];

/// A part of the server, which is named in English.
const SERVER: &str = "system";

impl Page {
    /// Who did something, in the language of the page.
    #[must_use]
    pub fn who(&self, actor: &str) -> String {
        let named = actor.split_once(' ').and_then(|(kind, name)| {
            let (_, key) = KINDS.iter().find(|(known, _)| *known == kind)?;
            let name = match kind {
                SERVER => self.reason(name),
                _ => name.to_owned(),
            };
            Some(self.t(key).arg("name", name).to_string())
        });
        named.unwrap_or_else(|| self.reason(actor))
    }

    /// The other way: who is meant by what somebody typed as the page says it.
    #[must_use]
    pub fn whom(&self, typed: &str) -> String {
        let meant = KINDS.iter().find_map(|(kind, key)| {
            let found = particulars(self.own(key)?, typed)?;
            let (_, name) = found.first()?;
            Some(format!("{kind} {name}"))
        });
        meant.unwrap_or_else(|| typed.to_owned())
    }
}
