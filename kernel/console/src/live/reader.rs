//! One browser's end of the stream.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;
use tokio::sync::broadcast::{self, error::RecvError};

use super::{Batch, Live, Position, RELOADS, STREAMS, Topic};

/// What a browser is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Where the stream is after this.
    pub at: Position,
    /// What to do.
    pub what: What,
}

/// The kinds of news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// Nothing yet; from here on the browser is told.
    Joined,
    /// These changed.
    Topics(Vec<Topic>),
    /// Some news are lost: ask for everything that is shown.
    Reload,
}

/// Reads the topics that one browser shows. Holds one of the process's places.
#[derive(Debug)]
pub struct Reader {
    live: Live,
    topics: BTreeSet<Topic>,
    first: VecDeque<Change>,
    receiver: broadcast::Receiver<Batch>,
    lost: bool,
    _place: Place,
}

/// A place, counted while it is held.
#[derive(Debug)]
struct Place(#[expect(dead_code, reason = "given back when dropped")] OwnedSemaphorePermit);

impl Drop for Place {
    fn drop(&mut self) {
        metrics::gauge!(STREAMS).decrement(1);
    }
}

impl Live {
    /// Joins the stream for some topics, first with everything since `since` if that is still
    /// remembered, else with [`What::Reload`]. `None` when every place is taken.
    #[must_use]
    pub fn read(&self, topics: BTreeSet<Topic>, since: Option<&Position>) -> Option<Reader> {
        let permit = Arc::clone(&self.0.places).try_acquire_owned().ok()?;
        metrics::gauge!(STREAMS).increment(1);
        let place = Place(permit);
        let state = self.state();
        let receiver = self.0.sender.subscribe();
        let at = Position {
            process: Arc::clone(&self.0.process),
            number: state.number,
        };
        let missed = since.map(|since| {
            let oldest = state
                .past
                .front()
                .map_or(state.number, |batch| batch.number - 1);
            let known =
                since.process == at.process && (oldest..=state.number).contains(&since.number);
            known.then(|| {
                state
                    .past
                    .iter()
                    .filter(|batch| batch.number > since.number)
                    .cloned()
            })
        });
        let what = match missed {
            None => What::Joined,
            Some(None) => What::Reload,
            Some(Some(batches)) => merge(batches, &topics),
        };
        drop(state);
        let first = VecDeque::from([Change { at, what }]);
        Some(Reader {
            live: self.clone(),
            topics,
            first,
            receiver,
            lost: false,
            _place: place,
        })
    }
}

impl Reader {
    /// The next news; `None` after a reader was too slow and has been told to reload.
    pub async fn next(&mut self) -> Option<Change> {
        if let Some(change) = self.first.pop_front() {
            return Some(change);
        }
        while !self.lost {
            let (number, what) = match self.receiver.recv().await {
                Ok(batch) => (batch.number, told(&batch, &self.topics)),
                Err(RecvError::Lagged(_)) => {
                    metrics::counter!(RELOADS, "reason" => "slow").increment(1);
                    self.lost = true;
                    (self.live.position().number, Some(What::Reload))
                }
                Err(RecvError::Closed) => return None,
            };
            if let Some(what) = what {
                let process = Arc::clone(&self.live.0.process);
                return Some(Change {
                    at: Position { process, number },
                    what,
                });
            }
        }
        None
    }
}

/// What one batch means to a reader of some topics; `None`: nothing.
fn told(batch: &Batch, wanted: &BTreeSet<Topic>) -> Option<What> {
    let Some(topics) = &batch.topics else {
        return Some(What::Reload);
    };
    let changed: Vec<_> = wanted
        .iter()
        .filter(|topic| topics.contains(topic))
        .cloned()
        .collect();
    (!changed.is_empty()).then_some(What::Topics(changed))
}

/// What several batches mean together.
fn merge(batches: impl Iterator<Item = Batch>, wanted: &BTreeSet<Topic>) -> What {
    let mut changed = BTreeSet::new();
    for batch in batches {
        match told(&batch, wanted) {
            Some(What::Reload) => return What::Reload,
            Some(What::Topics(topics)) => changed.extend(topics),
            Some(What::Joined) | None => {}
        }
    }
    if changed.is_empty() {
        What::Joined
    } else {
        What::Topics(changed.into_iter().collect())
    }
}
