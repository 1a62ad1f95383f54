//! Runs every test against one throw-away database and one throw-away Redis, after a look at the
//! reference pages.
//!
//! Both live as long as this process holds their standard input open: however the tests end, and
//! however this process ends, they stop.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::{generate, redis, run};

/// Where the tests find the database.
const VARIABLE: &str = "REGIA_TEST_DATABASE_URL";

/// The program that runs the database, and its package.
const DATABASE: &str = "test-cluster";
const DATABASE_PACKAGE: &str = "regia-testkit";

/// The program that writes the reference pages.
const SERVER: &str = "regia";

pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let chosen = packages(arguments);
    let programs = build(root, &chosen)?;
    let mut runner = runner(root);
    if chosen.is_empty() {
        runner.arg("--workspace");
        generate::check(root, find(&programs, SERVER)?)?;
    }
    let cluster = Cluster::start(root, find(&programs, DATABASE)?)?;
    let redis = redis::Redis::start(root)?;
    let runner = runner.args(arguments).env(VARIABLE, &cluster.url);
    let tests = run::succeed(runner.env(redis::VARIABLE, redis.url()));
    tests.and(redis.stop()).and(cluster.stop())
}

/// nextest where it is installed, else cargo's own.
fn runner(root: &Path) -> Command {
    let nextest = run::cargo(root)
        .args(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let mut command = run::cargo(root);
    if nextest {
        command.args(["nextest", "run"]);
    } else {
        command.arg("test");
    }
    command
}

/// The packages that the arguments choose; none for all.
fn packages(arguments: &[String]) -> Vec<&str> {
    let mut chosen = Vec::new();
    let mut words = arguments
        .iter()
        .map(String::as_str)
        .take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        match word
            .strip_prefix("--package")
            .or_else(|| word.strip_prefix("-p"))
        {
            Some("") => chosen.extend(words.next()),
            Some(name) => chosen.push(name.trim_start_matches('=')),
            None => {}
        }
    }
    chosen
}

/// One line of what cargo says about a build.
#[derive(Debug, Deserialize)]
struct Built {
    executable: Option<PathBuf>,
}

/// Builds the tests and the programs in one go: two builds would compile what they share twice,
/// each with its own choice of features.
fn build(root: &Path, chosen: &[&str]) -> Result<Vec<PathBuf>> {
    let mut cargo = run::cargo(root);
    cargo.args([
        "test",
        "--no-run",
        "--message-format",
        "json-render-diagnostics",
    ]);
    if chosen.is_empty() {
        cargo.arg("--workspace");
    } else {
        let packages = chosen.iter().chain([&DATABASE_PACKAGE]);
        cargo.args(packages.flat_map(|name| ["-p", name]));
    }
    Ok(run::output(&mut cargo)?
        .lines()
        .filter_map(|line| serde_json::from_str::<Built>(line).ok())
        .filter_map(|built| built.executable)
        .collect())
}

/// A program by its file name; the tests of a program have a hash in theirs.
fn find<'a>(programs: &'a [PathBuf], name: &str) -> Result<&'a Path> {
    programs
        .iter()
        .find(|path| path.file_name().is_some_and(|found| found == name))
        .map(PathBuf::as_path)
        .with_context(|| format!("cargo built no {name}"))
}

struct Cluster {
    process: Child,
    stdin: ChildStdin,
    url: String,
}

impl Cluster {
    fn start(root: &Path, program: &Path) -> Result<Self> {
        let mut process = run::command(root, program)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the test database")?;
        let stdin = process
            .stdin
            .take()
            .context("the test database has no input")?;
        let stdout = process
            .stdout
            .take()
            .context("the test database has no output")?;
        let mut line = String::new();
        BufReader::new(stdout)
            .read_line(&mut line)
            .context("the test database does not speak")?;
        let url = line.trim().to_owned();
        if url.is_empty() {
            bail!("the test database did not start ({})", process.wait()?);
        }
        Ok(Self {
            process,
            stdin,
            url,
        })
    }

    fn stop(self) -> Result<()> {
        let Self {
            mut process, stdin, ..
        } = self;
        drop(stdin);
        let status = process
            .wait()
            .context("cannot wait for the test database")?;
        if !status.success() {
            bail!("the test database did not stop cleanly ({status})");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chosen_packages_are_found_in_every_spelling() {
        let cases: &[(&str, &[&str])] = &[
            ("", &[]),
            ("some_test --no-capture", &[]),
            (
                "-p a --package b --package=c -pd name",
                &["a", "b", "c", "d"],
            ),
            ("-- -p a", &[]),
        ];
        for (line, expected) in cases {
            let words: Vec<String> = line.split_whitespace().map(ToOwned::to_owned).collect();
            assert_eq!(packages(&words), *expected, "{line}");
        }
    }
}
