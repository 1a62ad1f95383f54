//! Messages: every word on a page comes from a message file, `<crate>/messages/<language>.toml`.
//!
//! A file's tables give a message its dotted name. A table with the key `other` is one message in
//! plural forms (`one`, `other`). `{name}` in a message is filled by [`Text::arg`], `{count}` by
//! [`Text::count`]. A language may be partly translated: English fills the gaps.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Write as _};

use crate::locale::{Locale, Plural};
use crate::quantity::Quantity;
use crate::reasons::{filled, particulars};

/// The table of reasons that stand in the code in English.
const REASON: &str = "reason.";

/// A message file: its language and its text.
pub type MessageFile = (Locale, &'static str);

/// Why message files cannot be used. All are mistakes in the program.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// The file is not TOML.
    #[error("a message file in {} is not TOML", .0.tag())]
    Syntax(Locale, #[source] toml::de::Error),
    /// A value is neither a text nor a table.
    #[error("message {} in {} is neither a text nor a table", .1, .0.tag())]
    Kind(Locale, String),
    /// Two files define one message.
    #[error("message {} in {} is defined twice", .1, .0.tag())]
    Twice(Locale, String),
}

/// Every message in every language.
#[derive(Debug, Default)]
pub struct Catalog {
    languages: BTreeMap<&'static str, BTreeMap<String, Message>>,
}

#[derive(Debug)]
enum Message {
    Plain(String),
    Counted { one: String, other: String },
}

impl Catalog {
    /// Reads message files; several may add to one language.
    ///
    /// # Errors
    /// A file that is no TOML, a value that is no text, a message that is defined twice.
    pub fn load(files: &[MessageFile]) -> Result<Self, MessageError> {
        let mut catalog = Self::default();
        for (locale, text) in files {
            let table: toml::Table = text
                .parse()
                .map_err(|error| MessageError::Syntax(*locale, error))?;
            let messages = catalog.languages.entry(locale.tag()).or_default();
            flatten(*locale, "", table, messages)?;
        }
        Ok(catalog)
    }

    /// The best loaded language for a browser's `Accept-Language` (RFC 9110, 12.5.4; the order of
    /// the header is taken as the order of preference).
    #[must_use]
    pub fn negotiate(&self, accept: &str) -> Locale {
        accept
            .split(',')
            .filter_map(|range| Locale::find(range.split(';').next()?))
            .find(|locale| self.languages.contains_key(locale.tag()))
            .unwrap_or_default()
    }

    /// The languages there are messages in.
    pub fn languages(&self) -> impl Iterator<Item = Locale> {
        let loaded = |locale: &Locale| self.languages.contains_key(locale.tag());
        Locale::ALL.into_iter().filter(loaded)
    }

    /// The language of a tag, if there are messages in it.
    #[must_use]
    pub fn offered(&self, tag: &str) -> Option<Locale> {
        let locale = Locale::find(tag)?;
        self.languages.contains_key(locale.tag()).then_some(locale)
    }

    /// A message of this very language; English does not fill the gap.
    #[must_use]
    pub fn own(&self, locale: Locale, key: &str) -> Option<&str> {
        match self.find(locale, key)? {
            Message::Plain(text) => Some(text),
            Message::Counted { other, .. } => Some(other),
        }
    }

    /// A reason that stands in the code in English, in another language; none where that does not know
    /// it.
    #[must_use]
    pub fn reason(&self, locale: Locale, english: &str) -> Option<String> {
        if let Some(exact) = self.own(locale, &format!("{REASON}{english}")) {
            return Some(exact.to_owned());
        }
        let messages = self.languages.get(locale.tag())?;
        let mut named = messages.range(REASON.to_owned()..).map_while(|(key, _)| {
            let pattern = key.strip_prefix(REASON)?;
            Some((pattern, particulars(pattern, english)))
        });
        let (pattern, found) = named.find(|(_, found)| found.is_some())?;
        let sentence = self.own(locale, &format!("{REASON}{pattern}"))?;
        Some(filled(sentence, &found?))
    }

    /// What the languages do not have in common: messages that one lacks, and places that one fills
    /// and the other does not. For each crate's test.
    #[must_use]
    pub fn differences(&self) -> Vec<String> {
        let mut found = Vec::new();
        for (tag, messages) in &self.languages {
            for (other, others) in &self.languages {
                for (key, message) in messages {
                    match others.get(key) {
                        None => found.push(format!("{key} is in {tag} and not in {other}")),
                        Some(known) if known.places() != message.places() => {
                            found
                                .push(format!("{key} fills other places in {tag} than in {other}"));
                        }
                        Some(_) => {}
                    }
                }
            }
        }
        found
    }

    /// Whether a message exists in English.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.find(Locale::En, key).is_some()
    }

    /// A message, to be filled and shown. A missing one shows its own name.
    #[must_use]
    pub fn text<'a>(&'a self, locale: Locale, key: &'a str) -> Text<'a> {
        let message = self
            .find(locale, key)
            .or_else(|| self.find(Locale::En, key));
        Text {
            key,
            message,
            locale,
            count: None,
            args: Vec::new(),
        }
    }

    fn find(&self, locale: Locale, key: &str) -> Option<&Message> {
        self.languages.get(locale.tag())?.get(key)
    }
}

