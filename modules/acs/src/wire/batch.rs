//! Informs wait here for each other: what arrives while a batch commits makes the next batch.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::num::NonZero;
use std::sync::Arc;

use regia_lifecycle::Lifecycle;
use regia_store::StoreError;
use tokio::sync::{mpsc, oneshot};

use crate::context::Context;
use crate::flows::admit::{Arrival, admit};
use crate::signals;
use crate::store::arrival::Held;

/// Cores for each lane. Each lane commits one batch at a time, and what arrives meanwhile makes its
/// next: fewer lanes make larger batches, which cost less an Inform. On two cores one lane admits
/// 8,700 Informs a second from 16 connections where two admit 4,800, and 15,900 from 64 where two
/// admit 8,100.
const CORES_PER_LANE: usize = 4;

/// Informs in one batch at most.
const LARGEST_BATCH: usize = 256;

/// Single Informs that fail one after the other before the rest of their batch is given up.
const HOPELESS: usize = 3;

/// Why an Inform got no answer from the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turned {
    /// Too many wait already.
    Full,
    /// The database did not take it.
    Failed,
}

/// The Inform comes back with the session it opened, or with nothing when its device did not
/// prove itself.
pub type Admission = Result<(Arrival, Option<Held>), Turned>;

type Answer = oneshot::Sender<Admission>;

/// The lanes. A device always goes the same one, so two batches never wait for each other's rows.
#[derive(Debug)]
pub struct Batches {
    lanes: Vec<mpsc::Sender<(Arrival, Answer)>>,
}

impl Batches {
    /// Starts the lanes.
    #[must_use]
    pub fn start(context: &Arc<Context>, lifecycle: &Lifecycle) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let lanes = (cores / CORES_PER_LANE).max(1);
        let waiting = context.settings.session.max_waiting.div_ceil(lanes).max(1);
        let lanes = (0..lanes)
            .map(|_| {
                let (sender, receiver) = mpsc::channel(waiting);
                lifecycle.spawn("acs_batch", run(Arc::clone(context), receiver));
                sender
            })
            .collect();
        Self { lanes }
    }

    /// Waits for the batch that takes this Inform.
    ///
    /// # Errors
    /// When too many wait, or the database did not take it.
    pub async fn submit(&self, arrival: Arrival) -> Admission {
        let mut hasher = DefaultHasher::new();
        arrival.knock.identity.hash(&mut hasher);
        let lane = hasher.finish() % self.lanes.len() as u64;
        let lane = usize::try_from(lane).unwrap_or(0);
        let (answer, answered) = oneshot::channel();
        let lane = self.lanes.get(lane).ok_or(Turned::Full)?;
        lane.try_send((arrival, answer)).map_err(|_| Turned::Full)?;
        answered.await.unwrap_or(Err(Turned::Failed))
    }
}

async fn run(context: Arc<Context>, mut receiver: mpsc::Receiver<(Arrival, Answer)>) {
    let mut waiting: Vec<(Arrival, Answer)> = Vec::new();
    loop {
        if waiting.is_empty() {
            let next = receiver.recv_many(&mut waiting, LARGEST_BATCH);
            if context
                .drained
                .run_until_cancelled(next)
                .await
                .is_none_or(|count| count == 0)
            {
                return;
            }
        }
        while waiting.len() < LARGEST_BATCH
            && let Ok(next) = receiver.try_recv()
        {
            waiting.push(next);
        }
        // A device that knocks twice is two batches: one row cannot be updated twice in one.
        let mut seen = HashSet::new();
        let (batch, later): (Vec<_>, Vec<_>) = waiting
            .drain(..)
            .partition(|(arrival, _)| seen.insert(arrival.knock.identity.clone()));
        waiting = later;
        commit(&context, batch).await;
    }
}

async fn commit(context: &Context, batch: Vec<(Arrival, Answer)>) {
    let (arrivals, answers): (Vec<Arrival>, Vec<Answer>) = batch.into_iter().unzip();
    let began_at = context.clock.instant();
    let results = match admit(context, &arrivals).await {
        Ok(held) => held.into_iter().map(Ok).collect(),
        Err(error) => retry(context, &arrivals, error).await,
    };
    signals::batch(arrivals.len(), context.clock.instant() - began_at);
    for ((answer, result), arrival) in answers.into_iter().zip(results).zip(arrivals) {
        // A device that hung up meanwhile has a session that nobody uses; its lease ends it.
        drop(answer.send(result.map(|held| (arrival, held))));
    }
}

/// A batch that collided is tried again whole; one that the database refuses is taken apart, so
/// that one bad Inform fails alone.
async fn retry(
    context: &Context,
    arrivals: &[Arrival],
    error: StoreError,
) -> Vec<Result<Option<Held>, Turned>> {
    tracing::warn!(error = %chain(error), batch.size = arrivals.len(), "a batch of informs failed");
    let mut results = Vec::with_capacity(arrivals.len());
    for arrival in arrivals {
        let alone = std::slice::from_ref(arrival);
        results.push(match admit(context, alone).await {
            Ok(mut held) => Ok(held.pop().flatten()),
            Err(error) => {
                let device = &arrival.knock.identity;
                tracing::error!(error = %chain(error), acs.device = %device, "an inform failed");
                Err(Turned::Failed)
            }
        });
        if results.len() >= HOPELESS && results.iter().all(Result::is_err) {
            // The database is away: do not knock on it once for every device.
            results.resize(arrivals.len(), Err(Turned::Failed));
            return results;
        }
    }
    results
}

fn chain(error: StoreError) -> String {
    regia_fault::Fault::from(error).chain()
}
