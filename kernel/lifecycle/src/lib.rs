//! Start and stop: tasks that a stop waits for, the signal to stop, and latches that hold readiness
//! back until every starter is done.

mod latch;

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use latch::Latch;
use latch::Latches;

/// Tasks that ended by a panic, labelled `task`.
pub const TASK_PANICS: &str = "regia_lifecycle_task_panics_total";

/// What runs in this process, and how it stops. Clones are the same lifecycle.
#[derive(Debug, Clone, Default)]
pub struct Lifecycle {
    tracker: TaskTracker,
    stopping: CancellationToken,
    running: Arc<Mutex<Running>>,
    latches: Latches,
}

#[derive(Debug, Default)]
struct Running {
    next: u64,
    names: BTreeMap<u64, &'static str>,
}

/// How a stop went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopReport {
    /// The tasks that had not ended at the deadline, one name for each, sorted.
    pub unfinished: Vec<&'static str>,
}

impl StopReport {
    /// Whether every task ended before the deadline.
    #[must_use]
    pub fn clean(&self) -> bool {
        self.unfinished.is_empty()
    }
}

impl Lifecycle {
    /// Nothing runs, nothing is waited for.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Describes the metrics of this crate to the recorder in use.
    pub fn describe_metrics() {
        metrics::describe_counter!(TASK_PANICS, "Tasks that ended by a panic, by task.");
    }

    /// Runs a future that a stop waits for. It is expected to end soon after [`Lifecycle::stopping`]
    /// is cancelled. A panic ends this task only; it is logged and counted.
    ///
    /// Must be called inside a tokio runtime.
    pub fn spawn(&self, name: &'static str, future: impl Future<Output = ()> + Send + 'static) {
        let entry = self.enter(name);
        self.tracker.spawn(async move {
            let ended = AssertUnwindSafe(future).catch_unwind().await;
            if let Err(panic) = ended {
                metrics::counter!(TASK_PANICS, "task" => name).increment(1);
                tracing::error!(
                    task.name = name,
                    panic = text_of(panic.as_ref()),
                    "task {name} panicked"
                );
            }
            drop(entry);
        });
    }

    /// Cancelled when the process begins to stop.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.stopping.clone()
    }

    /// Holds readiness back until the latch is opened or dropped.
    pub fn latch(&self, name: &'static str) -> Latch {
        self.latches.hold(name)
    }

    /// Whether work may be sent here.
    ///
    /// # Errors
    /// The names of the latches still held, or `stopping`.
    pub fn ready(&self) -> Result<(), Vec<&'static str>> {
        let mut waiting = self.latches.held();
        if self.stopping.is_cancelled() {
            waiting.push("stopping");
        }
        if waiting.is_empty() {
            Ok(())
        } else {
            Err(waiting)
        }
    }

    /// Begins the stop without waiting for it.
    pub fn begin_stop(&self) {
        self.stopping.cancel();
    }

    /// Tells every task to stop and waits for them until the deadline.
    pub async fn stop(&self, deadline: Duration) -> StopReport {
        self.stopping.cancel();
        self.tracker.close();
        let in_time = tokio::time::timeout(deadline, self.tracker.wait())
            .await
            .is_ok();
        if in_time {
            return StopReport {
                unfinished: Vec::new(),
            };
        }
        let mut unfinished: Vec<_> = lock(&self.running).names.values().copied().collect();
        unfinished.sort_unstable();
        tracing::warn!(tasks = ?unfinished, "stopped waiting for tasks that did not end");
        StopReport { unfinished }
    }

    fn enter(&self, name: &'static str) -> Entry {
        let mut running = lock(&self.running);
        let id = running.next;
        running.next += 1;
        running.names.insert(id, name);
        Entry {
            id,
            running: Arc::clone(&self.running),
        }
    }
}

/// Takes the task off the list, also when the runtime drops it unfinished.
struct Entry {
    id: u64,
    running: Arc<Mutex<Running>>,
}

impl Drop for Entry {
    fn drop(&mut self) {
        lock(&self.running).names.remove(&self.id);
    }
}

fn text_of(panic: &(dyn std::any::Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no text")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn a_stop_tells_every_task_and_waits_for_it() {
        let lifecycle = Lifecycle::new();
        let (done, finished) = tokio::sync::oneshot::channel();
        let stopping = lifecycle.stopping();
        lifecycle.spawn("worker", async move {
            stopping.cancelled().await;
            done.send(()).unwrap();
        });
        assert!(lifecycle.stop(SOON).await.clean());
        finished.await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_stop_names_the_tasks_it_gave_up_on() {
        let lifecycle = Lifecycle::new();
        for name in ["stuck", "deaf", "quick"] {
            let stopping = lifecycle.stopping();
            lifecycle.spawn(name, async move {
                match name {
                    "quick" => stopping.cancelled().await,
                    _ => std::future::pending().await,
                }
            });
        }
        let report = lifecycle.stop(SOON).await;
        assert_eq!(report.unfinished, ["deaf", "stuck"]);
        assert!(!report.clean());
    }

    #[tokio::test]
    async fn a_panic_ends_its_own_task_only() {
        let lifecycle = Lifecycle::new();
        lifecycle.spawn("broken", async { panic!("on purpose") });
        let (done, finished) = tokio::sync::oneshot::channel();
        lifecycle.spawn("sound", async move { done.send(()).unwrap() });
        finished.await.unwrap();
        assert!(lifecycle.stop(SOON).await.clean());
    }

    #[tokio::test]
    async fn readiness_waits_for_every_latch_and_ends_with_the_stop() {
        let lifecycle = Lifecycle::new();
        let (first, second) = (lifecycle.latch("database"), lifecycle.latch("listener"));
        assert_eq!(lifecycle.ready(), Err(vec!["database", "listener"]));
        first.open();
        assert_eq!(lifecycle.ready(), Err(vec!["listener"]));
        drop(second);
        assert_eq!(lifecycle.ready(), Ok(()));
        lifecycle.begin_stop();
        assert_eq!(lifecycle.ready(), Err(vec!["stopping"]));
    }
}