impl Message {
    /// The names between braces, each form's together: one may say "one" without the number.
    fn places(&self) -> BTreeSet<&str> {
        let forms = match self {
            Self::Plain(text) => [text.as_str(), ""],
            Self::Counted { one, other } => [one.as_str(), other.as_str()],
        };
        let names = forms.into_iter().flat_map(|text| text.split('{').skip(1));
        names
            .filter_map(|rest| Some(rest.split_once('}')?.0))
            .collect()
    }
}

fn flatten(
    locale: Locale,
    prefix: &str,
    table: toml::Table,
    into: &mut BTreeMap<String, Message>,
) -> Result<(), MessageError> {
    for (name, value) in table {
        let key = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}.{name}")
        };
        let message = match value {
            toml::Value::String(text) => Message::Plain(text),
            toml::Value::Table(table) => match counted(&table) {
                Some(message) => message,
                None => {
                    flatten(locale, &key, table, into)?;
                    continue;
                }
            },
            _ => return Err(MessageError::Kind(locale, key)),
        };
        if into.insert(key.clone(), message).is_some() {
            return Err(MessageError::Twice(locale, key));
        }
    }
    Ok(())
}

fn counted(table: &toml::Table) -> Option<Message> {
    let other = table.get("other")?.as_str()?.to_owned();
    let one = table
        .get("one")
        .and_then(toml::Value::as_str)
        .unwrap_or(&other)
        .to_owned();
    Some(Message::Counted { one, other })
}

/// One message on its way to a page: `page.t("acs.found").count(12).arg("name", name)`.
#[derive(Debug, Clone)]
pub struct Text<'a> {
    key: &'a str,
    message: Option<&'a Message>,
    locale: Locale,
    count: Option<u64>,
    args: Vec<(&'static str, String)>,
}

impl Text<'_> {
    /// Fills `{name}`.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Display) -> Self {
        self.args.push((name, value.to_string()));
        self
    }

    /// Chooses the plural form and fills `{count}`, grouped by the language's habit.
    #[must_use]
    pub fn count(mut self, count: impl Quantity) -> Self {
        self.count = Some(count.quantity());
        self
    }

    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        if name == "count" {
            return self
                .count
                .map(|count| Cow::Owned(self.locale.number(count)));
        }
        let found = self.args.iter().find(|(given, _)| *given == name)?;
        Some(Cow::Borrowed(&found.1))
    }
}

impl Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = match self.message {
            None => self.key,
            Some(Message::Plain(text)) => text,
            Some(Message::Counted { one, other }) => {
                match self.locale.plural(self.count.unwrap_or(0)) {
                    Plural::One => one,
                    Plural::Other => other,
                }
            }
        };
        while let Some((before, after)) = rest.split_once('{') {
            f.write_str(before)?;
            let Some((name, after)) = after.split_once('}') else {
                f.write_char('{')?;
                rest = after;
                continue;
            };
            match self.value(name) {
                Some(value) => f.write_str(&value)?,
                None => write!(f, "{{{name}}}")?,
            }
            rest = after;
        }
        f.write_str(rest)
    }
}

/// The names of the messages that a template (or a Rust file) asks for with a literal,
/// `.t("name")`. For each module's test that all of them exist.
pub fn keys_in(template: &str) -> impl Iterator<Item = &str> {
    template
        .split(".t(\"")
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('"')?.0))
}

