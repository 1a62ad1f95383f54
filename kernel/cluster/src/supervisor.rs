//! The thread that owns PostgreSQL: it starts it, watches it, starts it again, and stops it.
//!
//! It is a thread and not a task because the kernel ends a child when the *thread* that started it
//! ends: PostgreSQL must live exactly as long as this process.

use std::fs::{self, File};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use regia_clock::Clock;
use rustix::process::Signal;
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use crate::account::last_lines;
use crate::folder::Layout;
use crate::postmaster::{self, PidFile};
use crate::prepare::Prepared;
use crate::{ClusterError, ClusterOptions, ClusterState};

/// How often a starting or ending PostgreSQL is looked at.
const QUICK_POLL: Duration = Duration::from_millis(20);
/// How often a running PostgreSQL is looked at, and so how soon its end is noticed.
const POLL: Duration = Duration::from_millis(100);
/// How long the backends of a dead postmaster may take to notice.
const ORPHAN_GRACE: Duration = Duration::from_secs(1);
/// How long processes may take to end after SIGQUIT.
const QUIT_TIMEOUT: Duration = Duration::from_secs(10);
const FIRST_BACKOFF: Duration = Duration::from_millis(100);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);
/// A PostgreSQL that ran this long starts with the shortest back-off again.
const STABLE: Duration = Duration::from_secs(60);

/// Somebody wants PostgreSQL to stop, or nobody is left who wants it to run.
struct Stop;

/// What a starter waits for.
pub(crate) type Started = Result<Prepared, ClusterError>;

pub(crate) struct Supervisor {
    options: ClusterOptions,
    stop: Receiver<()>,
    state: watch::Sender<ClusterState>,
    clock: Clock,
}

/// How one run of PostgreSQL ended.
enum End {
    Asked,
    Unasked { lived: Duration, words: String },
}

impl Supervisor {
    pub(crate) fn new(
        options: ClusterOptions,
        stop: Receiver<()>,
        state: watch::Sender<ClusterState>,
    ) -> Self {
        Self {
            options,
            stop,
            state,
            clock: Clock::system(),
        }
    }

    /// The whole life of the thread.
    pub(crate) fn run(self, started: oneshot::Sender<Started>) {
        let mut started = Some(started);
        if let Err(error) = self.prepare_and_supervise(&mut started) {
            match started {
                // Nobody listens when the start was given up; then nobody needs to know.
                Some(started) => drop(started.send(Err(error))),
                None => {
                    tracing::error!(%error, "the private PostgreSQL is not supervised any more");
                }
            }
        }
        self.state.send_replace(ClusterState::Stopped);
    }

    fn prepare_and_supervise(
        &self,
        started: &mut Option<oneshot::Sender<Started>>,
    ) -> Result<(), ClusterError> {
        let (prepared, _lock) = Prepared::make(&self.options)?;
        let mut attempt = 0;
        let mut backoff = FIRST_BACKOFF;
        loop {
            let end = match self.run_once(&prepared, started) {
                Ok(end) => end,
                Err(error) if started.is_some() => return Err(error),
                Err(error) => End::Unasked {
                    lived: Duration::ZERO,
                    words: error.to_string(),
                },
            };
            let End::Unasked { lived, words } = end else {
                return Ok(());
            };
            if started.is_some() {
                return Err(ClusterError::Died(words));
            }
            if lived >= STABLE {
                (attempt, backoff) = (0, FIRST_BACKOFF);
            }
            attempt += 1;
            self.state.send_replace(ClusterState::Down { attempt });
            tracing::error!(
                cluster.attempt = attempt,
                cluster.backoff_ms = backoff.as_millis(),
                cluster.last_words = words,
                "the private PostgreSQL ended unasked and is started again"
            );
            if self.pause(backoff).is_err() {
                return Ok(());
            }
            backoff = (backoff * 2).min(LONGEST_BACKOFF);
        }
    }

    /// Starts PostgreSQL and stays until it has ended.
    fn run_once(
        &self,
        prepared: &Prepared,
        started: &mut Option<oneshot::Sender<Started>>,
    ) -> Result<End, ClusterError> {
        if self.clear_the_way(prepared)?.is_err() {
            return Ok(End::Asked);
        }
        let mut child = spawn(prepared)?;
        let spawned_at = self.clock.instant();
        let mut ready = false;
        loop {
            if self.pause(if ready { POLL } else { QUICK_POLL }).is_err() {
                self.end(&mut child);
                return Ok(End::Asked);
            }
            if has_ended(&mut child) {
                let lived = if ready {
                    self.since(spawned_at)
                } else {
                    Duration::ZERO
                };
                return Ok(End::Unasked {
                    lived,
                    words: last_words(&prepared.layout),
                });
            }
            if !ready && is_ready(prepared, &child) {
                ready = true;
                let start_ms = self.since(spawned_at).as_millis();
                tracing::info!(
                    cluster.start_ms = start_ms,
                    "the private PostgreSQL is ready"
                );
                self.state.send_replace(ClusterState::Running);
                if let Some(started) = started.take()
                    && started.send(Ok(prepared.clone())).is_err()
                {
                    self.end(&mut child);
                    return Ok(End::Asked);
                }
            }
            // Later on, a recovery may take what it takes: ending it would only begin it again.
            if !ready && started.is_some() && self.since(spawned_at) > self.options.start_timeout {
                self.end(&mut child);
                return Err(ClusterError::Slow(self.options.start_timeout));
            }
        }
    }

