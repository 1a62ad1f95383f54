//! Words that may not stand in any file. They are put together here so that this file passes.

use crate::tree::{File, Finding, Tree};

/// Notes to oneself.
const NOTES: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X"),
];

/// Folders of somebody's machine.
const MACHINE_FOLDERS: &[&str] = &[
    concat!("/wor", "k/"),
    concat!("/roo", "t/"),
    concat!("/hom", "e/"),
];

/// Hosts of package registries: clients know their own, and a mirror may stand in for them.
const REGISTRY_HOSTS: &[&str] = &[
    concat!("crates", ".io"),
    concat!("npmjs", ".org"),
    concat!("npmjs", ".com"),
    concat!("pypi", ".org"),
    concat!("pythonhosted", ".org"),
    concat!("deb.debian", ".org"),
    concat!("archive.ubuntu", ".com"),
];

/// Written by a tool, or not ours to change.
const NOT_OURS: &[&str] = &["Cargo.lock", "LICENSE"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    tree.files
        .iter()
        .filter(|file| !NOT_OURS.contains(&file.path.as_str()) && !is_sample(file))
        .flat_map(check_file)
        .collect()
}

/// What a device sent, or a fuzzer found.
fn is_sample(file: &File) -> bool {
    file.parts()
        .iter()
        .any(|part| matches!(*part, "fixtures" | "corpus"))
}

fn check_file(file: &File) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in file.lines() {
        let mut refuse = |message: String| findings.push(file.finding(number, message));
        if line.ends_with([' ', '\t', '\r']) {
            refuse("white space at the end of the line".into());
        }
        for note in NOTES.iter().filter(|note| has_word(line, note)) {
            refuse(format!("no {note}: do it, or say it in KNOWN_ISSUES.md"));
        }
        if file.is_rust() && line.contains(concat!("#[ign", "ore")) {
            refuse("no ignored tests".into());
        }
        for folder in MACHINE_FOLDERS
            .iter()
            .filter(|folder| names_folder(line, folder))
        {
            refuse(format!("{folder} is a folder of one machine"));
        }
        for host in REGISTRY_HOSTS.iter().filter(|host| line.contains(**host)) {
            refuse(format!(
                "{host} is a registry's host: leave it to the client's own settings"
            ));
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        findings.push(file.finding(file.text.lines().count(), "the last line has no end"));
    }
    findings
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line
            .get(at + word.len()..)
            .and_then(|text| text.chars().next());
        ![before, after]
            .into_iter()
            .flatten()
            .any(|next| next.is_alphanumeric() || next == '_')
    })
}

/// Whether a path begins with the folder here, instead of having it further on.
fn names_folder(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|next| next.is_alphanumeric() || "._-~/}>$)]*".contains(next))
    })
}
