//! The project's own chores: checks, tests and generated pages. Links nothing of ours.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks there"
)]

mod generate;
mod layers;
mod redis;
mod run;
mod test;
mod tidy;
mod tree;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

const USAGE: &str = "\
usage: cargo xtask <task>

  layers       check which crate uses which
  tidy         check sizes, names, texts, documents and migrations
  test [args]  start a database and a Redis, run every test (args go to the runner), stop both
  generate     write the reference pages; a test of everything checks that they are as committed";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[String]) -> Result<()> {
    let root = root()?;
    match arguments.split_first() {
        Some((task, [])) if task == "layers" => layers::run(&root),
        Some((task, [])) if task == "tidy" => tidy::run(&root),
        Some((task, [])) if task == "generate" => generate::run(&root),
        Some((task, rest)) if task == "test" => test::run(&root, rest),
        _ => bail!("{USAGE}"),
    }
}

/// The folder of the workspace that this is run in: one that was built elsewhere and copied here with
/// its target folder still means this one.
fn root() -> Result<PathBuf> {
    let built = || env!("CARGO_MANIFEST_DIR").into();
    let run = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(built);
    Path::new(&run)
        .parent()
        .map(Path::to_owned)
        .context("xtask stands in no workspace")
}
