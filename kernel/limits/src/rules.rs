//! The one rule of all buckets: the generic cell rate algorithm (ITU-T I.371, virtual scheduling).
//!
//! A bucket is one number: how far its *theoretical arrival time* lies ahead of now, in microseconds.
//! 0 is a full bucket. Each request moves it one interval further, time moves it back, and it never
//! goes further than the burst allows. `remote/spend.lua` says the same in Redis, and one suite of
//! tests runs on both.

use std::time::Duration;

const MINUTE_US: u64 = 60_000_000;

/// How fast a bucket refills, and how much it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    interval_us: u64,
    burst: u64,
}

impl Rate {
    /// So many a minute, so many at once; `None`, which is no limit, when either is 0.
    #[must_use]
    pub fn per_minute(per_minute: u32, burst: u32) -> Option<Self> {
        (per_minute > 0 && burst > 0).then(|| Self {
            // Rounded up: never more than was said.
            interval_us: MINUTE_US.div_ceil(u64::from(per_minute)),
            burst: u64::from(burst),
        })
    }

    /// What one of several nodes may admit while they cannot count together; at least one request.
    #[must_use]
    pub fn share(self, nodes: u32) -> Self {
        let nodes = u64::from(nodes.max(1));
        Self {
            interval_us: self.interval_us.saturating_mul(nodes),
            burst: (self.burst / nodes).max(1),
        }
    }

    /// What the bucket holds when it is full.
    #[must_use]
    pub const fn burst(self) -> u64 {
        self.burst
    }

    /// Microseconds in which one more request becomes possible.
    pub(crate) const fn interval_us(self) -> u64 {
        self.interval_us
    }

    /// As far ahead as a bucket may be, and the time in which an empty one is full again.
    pub(crate) const fn span_us(self) -> u64 {
        self.interval_us.saturating_mul(self.burst)
    }

    /// How far ahead a bucket is that was left at `arrival_us`. A clock that was set back makes nobody
    /// wait longer than for an empty bucket.
    pub(crate) fn ahead(self, arrival_us: u64, now_us: u64) -> u64 {
        arrival_us.saturating_sub(now_us).min(self.span_us())
    }

    /// Where one more request puts the bucket; `None` when there is no room for it.
    pub(crate) fn spend(self, ahead_us: u64) -> Option<u64> {
        let next = ahead_us.saturating_add(self.interval_us);
        (next <= self.span_us()).then_some(next)
    }

    /// Where one more request puts the bucket that happened in any case.
    pub(crate) fn overspend(self, ahead_us: u64) -> u64 {
        ahead_us
            .saturating_add(self.interval_us)
            .min(self.span_us())
    }

    /// Requests that there is room for.
    pub(crate) const fn remaining(self, ahead_us: u64) -> u64 {
        self.span_us().saturating_sub(ahead_us) / self.interval_us
    }

    /// When there is room for one more than now; nothing when the bucket is full.
    pub(crate) const fn more_after(self, ahead_us: u64) -> Duration {
        let room = self.span_us().saturating_sub(ahead_us);
        if ahead_us == 0 {
            return Duration::ZERO;
        }
        Duration::from_micros(self.interval_us - room % self.interval_us)
    }

    /// When there is room for one request; at once when there is already.
    pub(crate) const fn wait(self, ahead_us: u64) -> Duration {
        if self.remaining(ahead_us) > 0 {
            return Duration::ZERO;
        }
        self.more_after(ahead_us)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(per_minute: u32, burst: u32, ahead_us: u64, expected: (Option<u64>, u64, u64, u64)) {
        let rate = Rate::per_minute(per_minute, burst).unwrap();
        let found = (
            rate.spend(ahead_us),
            rate.remaining(ahead_us),
            u64::try_from(rate.more_after(ahead_us).as_micros()).unwrap(),
            u64::try_from(rate.wait(ahead_us).as_micros()).unwrap(),
        );
        assert_eq!(found, expected, "{rate:?} {ahead_us}");
    }

    #[test]
    fn a_bucket_says_what_is_left_and_when_there_is_more() {
        const S: u64 = 1_000_000;
        // 60 a minute, 3 at once: (after one more, remaining, µs until more, µs to wait)
        check(60, 3, 0, (Some(S), 3, 0, 0));
        check(60, 3, S, (Some(2 * S), 2, S, 0));
        check(60, 3, S / 2, (Some(S + S / 2), 2, S / 2, 0));
        check(60, 3, 2 * S, (Some(3 * S), 1, S, 0));
        check(60, 3, 2 * S + 1, (None, 0, 1, 1));
        check(60, 3, 3 * S, (None, 0, S, S));
        check(1, 1, 0, (Some(60 * S), 1, 0, 0));
        check(1, 1, 1, (None, 0, 1, 1));
        check(7, 1, 0, (Some(8_571_429), 1, 0, 0));
    }

    #[test]
    fn no_rate_is_no_limit_and_a_share_is_never_nothing() {
        assert_eq!(Rate::per_minute(0, 5), None);
        assert_eq!(Rate::per_minute(5, 0), None);
        let rate = |per_minute, burst| Rate::per_minute(per_minute, burst).unwrap();
        assert_eq!(rate(60, 10).share(2), rate(30, 5));
        assert_eq!(rate(60, 10).share(0), rate(60, 10));
        assert_eq!(rate(60, 1).share(4), rate(15, 1));
        // A share is as long as the whole: what a bucket has used stays used when nodes part.
        assert_eq!(rate(60, 10).share(5).span_us(), rate(60, 10).span_us());
    }

    #[test]
    fn a_clock_that_was_set_back_costs_at_most_an_empty_bucket() {
        let rate = Rate::per_minute(60, 3).unwrap();
        assert_eq!(rate.ahead(9_000_000_000, 0), rate.span_us());
        assert_eq!(rate.ahead(5, 9_000_000_000), 0);
    }

    proptest! {
        /// Never more in any window than the burst and what refills meanwhile.
        #[test]
        fn no_pattern_of_asking_gets_more(
            per_minute in 1..10_000_u32, burst in 1..100_u32,
            pauses in prop::collection::vec(0..20_000_000_u64, 1..300),
        ) {
            let rate = Rate::per_minute(per_minute, burst).unwrap();
            let (mut now, mut arrival) = (0, 0);
            let mut admitted = Vec::new();
            for pause in pauses {
                now += pause;
                if let Some(next) = rate.spend(rate.ahead(arrival, now)) {
                    arrival = now + next;
                    admitted.push(now);
                }
            }
            for (first, from) in admitted.iter().enumerate() {
                for (last, until) in admitted.iter().enumerate().skip(first) {
                    let count = (last - first + 1) as u64;
                    prop_assert!(count <= u64::from(burst) + (until - from) / rate.interval_us());
                }
            }
        }
    }
}
