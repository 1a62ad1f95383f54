//! The reference pages: written by the server itself, committed, and compared.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::run;

/// Where the committed pages stand.
const PAGES: &str = "docs/reference";

/// Where new ones are written first.
const FRESH: &str = "target/reference";

/// Writes the pages.
pub(crate) fn run(root: &Path) -> Result<()> {
    let mut cargo = run::cargo(root);
    cargo.args(["run", "-q", "-p", "regia", "--"]);
    write_fresh(root, cargo)?;
    // Only now, so that a server that does not build takes nothing away.
    remove(&root.join(PAGES))?;
    fs::create_dir_all(root.join(PAGES))?;
    for (name, page) in pages(&root.join(FRESH))? {
        fs::write(root.join(PAGES).join(name), page)?;
    }
    Ok(())
}

/// Compares the committed pages with those that this server writes.
pub(crate) fn check(root: &Path, server: &Path) -> Result<()> {
    write_fresh(root, run::command(root, server))?;
    let differing = differing(&pages(&root.join(PAGES))?, &pages(&root.join(FRESH))?);
    if !differing.is_empty() {
        bail!(
            "{PAGES} is not as the server writes it ({}): run cargo xtask generate",
            differing.join(", ")
        );
    }
    Ok(())
}

/// Has the server write its pages into an empty folder.
fn write_fresh(root: &Path, mut server: Command) -> Result<()> {
    remove(&root.join(FRESH))?;
    run::output(server.args(["reference", "--folder", FRESH])).map(drop)
}

fn remove(folder: &Path) -> Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).context(folder.display().to_string())
        }
        _ => Ok(()),
    }
}

type Pages = BTreeMap<String, Vec<u8>>;

fn pages(folder: &Path) -> Result<Pages> {
    let mut pages = Pages::new();
    if !folder.exists() {
        return Ok(pages);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        pages.insert(
            entry.file_name().to_string_lossy().into_owned(),
            fs::read(entry.path())?,
        );
    }
    Ok(pages)
}

/// Names of the pages that are missing, too many, or not the same.
fn differing(committed: &Pages, fresh: &Pages) -> Vec<String> {
    let mut names: Vec<_> = committed.keys().chain(fresh.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| committed.get(*name) != fresh.get(*name));
    names.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(pages: &[(&str, &str)]) -> Pages {
        pages
            .iter()
            .map(|(name, text)| ((*name).into(), text.as_bytes().to_vec()))
            .collect()
    }

    #[test]
    fn a_page_that_is_missing_changed_or_left_over_is_named() {
        let committed = set(&[("changed.md", "1"), ("left.md", "1"), ("same.md", "1")]);
        let fresh = set(&[("changed.md", "2"), ("missing.md", "1"), ("same.md", "1")]);
        assert_eq!(
            differing(&committed, &fresh),
            ["changed.md", "left.md", "missing.md"]
        );
        assert_eq!(differing(&fresh, &fresh), [""; 0]);
    }
}
