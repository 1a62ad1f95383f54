//! The trail as a part of the server: its background work, and its check.

use std::time::Duration;

use regia_clock::Clock;
use regia_ident::TerritoryId;
use regia_lifecycle::Lifecycle;
use regia_store::{Store, StoreError};
use serde_json::json;
use time::OffsetDateTime;

use crate::seal::{Seen, seal};
use crate::verify::Verifier;
use crate::{Actor, Entry, Report, Span, forget, record};

/// What the line of a check is called.
pub(crate) const VERIFIED: &str = "access.audit.verify";

/// How long a row waits for its block at most.
const SEAL_EVERY: Duration = Duration::from_secs(2);

const UPKEEP_EVERY: Duration = Duration::from_secs(3600);

/// The audit trail. Clones are the same.
#[derive(Debug, Clone)]
pub struct Trail {
    pub(crate) store: Store,
    pub(crate) clock: Clock,
    kept_days: u16,
}

impl Trail {
    /// Over a store that signs rows; old days are dropped after `kept_days`.
    #[must_use]
    pub const fn new(store: Store, clock: Clock, kept_days: u16) -> Self {
        Self {
            store,
            clock,
            kept_days,
        }
    }

    /// The time by the server's clock.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.clock.now()
    }

    /// Makes blocks of new rows every two seconds, and makes and drops days every hour, until the
    /// server stops.
    pub fn run(&self, lifecycle: &Lifecycle) {
        let (trail, stopping) = (self.clone(), lifecycle.stopping());
        lifecycle.spawn("audit sealer", async move {
            let mut seen = Seen::new();
            loop {
                if let Err(error) = seal(&trail.store, &mut seen).await {
                    tracing::warn!(error = ?error, "the audit trail is not sealed for now");
                }
                tokio::select! {
                    () = stopping.cancelled() => return,
                    () = tokio::time::sleep(SEAL_EVERY) => {}
                }
            }
        });
        let (trail, stopping) = (self.clone(), lifecycle.stopping());
        lifecycle.spawn("audit upkeep", async move {
            loop {
                if let Err(error) = trail.keep_up().await {
                    tracing::error!(error = ?error, "the upkeep of the audit trail failed");
                }
                tokio::select! {
                    () = stopping.cancelled() => return,
                    () = tokio::time::sleep(UPKEEP_EVERY) => {}
                }
            }
        });
    }

    /// Makes blocks until no row waits; answers how many rows it took. Another node that does it at the
    /// same time leaves nothing to do here.
    ///
    /// # Errors
    /// As any statement; blocks made before stand.
    pub async fn seal(&self) -> Result<usize, StoreError> {
        seal(&self.store, &mut Seen::new()).await
    }

    /// Makes the next days, and drops those whose time has come.
    ///
    /// # Errors
    /// As any statement.
    pub async fn keep_up(&self) -> Result<(), StoreError> {
        let today = self.clock.now().date();
        let kept = time::Duration::days(self.kept_days.into());
        forget::keep_up(&self.store, today, today.checked_sub(kept)).await
    }

    /// Looks at the rows and blocks of some days for traces of tampering, in all tenants or in one.
    /// It reads page by page, and writers wait for nothing.
    ///
    /// # Errors
    /// As any statement. What is wrong with the trail is no error but in the report.
    pub async fn verify(
        &self,
        tenant: Option<TerritoryId>,
        span: &Span,
    ) -> Result<Report, StoreError> {
        Verifier::new(&self.store, self.clock.now(), span)
            .run(tenant)
            .await
    }

    /// Writes into the trail of a tenant that it was looked at, and how that went.
    ///
    /// # Errors
    /// As any statement.
    pub async fn note(
        &self,
        tenant: TerritoryId,
        actor: Actor<'_>,
        span: &Span,
        report: &Report,
    ) -> Result<(), StoreError> {
        let day = |day: Option<time::Date>| day.map(|day| day.to_string());
        let findings = report.findings.len() as u64 + report.more;
        let entry = Entry {
            after: Some(json!({
                "from": day(span.from), "to": day(span.to), "rows": report.rows,
                "blocks": report.blocks, "findings": findings,
            })),
            ..Entry::new(VERIFIED, "audit")
        };
        let mut tx = self.store.upkeep(tenant).await?;
        record(&mut tx, actor, entry).await?;
        tx.commit().await
    }
}
