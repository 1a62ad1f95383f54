//! The processes of a cluster's folder: which are there, and how they are ended.

use std::fs;
use std::path::Path;

use rustix::process::{Pid, Signal};

use crate::ClusterError;
use crate::account::{Account, run};
use crate::folder::Layout;

/// Prints the PostgreSQL processes that work in a folder: each stands in its cluster's folder, so
/// a reused process number does not deceive. It runs as the cluster's account, which may look at
/// its own processes even where root (in a container) may not.
const PROCESSES: &str = r#"cd /proc
for p in [0-9]*; do
  read -r name 2>/dev/null <"$p/comm" || continue
  case "$name" in postgres|postmaster) ;; *) continue ;; esac
  [ "$p/cwd/." -ef "$1/." ] && echo "$p"
done
exit 0"#;

/// What `postmaster.pid` says (miscadmin.h, "Contents of the data directory lock file").
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PidFile {
    pub(crate) pid: u32,
    pub(crate) ready: bool,
}

impl PidFile {
    pub(crate) fn read(layout: &Layout) -> Option<Self> {
        Self::parse(&fs::read_to_string(layout.cluster.join("postmaster.pid")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let pid = lines.next()?.trim().parse().ok()?;
        let ready = lines.nth(6).is_some_and(|status| status.trim() == "ready");
        Some(Self { pid, ready })
    }
}

/// The live PostgreSQL processes of a cluster's folder.
pub(crate) fn processes(account: &Account, cluster: &Path) -> Result<Vec<u32>, ClusterError> {
    let printed = run(account
        .command("sh", "KILL")
        .args(["-c", PROCESSES, "sh"])
        .arg(cluster))?;
    Ok(String::from_utf8_lossy(&printed)
        .lines()
        .filter_map(|line| line.parse().ok())
        .collect())
}

/// Asks processes to end: SIGINT ends a postmaster orderly, SIGQUIT ends anything at once without
/// losing what was committed. A process that is gone already is what was wanted.
pub(crate) fn signal(pids: &[u32], signal: Signal) {
    for pid in pids
        .iter()
        .filter_map(|pid| i32::try_from(*pid).ok())
        .filter_map(Pid::from_raw)
    {
        if let Err(error) = rustix::process::kill_process(pid, signal) {
            tracing::debug!(process.pid = pid.as_raw_pid(), %error, "a signal found no process");
        }
    }
}

/// Removes a lock file whose process number now belongs to somebody else.
///
/// PostgreSQL takes any live process of its own user for its predecessor and would refuse to
/// start; numbers come round quickly in a container. The caller knows that none of the folder's
/// processes lives.
pub(crate) fn remove_stale_lock(layout: &Layout, socket_folder: &Path) {
    let Some(stale) = PidFile::read(layout) else {
        return;
    };
    if !Path::new("/proc").join(stale.pid.to_string()).exists() {
        return;
    }
    for path in [
        layout.cluster.join("postmaster.pid"),
        socket_folder.join(".s.PGSQL.5432.lock"),
        socket_folder.join(".s.PGSQL.5432"),
    ] {
        match fs::remove_file(&path) {
            Ok(()) => tracing::info!(file.path = %path.display(), "removed a stale lock file"),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                tracing::warn!(file.path = %path.display(), %error, "a stale lock file stays");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pid_file_says_who_runs_and_whether_it_is_ready() {
        let lines = "17639\n/data/postgres\n1795264219\n5432\n/data/run\n\n 10027107         4\n";
        for (status, ready) in [("ready   \n", true), ("starting\n", false), ("", false)] {
            let file = PidFile::parse(&format!("{lines}{status}"));
            assert_eq!(file, Some(PidFile { pid: 17639, ready }), "{status}");
        }
        assert_eq!(PidFile::parse(""), None);
        assert_eq!(PidFile::parse("-5\n"), None);
    }
}
