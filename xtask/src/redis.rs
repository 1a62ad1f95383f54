//! A Redis for the tests, on a socket in a temporary folder, that keeps nothing.

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use anyhow::{Context, Result, bail};

use crate::run;

/// Where the tests find it.
pub(crate) const VARIABLE: &str = "REGIA_TEST_REDIS_URL";

/// Names the folder, then runs Redis in it for as long as the standard input is open.
const GUARDED: &str = r#"
folder=$(mktemp -d "${TMPDIR:-/tmp}/regia-test-redis-XXXXXX") || exit
echo "$folder"
redis-server --port 0 --unixsocket "$folder/redis.sock" --dir "$folder" --save '' --appendonly no &
cat > /dev/null
kill -9 $!
wait
rm -r "$folder"
"#;

/// What Redis says when it can be used.
const READY: &str = "eady to accept connections";

pub(crate) struct Redis {
    process: Child,
    stdin: ChildStdin,
    /// Held open: whoever speaks to nobody may be ended by it.
    _said: Lines<BufReader<ChildStdout>>,
    folder: String,
}

impl Redis {
    pub(crate) fn start(root: &Path) -> Result<Self> {
        let mut process = run::command(root, "sh")
            .args(["-c", GUARDED])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start redis-server")?;
        let stdin = process.stdin.take().context("redis has no input")?;
        let stdout = process.stdout.take().context("redis has no output")?;
        let mut said = BufReader::new(stdout).lines();
        let folder = said.next().transpose()?.unwrap_or_default();
        if !said.any(|line| line.is_ok_and(|line| line.contains(READY))) {
            drop(stdin);
            process.wait()?;
            bail!("redis-server did not start; `scripts/install test` installs it");
        }
        Ok(Self {
            process,
            stdin,
            _said: said,
            folder,
        })
    }

    pub(crate) fn url(&self) -> String {
        format!("redis+unix://{}/redis.sock", self.folder)
    }

    pub(crate) fn stop(mut self) -> Result<()> {
        drop(self.stdin);
        self.process.wait().context("cannot wait for redis")?;
        Ok(())
    }
}
