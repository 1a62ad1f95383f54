//! Which documents stand there, and how long the first one is.

use crate::tree::{Finding, Tree};

/// The front doors.
const DOCUMENTS: &[&str] = &[
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "GLOSSARY.md",
    "KNOWN_ISSUES.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "docs/guide.md",
    "docs/runbook.md",
];

const README_LINES: usize = 120;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let missing = |path: &str| Finding {
        path: path.into(),
        line: 1,
        message: "is missing".into(),
    };
    let mut findings: Vec<Finding> = DOCUMENTS
        .iter()
        .filter(|path| tree.find(path).is_none())
        .map(|path| missing(path))
        .collect();
    findings.extend(module_readmes(tree).iter().map(|path| missing(path)));
    if let Some(readme) = tree.find("README.md") {
        let lines = readme.text.lines().count();
        if lines > README_LINES {
            findings
                .push(readme.finding(lines, format!("{lines} lines; the limit is {README_LINES}")));
        }
    }
    findings
}

/// The README of each module that has none.
fn module_readmes(tree: &Tree) -> Vec<String> {
    tree.files
        .iter()
        .filter_map(|file| match file.parts().as_slice() {
            ["modules", name, "Cargo.toml"] => Some(format!("modules/{name}/README.md")),
            _ => None,
        })
        .filter(|path| tree.find(path).is_none())
        .collect()
}
