//! The fleet in numbers: as it is, and minute by minute.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use regia_access::Principal;
use regia_ident::TerritoryId;
use regia_store::{Scope, StoreError};
use time::OffsetDateTime;
use tokio::sync::{Mutex, Notify};
use tokio::time::Instant;

use crate::context::Context;
use crate::fault::AcsError;
use crate::model::sample::{Sample, Span, lay_out};
use crate::permissions;
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
    counted: std::sync::Mutex<HashMap<TerritoryId, Counted>>,
    summary: Mutex<Option<(Instant, Arc<Summary>)>>,
    parts: Mutex<Vec<(Scope, Instant, Arc<Summary>)>>,
    series: Mutex<HashMap<(TerritoryId, Span), Kept>>,
    wanted: Notify,
}

impl Census {
    /// A session began; with `new`, of a device that just registered.
    pub(crate) fn note_session(&self, tenant: TerritoryId, new: bool) {
        let registrations = i64::from(new);
        self.add(
            tenant,
            Counted {
                sessions: 1,
                registrations,
            },
        );
    }

    /// Waits until somebody wants newer numbers.
    pub(crate) async fn wanted(&self) {
        self.wanted.notified().await;
    }

    fn add(&self, tenant: TerritoryId, more: Counted) {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let of_tenant = counted.entry(tenant).or_default();
        of_tenant.sessions += more.sessions;
        of_tenant.registrations += more.registrations;
    }

    fn take(&self, tenant: TerritoryId) -> Counted {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        counted.remove(&tenant).unwrap_or_default()
    }
}

/// The fleet in numbers. Counting takes a moment in a large fleet, so nobody waits for it but the
/// first: older numbers are shown, and pages hear when there are new ones.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn summary(
    context: &Context,
    principal: &Principal,
) -> Result<Arc<Summary>, AcsError> {
    let scope = principal.scope(&permissions::DEVICE_READ)?;
    if scope != Scope::whole(TerritoryId::ROOT) {
        return part(context, scope).await;
    }
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
    let summary = Arc::new(ask(context, TerritoryId::ROOT).await?);
    *kept = Some((now, Arc::clone(&summary)));
    Ok(summary)
}

/// Parts of the fleet whose numbers are kept.
const MOST_PARTS: usize = 256;

/// What somebody sees who does not see the whole fleet of the first tenant.
async fn part(context: &Context, scope: Scope) -> Result<Arc<Summary>, AcsError> {
    let mut kept = context.census.parts.lock().await;
    let now = context.clock.instant();
    kept.retain(|(_, at, _)| now.duration_since(*at) < FRESH);
    if let Some((_, _, summary)) = kept.iter().find(|(of, _, _)| *of == scope) {
        return Ok(Arc::clone(summary));
    }
    let mut tx = context.store.begin(scope.clone()).await?;
    let summary = Arc::new(summary::count(&mut tx).await?);
    tx.commit().await?;
    if kept.len() < MOST_PARTS {
        kept.push((scope, now, Arc::clone(&summary)));
    }
    Ok(summary)
}

/// Counts the fleet anew, and tells the pages that show it.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn count(context: &Context) -> Result<Arc<Summary>, StoreError> {
    let summary = Arc::new(ask(context, TerritoryId::ROOT).await?);
    let now = context.clock.instant();
    *context.census.summary.lock().await = Some((now, Arc::clone(&summary)));
    context.publish(TOPIC);
    Ok(summary)
}

async fn ask(context: &Context, tenant: TerritoryId) -> Result<Summary, StoreError> {
    let mut tx = context.store.upkeep(tenant).await?;
    let summary = summary::count(&mut tx).await?;
    tx.commit().await?;
    Ok(summary)
}

/// Adds what this node counted to a minute, tenant by tenant. With numbers of the first tenant's
/// fleet, also those and the others', unless another node was faster.
///
/// # Errors
/// When the database does not take it; what was counted then goes into a later minute.
pub(crate) async fn record(
    context: &Context,
    minute: OffsetDateTime,
    fleet: Option<&Summary>,
) -> Result<(), StoreError> {
    let mut tx = context.store.upkeep(TerritoryId::ROOT).await?;
    let tenants = sample::list_tenants(&mut tx).await?;
    tx.commit().await?;
    for tenant in tenants {
        let counted = context.census.take(tenant);
        if fleet.is_none() && counted == Counted::default() {
            continue;
        }
        let written = match fleet {
            Some(_) if tenant != TerritoryId::ROOT => match ask(context, tenant).await {
                Ok(fleet) => write(context, tenant, (minute, counted), Some(&fleet)).await,
                Err(error) => Err(error),
            },
            _ => write(context, tenant, (minute, counted), fleet).await,
        };
        if let Err(error) = written {
            context.census.add(tenant, counted);
            return Err(error);
        }
    }
    Ok(())
}

async fn write(
    context: &Context,
    tenant: TerritoryId,
    (minute, counted): (OffsetDateTime, Counted),
    fleet: Option<&Summary>,
) -> Result<(), StoreError> {
    let mut tx = context.store.upkeep(tenant).await?;
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
    principal: &Principal,
    span: Span,
) -> Result<Arc<[Sample]>, AcsError> {
    let tenant = principal.scope(&permissions::OVERVIEW_READ)?.tenant;
    // Held while reading: one reader at a time asks the database.
    let mut kept = context.census.series.lock().await;
    let instant = context.clock.instant();
    if let Some((at, samples)) = kept.get(&(tenant, span))
        && instant.duration_since(*at) < SERIES_KEPT
    {
        return Ok(Arc::clone(samples));
    }
    let now = context.clock.now();
    let mut tx = context
        .begin(principal, &permissions::OVERVIEW_READ)
        .await?;
    let known = sample::list(&mut tx, span.begin(now), span.steps().0).await?;
    tx.commit().await?;
    let samples: Arc<[Sample]> = lay_out(span, now, known).into();
    kept.insert((tenant, span), (instant, Arc::clone(&samples)));
    Ok(samples)
}

#[cfg(test)]
mod tests;
