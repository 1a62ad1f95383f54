//! Live events: what changed, told to every browser that shows it.
//!
//! A flow publishes a topic after its commit; within [`GAP`] each page that shows the topic asks for
//! its fragment again. An event carries no data, only names: losing one costs freshness, never
//! truth, and a browser that may have missed some is told to ask for everything it shows.

mod reader;
mod relay;
mod route;

use std::collections::{BTreeSet, VecDeque};
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use regia_clock::Chance;
use tokio::sync::{Notify, Semaphore, broadcast};

pub use reader::{Change, Reader, What};
pub use route::router;

/// Between two batches; what is published meanwhile travels together. Short enough to feel live,
/// long enough that six thousand sessions a second are five notifications.
pub const GAP: Duration = Duration::from_millis(200);

/// Topics that wait for the next batch; more means "anything may have changed".
const PENDING: usize = 20_000;

/// Topics remembered for browsers that come back or are just loading their page.
const REMEMBERED: usize = 50_000;

/// Batches a slow reader may lie behind before it is dropped.
const BEHIND: usize = 64;

/// Streams at once in one process.
const READERS: usize = 1_000;

/// Streams that are open.
pub const STREAMS: &str = "regia_console_live_streams";

/// Batches that told every browser to ask for everything, by `reason`.
pub const RELOADS: &str = "regia_console_live_reloads_total";

/// Something that pages show, such as `device:42` or `tasks`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Topic(Arc<str>);

/// The text is no topic: 1 to 64 letters, digits and `:._-`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("a topic is 1 to 64 letters, digits and :._-")]
pub struct BadTopic;

impl FromStr for Topic {
    type Err = BadTopic;

    fn from_str(text: &str) -> Result<Self, BadTopic> {
        let fine = |byte: u8| byte.is_ascii_alphanumeric() || b":._-".contains(&byte);
        if (1..=64).contains(&text.len()) && text.bytes().all(fine) {
            Ok(Self(text.into()))
        } else {
            Err(BadTopic)
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A place in one process's stream of events: `<process>-<number>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    process: Arc<str>,
    number: u64,
}

impl Position {
    /// Reads what a browser kept.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (process, number) = text.split_once('-')?;
        Some(Self {
            process: process.into(),
            number: number.parse().ok()?,
        })
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.process, self.number)
    }
}

/// What changed together; no topics: anything.
#[derive(Debug, Clone)]
struct Batch {
    number: u64,
    topics: Option<Arc<BTreeSet<Topic>>>,
}

/// The hub of one process. Clones are the same hub.
#[derive(Debug, Clone)]
pub struct Live(Arc<Hub>);

#[derive(Debug)]
struct Hub {
    process: Arc<str>,
    state: Mutex<State>,
    wake: Notify,
    sender: broadcast::Sender<Batch>,
    places: Arc<Semaphore>,
    chance: Chance,
}

#[derive(Debug, Default)]
struct State {
    pending: BTreeSet<Topic>,
    overflow: bool,
    number: u64,
    past: VecDeque<Batch>,
    remembered: usize,
}

impl Live {
    /// A hub without readers; [`Live::start`] sets it going.
    #[must_use]
    pub fn new(chance: Chance) -> Self {
        let process = u64::from_be_bytes(chance.bytes());
        Self(Arc::new(Hub {
            process: format!("{process:016x}").into(),
            state: Mutex::default(),
            wake: Notify::new(),
            sender: broadcast::channel(BEHIND).0,
            places: Arc::new(Semaphore::new(READERS)),
            chance,
        }))
    }

    /// Describes the metrics of this crate to the recorder in use.
    pub fn describe_metrics() {
        metrics::describe_gauge!(STREAMS, "Browsers that hold a stream of live events.");
        metrics::describe_counter!(
            RELOADS,
            "Times every browser was told to ask again, by reason."
        );
    }

    /// Says that something changed. Call it after the commit; it never waits.
    pub fn publish(&self, topic: Topic) {
        let mut state = self.state();
        if state.pending.len() < PENDING {
            state.pending.insert(topic);
        } else {
            state.overflow = true;
        }
        drop(state);
        self.0.wake.notify_one();
    }

    /// Where the stream is now: a page made now has seen everything up to here.
    #[must_use]
    pub fn position(&self) -> Position {
        Position {
            process: Arc::clone(&self.0.process),
            number: self.state().number,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes what waits; `None` when nothing does.
    fn take(&self) -> Option<Option<Arc<BTreeSet<Topic>>>> {
        let mut state = self.state();
        let topics = std::mem::take(&mut state.pending);
        if std::mem::take(&mut state.overflow) {
            metrics::counter!(RELOADS, "reason" => "overflow").increment(1);
            return Some(None);
        }
        (!topics.is_empty()).then(|| Some(Arc::new(topics)))
    }

    /// Hands a batch to every reader, and remembers it.
    fn deliver(&self, topics: Option<Arc<BTreeSet<Topic>>>) {
        let mut state = self.state();
        state.number += 1;
        let batch = Batch {
            number: state.number,
            topics,
        };
        state.remembered += weight(&batch);
        state.past.push_back(batch.clone());
        while state.remembered > REMEMBERED {
            let Some(oldest) = state.past.pop_front() else {
                break;
            };
            state.remembered -= weight(&oldest);
        }
        // Under the lock, so that a reader that joins sees each batch exactly once.
        let _no_readers = self.0.sender.send(batch);
    }
}

fn weight(batch: &Batch) -> usize {
    1 + batch.topics.as_ref().map_or(0, |topics| topics.len())
}

#[cfg(test)]
mod tests;
