//! Whether what a document points at exists: links, their headings, and paths in code marks.

use crate::tree::{File, Finding, Tree};

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let documents = tree.files.iter().filter(|file| file.path.ends_with(".md"));
    documents
        .flat_map(|file| check_document(tree, file))
        .collect()
}

fn check_document(tree: &Tree, file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in prose(file) {
        for target in links(line) {
            if let Some(message) = broken(tree, file, target) {
                findings.push(file.finding(number, message));
            }
        }
        for path in code_marks(line).filter(|path| is_path(path)) {
            if !tree.has(path) {
                findings.push(file.finding(number, format!("`{path}` does not exist")));
            }
        }
    }
    findings
}

/// The lines outside code blocks.
fn prose(file: &File) -> impl Iterator<Item = (usize, &str)> {
    let mut inside = false;
    file.lines().filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        if fence {
            inside = !inside;
        }
        !inside && !fence
    })
}

/// What stands in the round brackets of `[text](target)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
}

/// What stands between single backticks.
fn code_marks(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Whether a code mark names a place of ours, and not an address, a pattern or a setting.
fn is_path(mark: &str) -> bool {
    const TOP: &[&str] = &[
        "app/",
        "clients/",
        "codecs/",
        "deploy/",
        "docs/",
        "fuzz/",
        "kernel/",
        "migrations/",
        "modules/",
        "scripts/",
        "simulate/",
        "xtask/",
    ];
    TOP.iter().any(|top| mark.starts_with(top)) && !mark.contains(['<', '*', ' ', '{', '…', ':'])
}

fn broken(tree: &Tree, file: &File, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, heading) = target.split_once('#').unwrap_or((target, ""));
    let full = if path.is_empty() {
        file.path.clone()
    } else {
        resolve(&file.path, path)
    };
    if !tree.has(&full) {
        return Some(format!("the link {target} leads nowhere"));
    }
    let document = tree.find(&full)?;
    let missing = !heading.is_empty() && !headings(document).any(|known| known == heading);
    missing.then(|| format!("{full} has no heading #{heading}"))
}

/// The target as a path from the root.
fn resolve(from: &str, target: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Anchors of a document's headings, as code hosts make them.
fn headings(file: &File) -> impl Iterator<Item = String> {
    prose(file)
        .filter(|(_, line)| line.starts_with('#'))
        .map(|(_, line)| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
                .map(|letter| if letter == ' ' { '-' } else { letter })
                .collect()
        })
}
