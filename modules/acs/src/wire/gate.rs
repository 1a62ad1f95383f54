//! Who is let in, and who is told to come back: only ever at an Inform, never inside a session.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use regia_clock::Chance;
use tokio::time::Instant;

use crate::model::identity::Identity;

/// Pairs of identity and address that are remembered for failed logins in one minute.
const MAX_REMEMBERED: usize = 100_000;

const WINDOW: Duration = Duration::from_secs(60);

/// Failed logins of the last minute, by identity and address.
#[derive(Debug)]
pub struct Failures {
    limit: u32,
    window: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    began_at: Instant,
    counts: HashMap<u64, u32>,
}

impl Failures {
    /// At most `limit` a minute.
    #[must_use]
    pub fn new(limit: u32, now: Instant) -> Self {
        Self {
            limit,
            window: Mutex::new(Window {
                began_at: now,
                counts: HashMap::new(),
            }),
        }
    }

    /// Whether another login may be tried.
    pub fn may_try(&self, identity: &Identity, address: IpAddr, now: Instant) -> bool {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if now.duration_since(window.began_at) >= WINDOW {
            *window = Window {
                began_at: now,
                counts: HashMap::new(),
            };
        }
        window
            .counts
            .get(&key(identity, address))
            .is_none_or(|count| *count < self.limit)
    }

    /// Counts a failed login; how many there are now.
    pub fn count(&self, identity: &Identity, address: IpAddr) -> u32 {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let key = key(identity, address);
        if window.counts.len() >= MAX_REMEMBERED && !window.counts.contains_key(&key) {
            return 0;
        }
        let count = window.counts.entry(key).or_default();
        *count = count.saturating_add(1);
        *count
    }
}

fn key(identity: &Identity, address: IpAddr) -> u64 {
    let mut hasher = DefaultHasher::new();
    identity.hash(&mut hasher);
    address.hash(&mut hasher);
    hasher.finish()
}

/// Seconds for a Retry-After: half to one and a half of `around`, so that a crowd that was turned
/// away together does not come back together.
#[must_use]
pub fn retry_after(around: u32, chance: &Chance) -> u64 {
    let around = u64::from(around.max(2));
    around / 2 + chance.below(around)
}

#[cfg(test)]
mod tests {
    use super::*;
    use regia_clock::Clock;
    use time::macros::datetime;

    #[test]
    fn guesses_are_limited_by_identity_and_address_and_forgotten_after_a_minute() {
        let clock = Clock::by_hand(datetime!(2026-01-01 00:00 UTC));
        let failures = Failures::new(2, clock.instant());
        let (here, there) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let identity = Identity::new("00D09E", "HG", "1").unwrap();
        let other = Identity::new("00D09E", "HG", "2").unwrap();
        assert_eq!(
            (
                failures.count(&identity, here),
                failures.count(&identity, here)
            ),
            (1, 2)
        );
        assert!(!failures.may_try(&identity, here, clock.instant()));
        assert!(failures.may_try(&identity, there, clock.instant()));
        assert!(failures.may_try(&other, here, clock.instant()));
        clock.advance(WINDOW);
        assert!(failures.may_try(&identity, here, clock.instant()));
    }

    #[test]
    fn retry_after_is_spread() {
        let chance = Chance::seeded(1);
        let drawn: Vec<u64> = (0..100).map(|_| retry_after(60, &chance)).collect();
        assert!(drawn.iter().all(|seconds| (30..90).contains(seconds)));
        assert!(drawn.iter().min() < Some(&40) && drawn.iter().max() > Some(&80));
    }
}
