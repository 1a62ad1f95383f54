//! The fleet in numbers: as it is, and minute by minute.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use regia_access::Principal;
use regia_ident::TerritoryId;
use regia_store::StoreError;
use time::OffsetDateTime;
use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;

use crate::context::Context;
use crate::fault::AcsError;
use crate::model::sample::{Sample, Span, lay_out};
use crate::store::sample::{self, Counted};
use crate::store::summary::{self, Summary};

/// What pages that show the fleet's numbers hear of.
pub(crate) const TOPIC: &str = "fleet";

/// Numbers older than this are counted anew when somebody looks; meanwhile they are shown.
const FRESH: Duration = Duration::from_secs(5);

/// Numbers older than this are not shown. Each node counts once a minute.
const STALE: Duration = Duration::from_secs(150);

/// Time for which a span of samples is kept.
const SERIES_KEPT: Duration = Duration::from_secs(15);

/// Samples, and when they were read.
type Kept = (Instant, Arc<[Sample]>);

/// What this node knows of the fleet in numbers.
#[derive(Debug, Default)]
pub(crate) struct Census {
    sessions: AtomicI64,
    registrations: AtomicI64,
    summary: Mutex<Option<(Instant, Arc<Summary>)>>,
    series: Mutex<HashMap<Span, Kept>>,
    wanted: Notify,
}

impl Census {
    /// A session began; with `new`, of a device that just registered.
    pub(crate) fn note_session(&self, new: bool) {
        self.sessions.fetch_add(1, Ordering::Relaxed);
        if new {
            self.registrations.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until somebody wants newer numbers.
    pub(crate) async fn wanted(&self) {
        self.wanted.notified().await;
    }

    fn take(&self) -> Counted {
        Counted {
            sessions: self.sessions.swap(0, Ordering::Relaxed),
            registrations: self.registrations.swap(0, Ordering::Relaxed),
        }
    }

    fn give_back(&self, counted: Counted) {
        self.sessions.fetch_add(counted.sessions, Ordering::Relaxed);
        self.registrations
            .fetch_add(counted.registrations, Ordering::Relaxed);
    }
}

/// The fleet in numbers. Counting takes a moment in a large fleet, so nobody waits for it but the
/// first: older numbers are shown, and pages hear when there are new ones.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn summary(context: &Context, _: &Principal) -> Result<Arc<Summary>, AcsError> {
    let mut kept = context.census.summary.lock().await;
    let now = context.clock.instant();
    if let Some((at, summary)) = &*kept
        && now.duration_since(*at) < STALE
    {
        if now.duration_since(*at) >= FRESH {
            context.census.wanted.notify_one();
        }
        return Ok(Arc::clone(summary));
    }
    let summary = Arc::new(ask(context).await?);
    *kept = Some((now, Arc::clone(&summary)));
    Ok(summary)
}

/// Counts the fleet anew, and tells the pages that show it.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn count(context: &Context) -> Result<Arc<Summary>, StoreError> {
    let summary = Arc::new(ask(context).await?);
    let now = context.clock.instant();
    *context.census.summary.lock().await = Some((now, Arc::clone(&summary)));
    context.publish(TOPIC);
    Ok(summary)
}

async fn ask(context: &Context) -> Result<Summary, StoreError> {
    let mut tx = context.store.begin(TerritoryId::ROOT).await?;
    let summary = summary::count(&mut tx).await?;
    tx.commit().await?;
    Ok(summary)
}

/// Adds what this node counted to a minute. With numbers of the fleet, also those, unless another
/// node was faster.
///
/// # Errors
/// When the database does not take it; what was counted then goes into a later minute.
pub(crate) async fn record(
    context: &Context,
    minute: OffsetDateTime,
    fleet: Option<&Summary>,
) -> Result<(), StoreError> {
    let counted = context.census.take();
    if fleet.is_none() && counted == Counted::default() {
        return Ok(());
    }
    let written = write(context, minute, counted, fleet).await;
    if written.is_err() {
        context.census.give_back(counted);
    }
    written
}

async fn write(
    context: &Context,
    minute: OffsetDateTime,
    counted: Counted,
    fleet: Option<&Summary>,
) -> Result<(), StoreError> {
    let mut tx = context.store.begin(TerritoryId::ROOT).await?;
    let open = sample::add(&mut tx, minute, counted).await?;
    if let Some(fleet) = fleet.filter(|_| open) {
        sample::complete(&mut tx, minute, fleet.online, fleet.offline).await?;
    }
    tx.commit().await
}

/// The fleet over time, every step of the span; at most 15 seconds old.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn series(
    context: &Context,
    _: &Principal,
    span: Span,
) -> Result<Arc<[Sample]>, AcsError> {
    // Held while reading: one reader at a time asks the database.
    let mut kept = context.census.series.lock().await;
    let instant = context.clock.instant();
    if let Some((at, samples)) = kept.get(&span)
        && instant.duration_since(*at) < SERIES_KEPT
    {
        return Ok(Arc::clone(samples));
    }
    let now = context.clock.now();
    let mut tx = context.store.begin(TerritoryId::ROOT).await?;
    let known = sample::list(&mut tx, span.begin(now), span.steps().0).await?;
    tx.commit().await?;
    let samples: Arc<[Sample]> = lay_out(span, now, known).into();
    kept.insert(span, (instant, Arc::clone(&samples)));
    Ok(samples)
}

#[cfg(test)]
mod tests;
