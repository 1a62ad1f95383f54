//! The log: whoever notes something waits for nothing.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use regia_clock::Clock;
use regia_ident::TerritoryId;
use regia_lifecycle::Lifecycle;
use regia_store::{Store, StoreError, partitions};

use crate::bans::Bans;
use crate::event::{Event, Kind};
use crate::fold::Fold;
use crate::{network, network_text, signals, store};

/// How long an event waits to be written at most.
const WRITE_EVERY: Duration = Duration::from_secs(5);

/// How often days are made and dropped, in rounds of writing.
const UPKEEP_EVERY: u32 = 720;

/// Days that are made ahead: as long as upkeep may fail without harm.
const DAYS_AHEAD: u16 = 7;

/// Where events go. Clones are the same. One that was never started forgets them.
#[derive(Debug, Clone, Default)]
pub struct SecurityLog(Arc<OnceLock<Inner>>);

#[derive(Debug)]
struct Inner {
    store: Store,
    clock: Clock,
    kept_days: u16,
    bans: Bans,
    fold: Mutex<Fold>,
}

impl SecurityLog {
    /// A log that is written to the store, and bans who breaks the limits too often.
    #[must_use]
    pub fn new(store: Store, clock: Clock, kept_days: u16, bans: Bans) -> Self {
        let log = Self::default();
        log.0.get_or_init(|| Inner {
            store,
            clock,
            kept_days,
            bans,
            fold: Mutex::default(),
        });
        log
    }

    /// Notes something that happened. Never waits, and never fails.
    pub fn note(&self, event: Event) {
        metrics::counter!(signals::EVENTS, "kind" => event.kind.as_str()).increment(1);
        let Some(inner) = self.0.get() else { return };
        let banned = inner.bans.judge(&event);
        let now = inner.clock.now();
        let mut fold = inner.fold();
        if let Some(address) = banned {
            fold.add(
                Event {
                    address: Some(address),
                    detail: network_text(network(address)),
                    ..Event::new(Kind::Banned)
                },
                now,
            );
        }
        fold.add(event, now);
    }

    /// How long an address is still kept out, if it is: a look into memory.
    #[must_use]
    pub fn banned(&self, address: IpAddr) -> Option<Duration> {
        self.0.get()?.bans.left(address)
    }

    /// Writes what waits every few seconds, and makes and drops days every hour, until the server
    /// stops; then writes what is left.
    pub fn run(&self, lifecycle: &Lifecycle) {
        let (log, stopping) = (self.clone(), lifecycle.stopping());
        lifecycle.spawn("security log", async move {
            let mut round = 0_u32;
            loop {
                if round.is_multiple_of(UPKEEP_EVERY)
                    && let Err(error) = log.keep_up().await
                {
                    tracing::error!(error = ?error, "the upkeep of the security log failed");
                }
                round = round.wrapping_add(1);
                log.write().await;
                if stopping.is_cancelled() {
                    return;
                }
                tokio::select! {
                    () = stopping.cancelled() => {}
                    () = tokio::time::sleep(WRITE_EVERY) => {}
                }
            }
        });
    }

    /// Writes what waits. What cannot be written waits for the next time, as far as there is room.
    pub async fn write(&self) {
        let Some(inner) = self.0.get() else { return };
        let rows = inner.fold().take();
        if rows.is_empty() {
            return;
        }
        if let Err(error) = store::event::add(&inner.store, &rows).await {
            let lost = inner.fold().put_back(rows);
            metrics::counter!(signals::LOST).increment(lost);
            tracing::warn!(
                error = ?error,
                security.lost = lost,
                "the security log is not written for now"
            );
        }
    }

    /// Makes the next days, and drops those whose time has come.
    ///
    /// # Errors
    /// As any statement.
    pub async fn keep_up(&self) -> Result<(), StoreError> {
        let Some(inner) = self.0.get() else {
            return Ok(());
        };
        let today = inner.clock.now().date();
        partitions::ensure(&inner.store, store::event::TABLE, today, DAYS_AHEAD).await?;
        let kept = time::Duration::days(inner.kept_days.into());
        if let Some(first_kept) = today.checked_sub(kept) {
            partitions::drop_older(&inner.store, store::event::TABLE, first_kept).await?;
        }
        let mut tx = inner.store.upkeep(TerritoryId::ROOT).await?;
        store::ban::delete_over(&mut tx).await?;
        tx.commit().await
    }
}

impl Inner {
    fn fold(&self) -> MutexGuard<'_, Fold> {
        // Each change is whole before anything can panic.
        self.fold.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