/// The names below a prefix such as `acs.` that stand in a file as literals of their own: in tables,
/// constants and matches. For the same tests.
pub fn keys_named<'a>(text: &'a str, prefix: &str) -> impl Iterator<Item = &'a str> {
    let names = text.match_indices(prefix).map(|(at, _)| text.split_at(at));
    let named = names.filter_map(|(before, rest)| {
        let is_literal = before.ends_with('"');
        is_literal.then(|| rest.split_once('"')).flatten()
    });
    named.map(|(key, _)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EN: &str = "[a]\nplain = \"Hello {name}\"\nonly = \"English\"\nbrace = \"a { b\"\n\
                      [a.rows]\none = \"{count} row\"\nother = \"{count} rows\"\n";
    const IT: &str = "[a]\nplain = \"Ciao {name}\"\n[a.rows]\none = \"{count} riga\"\nother = \"{count} righe\"\n";

    fn catalog() -> Catalog {
        Catalog::load(&[(Locale::En, EN), (Locale::It, IT)]).unwrap()
    }

    #[test]
    fn messages_are_filled_and_counted() {
        let catalog = catalog();
        let show = |locale, key: &'static str, count: u64| {
            catalog
                .text(locale, key)
                .count(count)
                .arg("name", "Ada")
                .to_string()
        };
        for (locale, key, count, text) in [
            (Locale::En, "a.plain", 0, "Hello Ada"),
            (Locale::It, "a.plain", 0, "Ciao Ada"),
            (Locale::En, "a.rows", 1, "1 row"),
            (Locale::En, "a.rows", 0, "0 rows"),
            (Locale::En, "a.rows", 1200, "1,200 rows"),
            (Locale::It, "a.rows", 1200, "1.200 righe"),
            (Locale::It, "a.only", 0, "English"),
            (Locale::En, "a.brace", 0, "a { b"),
            (Locale::En, "a.missing", 0, "a.missing"),
        ] {
            assert_eq!(show(locale, key, count), text, "{key} × {count}");
        }
    }

    #[test]
    fn an_unfilled_place_stays_visible() {
        assert_eq!(
            catalog().text(Locale::En, "a.plain").to_string(),
            "Hello {name}"
        );
    }

    #[test]
    fn the_browser_gets_the_first_language_that_is_loaded() {
        let english = Catalog::load(&[(Locale::En, EN)]).unwrap();
        for (accept, both, one) in [
            ("it-IT,it;q=0.9,en;q=0.8", Locale::It, Locale::En),
            ("de, en-GB", Locale::En, Locale::En),
            ("", Locale::En, Locale::En),
        ] {
            assert_eq!(catalog().negotiate(accept), both, "{accept}");
            assert_eq!(english.negotiate(accept), one, "{accept}");
        }
    }

    #[test]
    fn mistakes_in_files_are_named() {
        for (files, expected) in [
            (
                vec![(Locale::En, "a = ")],
                "a message file in en is not TOML",
            ),
            (
                vec![(Locale::It, "[a]\nb = 3")],
                "message a.b in it is neither a text nor a table",
            ),
            (
                vec![(Locale::En, EN), (Locale::En, EN)],
                "message a.brace in en is defined twice",
            ),
        ] {
            assert_eq!(Catalog::load(&files).unwrap_err().to_string(), expected);
        }
    }

    #[test]
    fn what_one_language_lacks_is_named() {
        let differences = |it| {
            Catalog::load(&[(Locale::En, EN), (Locale::It, it)])
                .unwrap()
                .differences()
        };
        let complete = "[a]\nplain = \"Ciao {name}\"\nonly = \"Italiano\"\nbrace = \"a { b\"\n\
                        [a.rows]\none = \"una riga\"\nother = \"{count} righe\"\n";
        assert_eq!(differences(complete), Vec::<String>::new());
        let lacking = complete.replace("only = \"Italiano\"\n", "new = \"x\"\n");
        let lacking = lacking.replace("Ciao {name}", "Ciao {nome}");
        let lacking = Box::leak(lacking.into_boxed_str());
        let found = differences(lacking);
        for expected in [
            "a.only is in en and not in it",
            "a.new is in it and not in en",
            "a.plain fills other places in en than in it",
        ] {
            assert!(
                found.iter().any(|line| line == expected),
                "{expected}: {found:?}"
            );
        }
    }

    #[test]
    fn a_reason_is_told_in_the_language_that_knows_it() {
        let it = "[reason]\n\"It is busy.\" = \"È occupato.\"\n\
                  \"It says {status}.\" = \"Risponde {status}.\"\n[z]\na = \"z\"\n";
        let catalog = Catalog::load(&[(Locale::En, EN), (Locale::It, it)]).unwrap();
        for (locale, english, expected) in [
            (Locale::It, "It is busy.", Some("È occupato.")),
            (Locale::It, "It says 404.", Some("Risponde 404.")),
            (Locale::It, "It sleeps.", None),
            (Locale::En, "It is busy.", None),
        ] {
            let found = catalog.reason(locale, english);
            assert_eq!(found.as_deref(), expected, "{english}");
        }
    }

    #[test]
    fn a_template_tells_its_keys() {
        let found: Vec<_> = keys_in(r#"{{ page.t("a.b") }} x.t("c.d").count(2) t(key)"#).collect();
        assert_eq!(found, ["a.b", "c.d"]);
        let found: Vec<_> = keys_named(r#"["a.b", "xa.c", a.d, "a.e f"]"#, "a.").collect();
        assert_eq!(found, ["a.b", "a.e f"]);
    }
}
