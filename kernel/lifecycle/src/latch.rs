//! Latches: readiness waits while anybody holds one (after linkerd2-proxy).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Holds readiness back until it is opened or dropped.
#[must_use = "a dropped latch is open"]
#[derive(Debug)]
pub struct Latch {
    name: &'static str,
    latches: Latches,
}

impl Latch {
    /// The holder is ready.
    pub fn open(self) {
        drop(self);
    }
}

impl Drop for Latch {
    fn drop(&mut self) {
        self.latches
            .change(self.name, |held| held.saturating_sub(1));
    }
}

/// How often each name is held.
#[derive(Debug, Clone, Default)]
pub(crate) struct Latches(Arc<Mutex<BTreeMap<&'static str, usize>>>);

impl Latches {
    pub(crate) fn hold(&self, name: &'static str) -> Latch {
        self.change(name, |held| held + 1);
        Latch {
            name,
            latches: self.clone(),
        }
    }

    pub(crate) fn held(&self) -> Vec<&'static str> {
        let latches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        latches
            .iter()
            .filter(|(_, held)| **held > 0)
            .map(|(name, _)| *name)
            .collect()
    }

    fn change(&self, name: &'static str, to: impl Fn(usize) -> usize) {
        let mut latches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let held = latches.entry(name).or_default();
        *held = to(*held);
    }
}