    /// Waits until no earlier PostgreSQL of this folder lives: one whose server was killed and
    /// that is ending, or the backends of a postmaster that was killed. We hold the folder's lock,
    /// so no server needs them.
    fn clear_the_way(&self, prepared: &Prepared) -> Result<Result<(), Stop>, ClusterError> {
        let Prepared {
            account, layout, ..
        } = prepared;
        let mut asked = false;
        let mut forced = false;
        let mut since = self.clock.instant();
        loop {
            let alive = postmaster::processes(account, &layout.cluster)?;
            if alive.is_empty() {
                postmaster::remove_stale_lock(layout, &prepared.socket_folder);
                return Ok(Ok(()));
            }
            let leader = PidFile::read(layout).map(|file| file.pid);
            let leader = leader.filter(|leader| alive.contains(leader));
            let patience = match leader {
                _ if forced => QUIT_TIMEOUT,
                Some(_) => self.options.stop_timeout,
                None => ORPHAN_GRACE,
            };
            if let Some(leader) = leader
                && !asked
            {
                tracing::info!(
                    process.pid = leader,
                    "an earlier PostgreSQL is being stopped"
                );
                postmaster::signal(&[leader], Signal::INT);
                asked = true;
            } else if self.since(since) > patience {
                if forced {
                    let folder = layout.cluster.clone();
                    return Err(ClusterError::StillRunning {
                        folder,
                        pids: alive,
                    });
                }
                tracing::warn!(process.pids = ?alive, "an earlier PostgreSQL is made to end");
                postmaster::signal(&alive, Signal::QUIT);
                (forced, since) = (true, self.clock.instant());
            }
            if let Err(stop) = self.pause(POLL) {
                return Ok(Err(stop));
            }
        }
    }

    /// Stops PostgreSQL: orderly, then without a checkpoint, then by force. No step loses a
    /// committed row.
    fn end(&self, child: &mut Child) {
        for (signal, patience) in [
            (Signal::INT, self.options.stop_timeout),
            (Signal::QUIT, QUIT_TIMEOUT),
        ] {
            postmaster::signal(&[child.id()], signal);
            let since = self.clock.instant();
            while self.since(since) <= patience {
                if has_ended(child) {
                    return;
                }
                std::thread::sleep(QUICK_POLL);
            }
            tracing::warn!(process.pid = child.id(), "PostgreSQL does not stop in time");
        }
        if let Err(error) = child.kill().and_then(|()| child.wait().map(drop)) {
            tracing::error!(%error, "PostgreSQL cannot be ended");
        }
    }

    /// Waits, and notices a wish to stop.
    fn pause(&self, time: Duration) -> Result<(), Stop> {
        match self.stop.recv_timeout(time) {
            Err(RecvTimeoutError::Timeout) => Ok(()),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => Err(Stop),
        }
    }

    fn since(&self, earlier: Instant) -> Duration {
        self.clock.instant().duration_since(earlier)
    }
}

fn spawn(prepared: &Prepared) -> Result<Child, ClusterError> {
    let Prepared {
        account,
        layout,
        binaries,
        ..
    } = prepared;
    let log =
        File::create(&layout.start_log).map_err(ClusterError::io("create", &layout.start_log))?;
    let postgres = binaries.folder.join("postgres");
    let mut config = std::ffi::OsString::from("config_file=");
    config.push(&layout.config);
    // SIGINT when we die: PostgreSQL ends orderly with a checkpoint, so that the next start has
    // nothing to recover.
    account
        .command(&postgres, "INT")
        .arg("-D")
        .arg(&layout.cluster)
        .arg("-c")
        .arg(config)
        .stdout(Stdio::null())
        .stderr(Stdio::from(log))
        .spawn()
        .map_err(|_| ClusterError::MissingTool("setpriv"))
}

/// `setpriv` becomes PostgreSQL, so the child's number is the postmaster's.
fn is_ready(prepared: &Prepared, child: &Child) -> bool {
    PidFile::read(&prepared.layout).is_some_and(|file| file.ready && file.pid == child.id())
}

fn has_ended(child: &mut Child) -> bool {
    // An error means that there is no such child any more.
    !matches!(child.try_wait(), Ok(None))
}

/// The end of what PostgreSQL said: first on its own output, then into its log.
fn last_words(layout: &Layout) -> String {
    let output = fs::read_to_string(&layout.start_log).unwrap_or_default();
    let newest = fs::read_dir(layout.cluster.join("log"))
        .into_iter()
        .flatten()
        .flatten()
        .max_by_key(|entry| entry.metadata().and_then(|file| file.modified()).ok());
    let log = newest
        .and_then(|entry| fs::read_to_string(entry.path()).ok())
        .unwrap_or_default();
    let grave: Vec<&str> = log
        .lines()
        .rev()
        .take(50)
        .filter(|line| line.contains("FATAL") || line.contains("PANIC"))
        .collect();
    let words = [
        last_lines(&output, 4),
        grave.into_iter().take(2).collect::<Vec<_>>().join("; "),
    ];
    words
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}
