//! What one transaction changed in a tree, and what of it is kept.

use std::collections::BTreeSet;

use super::facts::is_volatile;
use crate::model::history::{History, Previous};
use crate::model::tree::{Tree, Value};

/// The changes of one tree in one transaction.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// Replaced values that the history keeps, oldest first.
    replaced: Vec<(String, Previous)>,
    /// Parameters whose value is new, another, or gone.
    touched: BTreeSet<String>,
    /// Parameters of answers that nobody had asked for; they were left out.
    unasked: usize,
}

impl Changes {
    /// A parameter has another value than before, or its first.
    pub(crate) fn value(&mut self, path: &str, before: Option<Value>, now: i64) {
        if is_volatile(path) {
            return;
        }
        self.touched.insert(path.to_owned());
        if let Some(value) = before
            && !is_counter(path)
        {
            let previous = Previous {
                value,
                replaced_at: now,
            };
            self.replaced.push((path.to_owned(), previous));
        }
    }

    /// A parameter or object is no longer there.
    pub(crate) fn gone(&mut self, path: &str) {
        if !path.ends_with('.') {
            self.touched.insert(path.to_owned());
        }
    }

    /// An answer held so many parameters that nobody had asked for.
    pub(crate) const fn leave_out(&mut self, unasked: usize) {
        self.unasked += unasked;
    }

    /// Parameters of answers that nobody had asked for.
    #[must_use]
    pub(crate) const fn unasked(&self) -> usize {
        self.unasked
    }

    /// Parameters whose value is new, another, or gone.
    pub(crate) fn touched(&self) -> impl Iterator<Item = &str> {
        self.touched.iter().map(String::as_str)
    }

    /// Whether nothing changed.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.touched.is_empty()
    }

    /// Whether the history has something to keep.
    #[must_use]
    pub(crate) const fn has_replaced(&self) -> bool {
        !self.replaced.is_empty()
    }

    /// Takes the replaced values into the history; parameters that `tree` no longer has are
    /// forgotten with their past.
    pub(crate) fn record(&self, history: &mut History, tree: &Tree) {
        for (path, previous) in &self.replaced {
            history.add(path, previous.clone());
        }
        history.tidy(|path| tree.nodes.contains_key(path));
    }
}

/// Statistics: they always change, and yesterday's count tells nothing.
fn is_counter(path: &str) -> bool {
    path.contains(".Stats.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tree::Node;

    fn value(text: &str) -> Value {
        Value {
            text: text.to_owned(),
            kind: "string".to_owned(),
            sealed: false,
            seen_at: 1,
        }
    }

    #[test]
    fn only_a_replaced_value_that_is_no_counter_is_kept() {
        let cases = [
            ("Device.WiFi.SSID.1.SSID", Some("Old"), true, true),
            ("Device.WiFi.SSID.1.SSID", None, true, false),
            ("Device.DeviceInfo.UpTime", Some("1"), false, false),
            ("Device.WiFi.SSID.1.Stats.BytesSent", Some("1"), true, false),
        ];
        for (path, before, touched, kept) in cases {
            let mut changes = Changes::default();
            changes.value(path, before.map(value), 9);
            assert_eq!(!changes.is_empty(), touched, "{path}");
            assert_eq!(changes.has_replaced(), kept, "{path}");
            let mut tree = Tree::default();
            tree.nodes.insert(path.to_owned(), Node::default());
            let mut history = History::default();
            changes.record(&mut history, &tree);
            assert_eq!(history.of(path).len(), usize::from(kept), "{path}");
        }
    }

    #[test]
    fn what_the_device_no_longer_has_loses_its_past() {
        let mut changes = Changes::default();
        changes.value("Device.A", Some(value("1")), 9);
        changes.gone("Device.A");
        changes.gone("Device.B.");
        assert_eq!(changes.touched().collect::<Vec<_>>(), ["Device.A"]);
        let mut history = History::default();
        changes.record(&mut history, &Tree::default());
        assert_eq!(history, History::default());
    }
}
