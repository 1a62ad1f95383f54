//! What the manifests say: every dependency once, with its reason, and used.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::tree::{File, Finding, Tree};

/// The table of reasons.
const REASONS: &str = "docs/dependencies.md";

const SECTIONS: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut used = BTreeSet::new();
    let members = tree
        .files
        .iter()
        .filter(|file| file.path.ends_with("/Cargo.toml"));
    for file in members {
        match file.text.parse::<Table>() {
            // A workspace of its own, for other tools than ours.
            Ok(manifest) if manifest.contains_key("workspace") => {}
            Ok(manifest) => findings.extend(check_member(file, &manifest, &mut used)),
            Err(error) => findings.push(file.finding(1, error.to_string())),
        }
    }
    let Some(root) = tree.find("Cargo.toml") else {
        return findings;
    };
    let declared = third_parties(root);
    for name in declared.iter().filter(|name| !used.contains(*name)) {
        findings.push(root.finding(line_of(root, name), format!("no crate uses {name}")));
    }
    findings.extend(reasons(tree, root, &declared));
    findings
}

/// A member takes its lints and every dependency from the workspace.
fn check_member(file: &File, manifest: &Table, used: &mut BTreeSet<String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if manifest
        .get("lints")
        .and_then(|lints| lints.get("workspace"))
        != Some(&Value::Boolean(true))
    {
        findings.push(file.finding(1, "the lints are not the workspace's"));
    }
    for (name, value) in dependencies(manifest) {
        used.insert(name.clone());
        if value.get("workspace") != Some(&Value::Boolean(true)) {
            findings.push(file.finding(
                line_of(file, name),
                format!("{name} is not the workspace's"),
            ));
        }
    }
    findings
}

fn dependencies(manifest: &Table) -> impl Iterator<Item = (&String, &Value)> {
    let targets = manifest
        .get("target")
        .and_then(Value::as_table)
        .into_iter()
        .flatten();
    let tables = targets.filter_map(|(_, target)| target.as_table());
    std::iter::once(manifest)
        .chain(tables)
        .flat_map(|table| SECTIONS.iter().filter_map(|section| table.get(*section)))
        .filter_map(Value::as_table)
        .flatten()
}

/// Names of the workspace's dependencies that are not ours.
fn third_parties(root: &File) -> BTreeSet<String> {
    let manifest: Table = root.text.parse().unwrap_or_default();
    let declared = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"));
    let declared = declared.and_then(Value::as_table).into_iter().flatten();
    declared
        .filter(|(_, value)| value.get("path").is_none())
        .map(|(name, _)| name.clone())
        .collect()
}

/// Each declared dependency has a row in the table, and each row is declared.
fn reasons(tree: &Tree, root: &File, declared: &BTreeSet<String>) -> Vec<Finding> {
    let Some(document) = tree.find(REASONS) else {
        return vec![root.finding(1, format!("{REASONS} is missing"))];
    };
    let mut rows = BTreeSet::new();
    let mut findings = Vec::new();
    for (number, line) in document.lines() {
        let Some(name) = line
            .strip_prefix("| `")
            .and_then(|rest| rest.split('`').next())
        else {
            continue;
        };
        if !declared.contains(name) {
            findings.push(document.finding(number, format!("{name} is no dependency")));
        }
        rows.insert(name.to_owned());
    }
    for name in declared.difference(&rows) {
        findings.push(root.finding(
            line_of(root, name),
            format!("{name} has no reason in {REASONS}"),
        ));
    }
    findings
}

fn line_of(file: &File, name: &str) -> usize {
    let begins = |line: &str| {
        line.strip_prefix(name)
            .is_some_and(|rest| rest.starts_with([' ', '.', '=']))
    };
    file.lines()
        .find(|(_, line)| begins(line))
        .map_or(1, |(number, _)| number)
}
