//! Checks what neither compiler nor clippy looks at: sizes, names, texts, documents, migrations.

mod database;
mod documents;
mod links;
mod manifests;
mod names;
mod schemas;
mod sizes;
mod texts;

use std::path::Path;

use anyhow::{Result, bail};

use crate::tree::{Finding, Tree};

pub(crate) use sizes::production_lines;

/// Every rule, in the order of its report.
const RULES: &[fn(&Tree) -> Vec<Finding>] = &[
    sizes::check,
    names::check,
    schemas::names_are_unique,
    texts::check,
    database::sql_stands_in_stores,
    database::migrations_are_named,
    database::released_migrations_stay,
    manifests::check,
    documents::check,
    links::check,
];

pub(crate) fn run(root: &Path) -> Result<()> {
    let tree = Tree::read(root)?;
    let findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    for finding in &findings {
        println!("{finding}");
    }
    println!("{}", sizes::report(&tree));
    if !findings.is_empty() {
        bail!("{} things to tidy", findings.len());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
