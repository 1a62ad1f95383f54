//! As whom PostgreSQL runs, and how its programs are started.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::ClusterError;
use crate::binaries::search_path;

/// The account that root drops to; the distributions' packages create it.
pub(crate) const NAME: &str = "postgres";

/// Prints the first of the given folders that cannot be entered.
const FIRST_BLOCKED: &str = r#"for d; do cd "$d" 2>/dev/null || { printf %s "$d"; exit; }; done"#;

/// The account that owns the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    /// Whether we are root and have to become this account.
    pub(crate) switch: bool,
}

impl Account {
    /// Ourselves; as root the cluster folder's `owner` (user, group), or [`NAME`] at first.
    pub(crate) fn choose(owner: Option<(u32, u32)>, folder: &Path) -> Result<Self, ClusterError> {
        let me = rustix::process::geteuid().as_raw();
        let gid = rustix::process::getegid().as_raw();
        match owner {
            Some((owner, _)) if me != 0 && owner != me => Err(ClusterError::ForeignFolder {
                folder: folder.to_owned(),
                owner,
                me,
            }),
            Some((0, _)) => Err(ClusterError::ForeignFolder {
                folder: folder.to_owned(),
                owner: 0,
                me,
            }),
            Some((uid, gid)) => Ok(Self {
                uid,
                gid,
                switch: me == 0,
            }),
            None if me == 0 => Ok(Self {
                uid: number("-u")?,
                gid: number("-g")?,
                switch: true,
            }),
            None => Ok(Self {
                uid: me,
                gid,
                switch: false,
            }),
        }
    }

    /// A program run as this account in a process group of its own, so that Ctrl-C on the terminal
    /// reaches only us, and ended by `death_signal` when the calling *thread* ends.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>, death_signal: &str) -> Command {
        let mut command = Command::new("setpriv");
        if self.switch {
            command
                .arg(format!("--reuid={}", self.uid))
                .arg(format!("--regid={}", self.gid))
                .arg("--clear-groups");
        }
        command
            .args(["--pdeathsig", death_signal, "--"])
            .arg(program)
            .current_dir("/")
            .env_clear()
            .env("PATH", search_path())
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .process_group(0);
        command
    }

    /// Refuses a data folder that this account cannot enter, naming the folder in its way.
    pub(crate) fn probe(&self, folder: &Path) -> Result<(), ClusterError> {
        if !self.switch {
            return Ok(());
        }
        let mut way: Vec<&Path> = folder.ancestors().collect();
        way.reverse();
        let output = run(self
            .command("sh", "KILL")
            .args(["-c", FIRST_BLOCKED, "sh"])
            .args(way))?;
        if output.is_empty() {
            return Ok(());
        }
        let by = PathBuf::from(OsString::from_vec(output));
        let account = format!("{NAME} ({})", self.uid);
        Err(ClusterError::Blocked {
            folder: folder.to_owned(),
            by,
            account,
        })
    }
}

/// Runs a short helper to its end and gives what it printed.
pub(crate) fn run(command: &mut Command) -> Result<Vec<u8>, ClusterError> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => ClusterError::MissingTool("setpriv"),
            _ => ClusterError::Io {
                doing: "run",
                path: command.get_program().into(),
                source,
            },
        })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let printed = String::from_utf8_lossy(&output.stderr);
    Err(ClusterError::Program {
        program: "setpriv",
        output: last_lines(&printed, 6),
    })
}

/// The last lines of a text, joined.
pub(crate) fn last_lines(text: &str, count: usize) -> String {
    let mut lines: Vec<&str> = text
        .lines()
        .rev()
        .filter(|l| !l.is_empty())
        .take(count)
        .collect();
    lines.reverse();
    lines.join("; ")
}

fn number(which: &str) -> Result<u32, ClusterError> {
    Command::new("id")
        .args([which, NAME])
        .stdin(Stdio::null())
        .output()
        .ok()
        .and_then(|output| String::from_utf8_lossy(&output.stdout).trim().parse().ok())
        .ok_or(ClusterError::NoAccount)
}
