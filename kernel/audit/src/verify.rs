//! Looks for what was done to the trail behind the server's back.

mod chain;
mod report;
mod rows;

use regia_ident::TerritoryId;
use regia_store::{Store, StoreError};
use time::{Date, Duration, OffsetDateTime};

use crate::forget::{self, Kept};
use crate::store::{block, entry, head};

pub use report::{Finding, Flaw, Head, Report};

/// A row without a hash counts as one from before the chain until so long after its first block:
/// servers of the version before may still write.
const LEGACY_HOURS: i64 = 1;

/// Which part of the trail is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Span {
    /// The first day, UTC; none: from the beginning.
    pub from: Option<Date>,
    /// The last day; none: until now.
    pub to: Option<Date>,
    /// Ends of chains that somebody noted elsewhere; their blocks must still be there.
    pub noted: Vec<Head>,
}

/// One check.
#[derive(Debug)]
pub(crate) struct Verifier<'a> {
    store: &'a Store,
    now: OffsetDateTime,
    span: &'a Span,
    report: Report,
}

/// What is known of a tenant's trail before its parts are looked at.
#[derive(Debug)]
struct Ground {
    tenant: TerritoryId,
    kept: Option<Kept>,
    /// Rows without a hash are from before the chain until here.
    legacy_until: OffsetDateTime,
}

impl Ground {
    /// The first day that was not dropped by age.
    fn first_day(&self) -> Option<Date> {
        self.kept.as_ref().and_then(Kept::first_day)
    }
}

impl<'a> Verifier<'a> {
    pub(crate) fn new(store: &'a Store, now: OffsetDateTime, span: &'a Span) -> Self {
        Self {
            store,
            now,
            span,
            report: Report::default(),
        }
    }

    pub(crate) async fn run(mut self, tenant: Option<TerritoryId>) -> Result<Report, StoreError> {
        let tenants = match tenant {
            Some(tenant) => vec![tenant],
            None => {
                let mut tx = self.store.upkeep(TerritoryId::ROOT).await?;
                head::list_tenants(&mut tx).await?
            }
        };
        for tenant in tenants {
            self.tenant(tenant).await?;
        }
        Ok(self.report)
    }

    async fn tenant(&mut self, tenant: TerritoryId) -> Result<(), StoreError> {
        let ground = self.ground(tenant).await?;
        let kept_from = ground.first_day();
        self.report.kept_from = self.report.kept_from.max(kept_from);
        self.chain(&ground).await?;
        let Some(first) = self.first_day(&ground).await? else {
            return Ok(());
        };
        let last = self.now.date().saturating_add(Duration::DAY);
        let last = self.span.to.map_or(last, |to| to.min(last));
        let mut next = Some(first);
        while let Some(day) = next.filter(|day| *day <= last) {
            self.day(&ground, day).await?;
            next = day.next_day();
        }
        Ok(())
    }

    async fn ground(&self, tenant: TerritoryId) -> Result<Ground, StoreError> {
        let mut tx = self.store.upkeep(tenant).await?;
        let kept = forget::kept(&mut tx).await?;
        let grace = Duration::hours(LEGACY_HOURS);
        let legacy_until = match block::find(&mut tx, 1).await? {
            Some(first) => first.block.sealed_at.saturating_add(grace),
            None if head::find(&mut tx).await?.is_none() => self.now.saturating_add(grace),
            None => OffsetDateTime::UNIX_EPOCH,
        };
        Ok(Ground {
            tenant,
            kept,
            legacy_until,
        })
    }

    /// The first day there is anything of, within what was asked for and is kept.
    async fn first_day(&self, ground: &Ground) -> Result<Option<Date>, StoreError> {
        let mut tx = self.store.upkeep(ground.tenant).await?;
        let row = entry::first_at(&mut tx).await?.map(OffsetDateTime::date);
        let block = block::first(&mut tx, None).await?;
        let block = block.map(|stored| stored.block.day);
        let first = row.into_iter().chain(block).min();
        let bounds = [first, self.span.from, ground.first_day()];
        Ok(first.and(bounds.into_iter().max().flatten()))
    }
}
