//! A tree of dotted names (`Device.WiFi.SSID.1.SSID`), flattened into the rows that a template
//! writes one after the other.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use time::OffsetDateTime;

/// A parameter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Leaf {
    /// The whole name.
    pub path: String,
    /// The last part of the name; filled by [`rows`].
    pub name: String,
    /// What it holds, as text.
    pub value: String,
    /// Its type, such as `string`.
    pub kind: String,
    /// Whether it can be set.
    pub writable: bool,
    /// Whether the value is kept from view.
    pub hidden: bool,
    /// What it held before, newest change first.
    pub past: Vec<Past>,
}

/// A change of a parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// When the new value was seen.
    pub at: OffsetDateTime,
    /// What it held before.
    pub before: String,
    /// What it held then.
    pub after: String,
}

/// An object: what stands between two dots.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The whole name with its last dot.
    pub path: String,
    /// The last part of the name.
    pub name: String,
    /// Parameters below it.
    pub leaves: usize,
    /// Whether it is shown open.
    pub open: bool,
}

/// One step of writing a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// An object begins.
    Open(Branch),
    /// A parameter.
    Leaf(Leaf),
    /// The object begun last ends.
    Close,
}

impl Row {
    /// The object that begins here.
    #[must_use]
    pub const fn branch(&self) -> Option<&Branch> {
        match self {
            Self::Open(branch) => Some(branch),
            Self::Leaf(_) | Self::Close => None,
        }
    }

    /// The parameter that stands here.
    #[must_use]
    pub const fn leaf(&self) -> Option<&Leaf> {
        match self {
            Self::Leaf(leaf) => Some(leaf),
            Self::Open(_) | Self::Close => None,
        }
    }
}

/// Levels that a name may have; a deeper one is shown at this level with its rest.
const DEPTH: usize = 24;

#[derive(Default)]
struct Node {
    leaves: Vec<Leaf>,
    branches: BTreeMap<Part, Self>,
}

/// Part of a name; numbers in the order of numbers.
#[derive(PartialEq, Eq)]
struct Part(String);

impl Ord for Part {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.0.parse::<u64>(), other.0.parse::<u64>()) {
            (Ok(one), Ok(two)) => one.cmp(&two).then_with(|| self.0.cmp(&other.0)),
            _ => self.0.cmp(&other.0),
        }
    }
}

impl PartialOrd for Part {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The rows of a tree of parameters, objects open down to `levels`. Within an object parameters
/// come first.
#[must_use]
pub fn rows(leaves: Vec<Leaf>, levels: usize) -> Vec<Row> {
    let mut root = Node::default();
    for leaf in leaves {
        root.insert(leaf);
    }
    let mut rows = Vec::new();
    root.write("", levels, &mut rows);
    rows
}

impl Node {
    fn insert(&mut self, mut leaf: Leaf) {
        let mut node = self;
        let path = leaf.path.clone();
        let mut rest = path.as_str();
        for _ in 0..DEPTH {
            let Some((part, below)) = rest.split_once('.') else {
                break;
            };
            node = node.branches.entry(Part(part.to_owned())).or_default();
            rest = below;
        }
        rest.clone_into(&mut leaf.name);
        if !leaf.name.is_empty() {
            node.leaves.push(leaf);
        }
    }

    fn count(&self) -> usize {
        self.leaves.len() + self.branches.values().map(Self::count).sum::<usize>()
    }

    fn write(self, prefix: &str, levels: usize, rows: &mut Vec<Row>) {
        let mut leaves = self.leaves;
        leaves.sort_by(|one, two| one.name.cmp(&two.name));
        rows.extend(leaves.into_iter().map(Row::Leaf));
        for (Part(name), node) in self.branches {
            let path = format!("{prefix}{name}.");
            let branch = Branch {
                leaves: node.count(),
                open: levels > 0,
                name,
                path,
            };
            let path = branch.path.clone();
            rows.push(Row::Open(branch));
            node.write(&path, levels.saturating_sub(1), rows);
            rows.push(Row::Close);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(path: &str) -> Leaf {
        Leaf {
            path: path.into(),
            ..Leaf::default()
        }
    }

    fn shape(paths: &[&str], levels: usize) -> String {
        rows(paths.iter().map(|path| leaf(path)).collect(), levels)
            .iter()
            .map(|row| match row {
                Row::Open(branch) => {
                    let open = if branch.open { "+" } else { "-" };
                    format!("{open}{}({}) ", branch.name, branch.leaves)
                }
                Row::Leaf(leaf) => format!("{} ", leaf.name),
                Row::Close => "; ".into(),
            })
            .collect()
    }

    #[test]
    fn names_become_objects_and_parameters() {
        for (paths, levels, expected) in [
            (&["D.B.x", "D.a", "D.B.y"][..], 1, "+D(3) a -B(2) x y ; ; "),
            (&["D.10.x", "D.9.x"][..], 0, "-D(2) -9(1) x ; -10(1) x ; ; "),
            (&["alone"][..], 0, "alone "),
            (&["D.B."][..], 0, "-D(0) -B(0) ; ; "),
            (&[][..], 0, ""),
        ] {
            assert_eq!(shape(paths, levels), expected);
        }
    }

    #[test]
    fn a_branch_knows_its_whole_name() {
        let rows = rows(vec![leaf("D.B.1.x")], 0);
        let paths: Vec<_> = rows
            .iter()
            .filter_map(Row::branch)
            .map(|b| b.path.as_str())
            .collect();
        assert_eq!(paths, ["D.", "D.B.", "D.B.1."]);
        assert_eq!(rows.iter().filter_map(Row::leaf).count(), 1);
    }

    #[test]
    fn a_name_of_many_levels_ends_in_its_rest() {
        let path = "a.".repeat(5_000) + "z";
        let rows = rows(vec![leaf(&path)], 0);
        assert_eq!(rows.len(), 2 * DEPTH + 1);
        assert_eq!(
            rows[DEPTH].leaf().unwrap().name.len(),
            path.len() - 2 * DEPTH
        );
    }
}
