//! Failed logins in the last minute, by account and by address.
//!
//! An attempt counts as failed from its start, so that a flood of simultaneous guesses gets no more
//! than the limit; a success takes it back. Entries cost a password check each, and those are
//! bounded in number, so the table is too.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use regia_clock::Clock;
use tokio::time::Instant;

const WINDOW: Duration = Duration::from_secs(60);

/// Past this many entries, the ones that no longer count are swept out.
const SWEEP_AT: usize = 1_024;

/// A name longer than this is cut for counting; no user has one.
const NAME_CHARS: usize = 64;

#[derive(Debug)]
pub(crate) struct Throttle {
    clock: Clock,
    limit: usize,
    failures: Mutex<HashMap<Subject, VecDeque<Instant>>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Subject {
    Account(String),
    Address(IpAddr),
}

/// A counted attempt.
#[derive(Debug)]
pub(crate) struct Attempt {
    subjects: [Subject; 2],
    at: Instant,
}

impl Throttle {
    pub(crate) fn new(clock: Clock, limit: usize) -> Self {
        Self {
            clock,
            limit,
            failures: Mutex::default(),
        }
    }

    /// Counts an attempt, or answers how long to wait.
    pub(crate) fn begin(&self, name: &str, address: IpAddr) -> Result<Attempt, Duration> {
        let at = self.clock.instant();
        let name = name
            .chars()
            .take(NAME_CHARS)
            .flat_map(char::to_lowercase)
            .collect();
        let subjects = [Subject::Account(name), Subject::Address(network(address))];
        let mut failures = self.lock();
        if failures.len() > SWEEP_AT {
            failures.retain(|_, times| times.back().is_some_and(|last| at < *last + WINDOW));
        }
        let wait = subjects.iter().filter_map(|subject| {
            let times = failures.get_mut(subject)?;
            times.retain(|time| at < *time + WINDOW);
            let oldest = *times.front().filter(|_| times.len() >= self.limit)?;
            Some((oldest + WINDOW).saturating_duration_since(at))
        });
        if let Some(wait) = wait.max() {
            return Err(wait);
        }
        for subject in &subjects {
            failures.entry(subject.clone()).or_default().push_back(at);
        }
        Ok(Attempt { subjects, at })
    }

    /// The attempt was no failure of whoever tried.
    pub(crate) fn forgive(&self, attempt: &Attempt) {
        let mut failures = self.lock();
        for subject in &attempt.subjects {
            let Some(times) = failures.get_mut(subject) else {
                continue;
            };
            if let Some(index) = times.iter().position(|time| *time == attempt.at) {
                times.remove(index);
            }
            if times.is_empty() {
                failures.remove(subject);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Subject, VecDeque<Instant>>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One household holds a whole /64 of IPv6 addresses.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX)).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const HERE: &str = "192.0.2.1";

    fn throttle() -> (Throttle, Clock) {
        let clock = Clock::by_hand(datetime!(2026-01-01 00:00 UTC));
        (Throttle::new(clock.clone(), 5), clock)
    }

    fn attempt(throttle: &Throttle, name: &str, address: &str) -> Result<Attempt, Duration> {
        throttle.begin(name, address.parse().unwrap())
    }

    #[test]
    fn the_sixth_failure_of_an_account_waits_from_any_address() {
        let (throttle, clock) = throttle();
        for host in 1..=5 {
            attempt(&throttle, "admin", &format!("192.0.2.{host}")).unwrap();
            clock.advance(Duration::from_secs(10));
        }
        let wait = attempt(&throttle, "ADMIN", "192.0.2.99").unwrap_err();
        assert_eq!(wait, Duration::from_secs(10));
        attempt(&throttle, "somebody else", "192.0.2.99").unwrap();
        clock.advance(wait);
        attempt(&throttle, "admin", "192.0.2.98").unwrap();
    }

    #[test]
    fn the_sixth_failure_of_an_address_waits_for_any_account() {
        let (throttle, _) = throttle();
        for number in 0..5 {
            attempt(&throttle, &format!("user{number}"), HERE).unwrap();
        }
        attempt(&throttle, "admin", HERE).unwrap_err();
        attempt(&throttle, "admin", "::ffff:192.0.2.1").unwrap_err();
        attempt(&throttle, "admin", "192.0.2.2").unwrap();
    }

    #[test]
    fn one_network_of_ipv6_is_one_address() {
        let (throttle, _) = throttle();
        for number in 0..5 {
            attempt(
                &throttle,
                &format!("user{number}"),
                &format!("2001:db8::{number}"),
            )
            .unwrap();
        }
        attempt(&throttle, "admin", "2001:db8::ffff:1:2").unwrap_err();
        attempt(&throttle, "admin", "2001:db8:0:1::1").unwrap();
    }

    #[test]
    fn successes_are_not_counted() {
        let (throttle, _) = throttle();
        for _ in 0..20 {
            let attempt = attempt(&throttle, "admin", HERE).unwrap();
            throttle.forgive(&attempt);
        }
        assert!(throttle.lock().is_empty());
    }

    #[test]
    fn entries_that_no_longer_count_are_swept_out() {
        let (throttle, clock) = throttle();
        for number in 0..=SWEEP_AT {
            attempt(
                &throttle,
                &format!("user{number}"),
                &format!("10.0.{}.{}", number / 256, number % 256),
            )
            .unwrap();
        }
        clock.advance(WINDOW);
        attempt(&throttle, "admin", HERE).unwrap();
        assert_eq!(throttle.lock().len(), 2);
    }
}
