//! Who is let in, and who is told to come back: only ever at an Inform, never inside a session.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use regia_clock::Chance;
use regia_limits::{Bucket, Class, Limits, Rate};
use tokio::time::Instant;

use crate::model::identity::Identity;
use crate::settings::SessionSettings;

/// Parts of a Redis Cluster that devices are spread over; those of one part are told to it together.
const PARTS: u32 = 16;

/// Pairs of identity and address that are remembered for failed logins in one minute.
const MAX_REMEMBERED: usize = 100_000;

const WINDOW: Duration = Duration::from_secs(60);

/// How often each device begins a session.
///
/// Only a session that begins is counted, so nobody without its credential uses up a device's share. It
/// is looked at before the credential is: a device that calls without end costs neither a check nor the
/// database.
#[derive(Debug)]
pub struct Starts {
    limits: Limits,
    class: Class,
}

impl Starts {
    /// As the settings say.
    #[must_use]
    pub fn new(limits: Limits, settings: &SessionSettings) -> Self {
        let rate = Rate::per_minute(settings.starts_per_minute, settings.starts_burst);
        let class = Class::new("session", rate);
        Self { limits, class }
    }

    /// Whether a device has begun too many.
    pub fn are_spent(&self, identity: &Identity) -> bool {
        self.class.rate.is_some()
            && self
                .limits
                .is_spent(self.bucket(&identity.to_string()))
                .is_some()
    }

    /// Counts a session that begins.
    pub fn count(&self, identity: &Identity) {
        if self.class.rate.is_some() {
            let of = identity.to_string();
            self.limits.note(|| part(identity), self.bucket(&of));
        }
    }

    const fn bucket<'a>(&self, of: &'a str) -> Bucket<'a> {
        let class = self.class;
        Bucket { class, of }
    }
}

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

/// Where a device is counted; the same on every node, of whatever version.
fn part(identity: &Identity) -> String {
    let spread = |sum: u32, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte));
    let sum = identity.serial_number.bytes().fold(0, spread);
    format!("sessions{}", sum % PARTS)
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
