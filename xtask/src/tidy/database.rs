//! Where SQL stands, and what a migration may do.

use sha2::{Digest, Sha256};

use crate::tree::{File, Finding, Tree};

/// Migrations of past releases, as `sha256sum` lists them.
const RELEASED: &str = "xtask/released-migrations.txt";

pub(crate) fn sql_stands_in_stores(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in tree
        .rust()
        .filter(|file| !file.is_test() && !is_store(file))
    {
        for (number, line) in super::production_lines(file) {
            let code = line.split("//").next().unwrap_or_default();
            if code.contains("sqlx::") {
                findings.push(file.finding(number, "SQL stands in store.rs or store/ only"));
            }
        }
    }
    findings
}

fn is_store(file: &File) -> bool {
    file.path.starts_with("xtask/")
        || file
            .parts()
            .iter()
            .any(|part| matches!(*part, "store" | "store.rs"))
}

/// `<yyyymmddhhmmss>_<module>_<what>.sql`, each stamp once.
pub(crate) fn migrations_are_named(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut last = "";
    for file in migrations(tree) {
        let name = file.parts().pop().unwrap_or_default();
        match stamp(name) {
            None => {
                findings.push(file.finding(1, "is not named <yyyymmddhhmmss>_<module>_<what>.sql"));
            }
            Some(stamp) if stamp == last => {
                findings.push(file.finding(1, "another migration has the same stamp"));
            }
            Some(stamp) => last = stamp,
        }
    }
    findings
}

fn migrations(tree: &Tree) -> impl Iterator<Item = &File> {
    tree.files
        .iter()
        .filter(|file| file.path.starts_with("migrations/"))
}

fn stamp(name: &str) -> Option<&str> {
    let (stamp, rest) = name.strip_suffix(".sql")?.split_once('_')?;
    let (module, what) = rest.split_once('_')?;
    let digits = stamp.len() == 14 && stamp.bytes().all(|byte| byte.is_ascii_digit());
    let word = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    (digits && word(module) && word(what)).then_some(stamp)
}

/// A migration that some installation has run is never changed.
pub(crate) fn released_migrations_stay(tree: &Tree) -> Vec<Finding> {
    let Some(list) = tree.find(RELEASED) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (number, line) in list.lines() {
        let Some((hash, path)) = line.split_once("  ") else {
            findings.push(list.finding(number, "is no line of sha256sum"));
            continue;
        };
        match tree.find(path) {
            None => findings.push(list.finding(number, format!("{path} was released and is gone"))),
            Some(file) if sha256(&file.text) != hash => {
                findings.push(file.finding(1, "was released: write a new migration instead"));
            }
            Some(_) => {}
        }
    }
    findings
}

fn sha256(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
