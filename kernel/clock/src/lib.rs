//! Time and chance as values: everything that needs "now" or "a random number" is handed one of
//! these, so a test can move the clock by hand and repeat the dice.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use time::OffsetDateTime;
use tokio::time::Instant;

/// A source of wall-clock time (UTC) and of monotonic time.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Hand(Arc<Mutex<Hand>>),
}

#[derive(Debug)]
struct Hand {
    now: OffsetDateTime,
    instant: Instant,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands at `start` until [`Clock::advance`] moves it.
    #[must_use]
    pub fn by_hand(start: OffsetDateTime) -> Self {
        Self(Source::Hand(Arc::new(Mutex::new(Hand {
            now: start,
            instant: system_instant(),
        }))))
    }

    /// Wall-clock time, UTC.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        match &self.0 {
            Source::System => system_now(),
            Source::Hand(hand) => lock(hand).now,
        }
    }

    /// Monotonic time, for deadlines and measurements.
    #[must_use]
    pub fn instant(&self) -> Instant {
        match &self.0 {
            Source::System => system_instant(),
            Source::Hand(hand) => lock(hand).instant,
        }
    }

    /// Moves a clock made by [`Clock::by_hand`]; the machine's clock does not listen.
    pub fn advance(&self, by: Duration) {
        if let Source::Hand(hand) = &self.0 {
            let mut hand = lock(hand);
            hand.now += by;
            hand.instant += by;
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the machine's clock"
)]
fn system_now() -> OffsetDateTime {
    OffsetDateTime::now_utc()
}

fn system_instant() -> Instant {
    Instant::now()
}

/// A source of random numbers, shared between threads.
///
/// Seeded from the operating system it is a cryptographically secure generator, fit for secrets.
#[derive(Debug, Clone)]
pub struct Chance(Arc<Mutex<StdRng>>);

impl Chance {
    /// Seeded by the operating system.
    #[must_use]
    pub fn from_system() -> Self {
        Self(Arc::new(Mutex::new(rand::make_rng())))
    }

    /// Repeatable, for tests and simulations.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        lock(&self.0).fill_bytes(&mut bytes);
        bytes
    }

    /// A number in `0..bound`; 0 when `bound` is 0.
    #[must_use]
    pub fn below(&self, bound: u64) -> u64 {
        if bound == 0 {
            0
        } else {
            lock(&self.0).random_range(0..bound)
        }
    }

    /// A random secret of `length` letters and digits without look-alikes (5.8 bits each).
    #[must_use]
    pub fn secret(&self, length: usize) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
        let mut rng = lock(&self.0);
        (0..length)
            .filter_map(|_| ALPHABET.get(rng.random_range(0..ALPHABET.len())))
            .map(|byte| char::from(*byte))
            .collect()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_hand_moved_clock_stands_until_moved() {
        let clock = Clock::by_hand(datetime!(2026-01-02 03:04:05 UTC));
        let (now, instant) = (clock.now(), clock.instant());
        assert_eq!(clock.now(), now);
        clock.advance(Duration::from_secs(60));
        assert_eq!(clock.now(), now + Duration::from_secs(60));
        assert_eq!(clock.instant(), instant + Duration::from_secs(60));
    }

    #[test]
    fn a_seed_repeats_the_dice() {
        let (a, b) = (Chance::seeded(7), Chance::seeded(7));
        assert_eq!(a.bytes::<16>(), b.bytes::<16>());
        assert_eq!(a.secret(24), b.secret(24));
        assert_eq!(a.secret(24).len(), 24);
        assert!(a.below(3) < 3);
        assert_eq!(a.below(0), 0);
    }
}
