//! How files and folders are called.

use crate::tree::{File, Finding, Tree};

/// Names that say nothing.
const EMPTY_NAMES: &[&str] = &[
    "common", "core", "helper", "helpers", "manager", "misc", "shared", "util", "utils",
];

/// Folders that a source file may lie deep.
const DEPTH: usize = 6;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files.iter().flat_map(check_file).collect()
}

fn check_file(file: &File) -> Vec<Finding> {
    let mut messages = Vec::new();
    let parts = file.parts();
    for part in &parts {
        let stem = part.split('.').next().unwrap_or(part);
        if EMPTY_NAMES.contains(&stem) {
            messages.push(format!("the name `{stem}` says nothing"));
        }
    }
    if file.is_rust() {
        if parts.last() == Some(&"mod.rs") {
            messages.push("no mod.rs: `foo.rs` stands beside `foo/`".to_owned());
        }
        if parts.len() > DEPTH + 1 {
            messages.push(format!(
                "lies {} folders deep; the limit is {DEPTH}",
                parts.len() - 1
            ));
        }
        if !file.text.starts_with("//! ") {
            messages
                .push("the first line is not a `//!` sentence that says what this is".to_owned());
        }
    }
    messages
        .into_iter()
        .map(|message| file.finding(1, message))
        .collect()
}
