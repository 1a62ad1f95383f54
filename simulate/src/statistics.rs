//! What a fleet did, counted while it runs.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that all CPEs share.
#[derive(Debug, Default)]
pub(crate) struct Statistics {
    pub(crate) sessions: Counter,
    pub(crate) failed_sessions: Counter,
    pub(crate) rpcs: Counter,
    pub(crate) faults: Counter,
    pub(crate) reboots: Counter,
    pub(crate) transfers: Counter,
    pub(crate) failed_transfers: Counter,
    pub(crate) connection_requests: Counter,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    pub(crate) fn add(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a fleet did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Report {
    /// Sessions that ended as they should.
    pub sessions: u64,
    /// Sessions that did not, misbehaviour on request among them.
    pub failed_sessions: u64,
    /// RPCs of the ACS that were answered.
    pub rpcs: u64,
    /// Those answered with a fault.
    pub faults: u64,
    /// Reboots and factory resets.
    pub reboots: u64,
    /// Files fetched and sent.
    pub transfers: u64,
    /// Files that could not be fetched, sent or accepted.
    pub failed_transfers: u64,
    /// Connection requests that were accepted.
    pub connection_requests: u64,
}

impl Statistics {
    pub(crate) fn report(&self) -> Report {
        Report {
            sessions: self.sessions.get(),
            failed_sessions: self.failed_sessions.get(),
            rpcs: self.rpcs.get(),
            faults: self.faults.get(),
            reboots: self.reboots.get(),
            transfers: self.transfers.get(),
            failed_transfers: self.failed_transfers.get(),
            connection_requests: self.connection_requests.get(),
        }
    }
}
