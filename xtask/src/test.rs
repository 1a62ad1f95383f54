//! Runs every test against one throw-away database.
//!
//! The database lives as long as this process holds its standard input open: however the tests
//! end, and however this process ends, it stops.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::run;

/// Where the tests find the database.
const VARIABLE: &str = "REGIA_TEST_DATABASE_URL";

pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<()> {
    let cluster = Cluster::start(root)?;
    let tests = run::succeed(runner(root).args(arguments).env(VARIABLE, &cluster.url));
    tests.and(cluster.stop())
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
        command.args(["nextest", "run", "--workspace"]);
    } else {
        command.args(["test", "--workspace"]);
    }
    command
}

struct Cluster {
    process: Child,
    stdin: ChildStdin,
    url: String,
}

impl Cluster {
    fn start(root: &Path) -> Result<Self> {
        let mut process = run::cargo(root)
            .args(["run", "-q", "-p", "regia-testkit", "--bin", "test-cluster"])
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
