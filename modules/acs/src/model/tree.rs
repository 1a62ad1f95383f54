//! The parameter tree of a device, kept as one document (see [`super::document`]).

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::document::{self, DocumentError};

/// Nodes of one tree; real devices stay below 10,000.
pub const MAX_NODES: usize = 50_000;

/// What is known of one path.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Node {
    /// The last value seen; absent for objects and for parameters never read.
    pub value: Option<Value>,
    /// Whether the device takes a set (parameter) or an add (object); absent until asked.
    pub writable: Option<bool>,
}

/// A value as the device sent it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The text, or for a secret its sealed form in Base64.
    pub text: String,
    /// The `xsd` type without prefix, such as `string` or `unsignedInt`.
    pub kind: String,
    /// Whether `text` is sealed.
    pub sealed: bool,
    /// When the device sent it, Unix seconds.
    pub seen_at: i64,
}

/// Paths in order; an object's path ends with a dot.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tree {
    /// Every known path.
    pub nodes: BTreeMap<String, Node>,
}

/// A row of the document: path, writable, value, kind, sealed, seen at.
#[derive(Serialize, Deserialize)]
struct Row<'a>(
    Cow<'a, str>,
    Option<bool>,
    Option<(Cow<'a, str>, Cow<'a, str>, bool, i64)>,
);

impl Tree {
    /// Reads a document.
    ///
    /// # Errors
    /// When the document is damaged or from a later version.
    pub fn decode(document: &[u8]) -> Result<Self, DocumentError> {
        let rows: Vec<Row<'_>> = document::decode(document)?;
        let node = |Row(path, writable, value): Row<'_>| {
            let value = value.map(|(text, kind, sealed, seen_at)| Value {
                text: text.into_owned(),
                kind: kind.into_owned(),
                sealed,
                seen_at,
            });
            (path.into_owned(), Node { value, writable })
        };
        Ok(Self {
            nodes: rows.into_iter().map(node).collect(),
        })
    }

    /// Writes the document.
    ///
    /// # Errors
    /// Never in practice; JSON of texts and numbers cannot fail.
    pub fn encode(&self) -> Result<Vec<u8>, DocumentError> {
        let rows: Vec<Row<'_>> = self
            .nodes
            .iter()
            .map(|(path, node)| {
                let value = node.value.as_ref().map(|value| {
                    let (text, kind) = (value.text.as_str(), value.kind.as_str());
                    (text.into(), kind.into(), value.sealed, value.seen_at)
                });
                Row(path.as_str().into(), node.writable, value)
            })
            .collect();
        document::encode(&rows)
    }

    /// How many parameters (not objects) the tree holds.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.nodes
            .keys()
            .filter(|path| !path.ends_with('.'))
            .count()
    }

    /// The text of a parameter that is known and no secret.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        let value = self.nodes.get(path)?.value.as_ref()?;
        (!value.sealed).then_some(value.text.as_str())
    }

    /// The paths below `scope` (a path ending with a dot, or a whole parameter path, or empty for
    /// everything) that come after `after`, in order.
    pub fn below<'a>(
        &'a self,
        scope: &'a str,
        after: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a Node)> {
        use std::ops::Bound::{Excluded, Included, Unbounded};
        let start = if after >= scope && !after.is_empty() {
            Excluded(after)
        } else {
            Included(scope)
        };
        self.nodes
            .range::<str, _>((start, Unbounded))
            .take_while(move |(path, _)| path.starts_with(scope))
            .map(|(path, node)| (path.as_str(), node))
    }

    /// The first part of the tree's paths with its dot, `Device.` or `InternetGatewayDevice.`.
    #[must_use]
    pub fn root(&self) -> Option<&str> {
        let path = self.nodes.keys().next()?;
        path.split_inclusive('.').next()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(count: usize) -> Tree {
        let mut tree = Tree::default();
        for index in 0..count {
            let value = Value {
                text: format!("value {}", index % 7),
                kind: "string".to_owned(),
                sealed: false,
                seen_at: 1_795_000_000,
            };
            tree.nodes.insert(
                format!("Device.WiFi.AccessPoint.{}.Parameter{index}", index % 5),
                Node {
                    value: Some(value),
                    writable: Some(index % 2 == 0),
                },
            );
        }
        tree.nodes.insert(
            "Device.".to_owned(),
            Node {
                value: None,
                writable: Some(false),
            },
        );
        tree
    }

    #[test]
    fn a_tree_survives_its_document() {
        for count in [0, 1, 500] {
            let tree = tree(count);
            assert_eq!(Tree::decode(&tree.encode().unwrap()).unwrap(), tree);
        }
    }

    #[test]
    fn five_hundred_parameters_take_a_few_kilobytes() {
        assert!(tree(500).encode().unwrap().len() < 10_000);
    }

    #[test]
    fn a_damaged_document_is_an_error() {
        let document = tree(20).encode().unwrap();
        assert!(Tree::decode(&[]).is_err());
        assert!(Tree::decode(&[9, 1, 2]).is_err());
        assert!(Tree::decode(&document[..document.len() / 2]).is_err());
        assert!(Tree::decode(&[1, 255, 255, 255, 255, 0]).is_err());
    }

    #[test]
    fn below_walks_a_scope_in_order() {
        let tree = tree(10);
        let all: Vec<&str> = tree.below("", "").map(|(path, _)| path).collect();
        assert_eq!(all.len(), 11);
        let first = "Device.WiFi.AccessPoint.1.Parameter1";
        let scope = "Device.WiFi.AccessPoint.1.";
        let some: Vec<&str> = tree.below(scope, "").map(|(path, _)| path).collect();
        assert_eq!(some, [first, "Device.WiFi.AccessPoint.1.Parameter6"]);
        assert_eq!(tree.below(scope, first).count(), 1);
        assert_eq!(tree.below(first, "").count(), 1);
        assert_eq!(tree.root(), Some("Device."));
    }
}
