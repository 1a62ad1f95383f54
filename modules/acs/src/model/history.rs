//! What the parameters of a device were before: kept apart from the tree, since few look at it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::document::{self, DocumentError};
use super::tree::Value;

/// Changes kept of one parameter.
pub(crate) const MAX_CHANGES: usize = 20;

/// Bytes of texts in one history. Past that, every parameter keeps fewer changes: a device that
/// sends huge values must not grow a document without end.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// A value that was replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Previous {
    /// The value, with the time when it was last seen.
    pub(crate) value: Value,
    /// When another value was seen in its place, Unix seconds.
    pub(crate) replaced_at: i64,
}

/// The replaced values of a device by path, newest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct History {
    paths: BTreeMap<String, Vec<Previous>>,
}

/// A row of the document: a path, and of each value text, kind, sealed, seen at, replaced at.
#[derive(Serialize, Deserialize)]
struct Row<'a>(Cow<'a, str>, Vec<Past<'a>>);

type Past<'a> = (Cow<'a, str>, Cow<'a, str>, bool, i64, i64);

impl History {
    /// Reads a document.
    ///
    /// # Errors
    /// When the document is damaged or from a later version.
    pub(crate) fn decode(document: &[u8]) -> Result<Self, DocumentError> {
        let rows: Vec<Row<'_>> = document::decode(document)?;
        let previous = |(text, kind, sealed, seen_at, replaced_at): Past<'_>| Previous {
            value: Value {
                text: text.into_owned(),
                kind: kind.into_owned(),
                sealed,
                seen_at,
            },
            replaced_at,
        };
        let paths = rows
            .into_iter()
            .map(|Row(path, past)| (path.into_owned(), past.into_iter().map(previous).collect()))
            .collect();
        Ok(Self { paths })
    }

    /// Writes the document.
    ///
    /// # Errors
    /// Never in practice; JSON of texts and numbers cannot fail.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, DocumentError> {
        let rows: Vec<Row<'_>> = self
            .paths
            .iter()
            .map(|(path, past)| {
                let past = past.iter().map(|previous| {
                    let Value {
                        text,
                        kind,
                        sealed,
                        seen_at,
                    } = &previous.value;
                    let (text, kind) = (text.as_str().into(), kind.as_str().into());
                    (text, kind, *sealed, *seen_at, previous.replaced_at)
                });
                Row(path.as_str().into(), past.collect())
            })
            .collect();
        document::encode(&rows)
    }

    /// What a parameter was before, newest first.
    #[must_use]
    pub(crate) fn of(&self, path: &str) -> &[Previous] {
        self.paths.get(path).map_or(&[], Vec::as_slice)
    }

    /// Adds a replaced value.
    pub(crate) fn add(&mut self, path: &str, previous: Previous) {
        let past = self.paths.entry(path.to_owned()).or_default();
        past.insert(0, previous);
        past.truncate(MAX_CHANGES);
    }

    /// Takes another device's replaced values in, sealed anew by `reseal(path, text)`; one that cannot
    /// be opened is left out.
    pub(crate) fn join(&mut self, other: Self, reseal: impl Fn(&str, &str) -> Option<String>) {
        for (path, past) in other.paths {
            let kept = self.paths.entry(path.clone()).or_default();
            for mut previous in past {
                if previous.value.sealed {
                    let Some(text) = reseal(&path, &previous.value.text) else {
                        continue;
                    };
                    previous.value.text = text;
                }
                kept.push(previous);
            }
            kept.sort_by_key(|previous| std::cmp::Reverse(previous.replaced_at));
            kept.truncate(MAX_CHANGES);
        }
    }

    /// Forgets the parameters that are no longer there, and the oldest values of a history that
    /// has grown too large.
    pub(crate) fn tidy(&mut self, is_there: impl Fn(&str) -> bool) {
        self.paths.retain(|path, _| is_there(path));
        let mut most = MAX_CHANGES;
        while most > 0 && self.bytes() > MAX_BYTES {
            most /= 2;
            self.paths.values_mut().for_each(|past| past.truncate(most));
        }
    }

    fn bytes(&self) -> usize {
        let of = |past: &Vec<Previous>| past.iter().map(|one| one.value.text.len()).sum::<usize>();
        self.paths
            .iter()
            .map(|(path, past)| path.len() + of(past))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn previous(text: &str, replaced_at: i64) -> Previous {
        let value = Value {
            text: text.to_owned(),
            kind: "string".to_owned(),
            sealed: false,
            seen_at: replaced_at - 60,
        };
        Previous { value, replaced_at }
    }

    #[test]
    fn a_history_survives_its_document() {
        let mut history = History::default();
        for at in 0..3 {
            history.add("Device.A", previous(&at.to_string(), at));
        }
        history.add("Device.B", previous("x", 9));
        let document = history.encode().unwrap();
        assert_eq!(History::decode(&document).unwrap(), history);
        assert!(History::decode(&document[..document.len() - 3]).is_err());
    }

    #[test]
    fn the_newest_twenty_values_stay_newest_first() {
        let mut history = History::default();
        for at in 0..30 {
            history.add("Device.A", previous(&at.to_string(), at));
        }
        let kept: Vec<i64> = history
            .of("Device.A")
            .iter()
            .map(|one| one.replaced_at)
            .collect();
        assert_eq!(kept, (10..30).rev().collect::<Vec<_>>());
        assert!(history.of("Device.B").is_empty());
    }

    #[test]
    fn what_is_gone_is_forgotten_and_what_is_huge_is_shortened() {
        let mut history = History::default();
        let huge = "x".repeat(MAX_BYTES / 8);
        for at in 0..10 {
            history.add("Device.A", previous(&huge, at));
            history.add("Device.B", previous("small", at));
        }
        history.tidy(|path| path == "Device.A");
        assert!(history.of("Device.B").is_empty());
        let kept: Vec<i64> = history
            .of("Device.A")
            .iter()
            .map(|one| one.replaced_at)
            .collect();
        assert_eq!(kept, [9, 8, 7, 6, 5]);
    }
}
