//! A CPE's life: wait, inform, do what was asked, boot, again.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::agenda::retry_wait;
use super::session::SessionError;
use super::{Cpe, Door, Restart};
use crate::statistics::Statistics;

/// What a CPE lives with.
#[derive(Debug)]
pub(crate) struct Life {
    pub(crate) door: Arc<Door>,
    pub(crate) statistics: Arc<Statistics>,
    pub(crate) stop: CancellationToken,
    /// About how often something changes by itself.
    pub(crate) change_every: Option<Duration>,
    /// How long a boot takes, and up to as much again.
    pub(crate) boot: Duration,
    /// After the fleet's staggered start.
    pub(crate) start_after: Duration,
}

impl Life {
    /// Lives until it is stopped.
    pub(crate) async fn run(self, mut cpe: Cpe) {
        let stop = self.stop.clone();
        tokio::select! {
            () = stop.cancelled() => {}
            () = async {
                sleep(self.start_after).await;
                loop {
                    self.step(&mut cpe).await;
                }
            } => {}
        }
    }

    /// Waits for something to do and does it.
    async fn step(&self, cpe: &mut Cpe) {
        cpe.plan_change(self.change_every);
        self.door.set_login(
            cpe.setting("ConnectionRequestUsername"),
            cpe.setting("ConnectionRequestPassword"),
        );
        let wake = cpe.next_wake();
        tokio::select! {
            () = self.door.knock() => {
                cpe.retry_at = None;
                cpe.raise("6 CONNECTION REQUEST", "");
            }
            () = async {
                match wake {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            } => {}
        }
        // The futures of sessions and transfers are large, and a CPE mostly waits.
        if Box::pin(cpe.run_transfers(&self.statistics)).await {
            self.restart(cpe, None).await;
        }
        cpe.raise_due();
        // A session that failed after its Inform is tried again with nothing new to tell.
        if cpe.events.is_empty() && cpe.retry_at.is_none() {
            return;
        }
        self.door.set_busy(true);
        let ended = Box::pin(cpe.session(&self.statistics)).await;
        self.door.set_busy(false);
        cpe.settle(ended, &self.statistics);
        if let Some(restart) = cpe.restart.take() {
            self.restart(cpe, Some(restart)).await;
        }
    }

    async fn restart(&self, cpe: &mut Cpe, restart: Option<Restart>) {
        self.statistics.reboots.add();
        let spread = u64::try_from(self.boot.as_millis()).unwrap_or_default();
        sleep(self.boot + Duration::from_millis(cpe.chance.below(spread))).await;
        cpe.boot(restart);
    }
}

impl Cpe {
    /// Counts a session and plans the retry of one that failed (TR-069 3.2.1.1).
    pub(super) fn settle(&mut self, ended: Result<(), SessionError>, statistics: &Statistics) {
        let Err(error) = ended else {
            statistics.sessions.add();
            self.retries = 0;
            self.retry_at = None;
            if self.known_acs.as_ref() != Some(&self.setting("URL")) {
                self.raise("0 BOOTSTRAP", "");
            }
            return;
        };
        statistics.failed_sessions.add();
        self.retries += 1;
        let m = self.number("CWMPRetryMinimumWaitInterval", 1);
        let k = self.number("CWMPRetryIntervalMultiplier", 1000);
        let mut wait = retry_wait(self.retries, m, k, &self.chance);
        if let SessionError::Status {
            retry_after: Some(asked),
            ..
        } = &error
        {
            wait = wait.max(*asked);
        }
        tracing::debug!(
            cpe.serial = self.parts.identity.serial,
            session.retry = self.retries,
            session.wait_ms = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
            error = &error as &dyn std::error::Error,
            "a session failed"
        );
        self.retry_at = Some(self.instant() + wait);
    }
}
