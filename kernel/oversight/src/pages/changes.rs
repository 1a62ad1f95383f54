//! What a line changed, value by value.

use std::collections::BTreeMap;

use regia_console::history::Change;
use serde_json::Value;

/// Values that are shown of one line; the export has all of them.
const MOST: usize = 200;

/// The values before and after, by name; names of nested values are joined by dots.
pub(super) fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<Change> {
    let (mut old, mut new) = (BTreeMap::new(), BTreeMap::new());
    for (value, into) in [(before, &mut old), (after, &mut new)] {
        if let Some(value) = value {
            flatten(String::new(), value, into);
        }
    }
    let mut names: Vec<String> = old.keys().chain(new.keys()).cloned().collect();
    names.sort_unstable();
    names.dedup();
    names.truncate(MOST);
    let change = |name: String| Change {
        before: old.remove(&name),
        after: new.remove(&name),
        name,
    };
    names.into_iter().map(change).collect()
}

fn flatten(name: String, value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (field, value) in fields {
                let name = match name.as_str() {
                    "" => field.clone(),
                    above => format!("{above}.{field}"),
                };
                flatten(name, value, into);
            }
        }
        Value::Null => {}
        Value::String(text) => {
            into.insert(name, text.clone());
        }
        other => {
            into.insert(name, other.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_stand_side_by_side() {
        let before =
            json!({ "notes": "", "tags": ["a"], "limits": { "per_minute": 5 }, "gone": 1 });
        let after =
            json!({ "notes": "roof", "tags": ["a"], "limits": { "per_minute": 6 }, "x": null });
        let found: Vec<_> = changes(Some(&before), Some(&after))
            .into_iter()
            .map(|change| (change.name, change.before, change.after))
            .collect();
        let row = |name: &str, before: Option<&str>, after: Option<&str>| {
            let text = |text: Option<&str>| text.map(str::to_owned);
            (name.to_owned(), text(before), text(after))
        };
        assert_eq!(
            found,
            [
                row("gone", Some("1"), None),
                row("limits.per_minute", Some("5"), Some("6")),
                row("notes", Some(""), Some("roof")),
                row("tags", Some("[\"a\"]"), Some("[\"a\"]")),
            ]
        );
        assert!(changes(None, None).is_empty());
    }
}
