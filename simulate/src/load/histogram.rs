//! Latencies in fixed buckets: cheap to record, at most 3 % off.

use std::time::Duration;

/// Each power of two is cut into this many buckets.
const STEPS: u64 = 32;
/// Enough for latencies of more than a day; the rest counts in the last one.
const BUCKETS: usize = 1024;

/// Counts of latencies, in microseconds.
#[derive(Debug, Clone)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
    max_us: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            buckets: vec![0; BUCKETS],
            count: 0,
            max_us: 0,
        }
    }
}

impl Histogram {
    /// Counts one latency.
    pub fn record(&mut self, latency: Duration) {
        let us = u64::try_from(latency.as_micros()).unwrap_or(u64::MAX);
        if let Some(bucket) = self.buckets.get_mut(bucket_of(us).min(BUCKETS - 1)) {
            *bucket += 1;
        }
        self.count += 1;
        self.max_us = self.max_us.max(us);
    }

    /// How many were recorded.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The largest one, exactly.
    #[must_use]
    pub const fn max(&self) -> Duration {
        Duration::from_micros(self.max_us)
    }

    /// The latency that `share` (0 to 1) of all stay at or below; zero when nothing was recorded.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Duration {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a rank among counted sessions"
        )]
        let rank = (share * self.count as f64).ceil() as u64;
        let mut seen = 0;
        for (position, count) in self.buckets.iter().enumerate() {
            seen += count;
            if *count > 0 && seen >= rank {
                return Duration::from_micros(upper_edge(position).min(self.max_us));
            }
        }
        self.max()
    }
}

/// Small values have a bucket each; from `2 * STEPS` on, the leading bits and their power say which.
fn bucket_of(us: u64) -> usize {
    let power = u64::from((us | 1).ilog2().saturating_sub(STEPS.ilog2()));
    usize::try_from(power * STEPS + (us >> power)).unwrap_or(usize::MAX)
}

/// The largest value of a bucket.
const fn upper_edge(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let power = (bucket / STEPS).saturating_sub(1);
    ((bucket - power * STEPS + 1) << power) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_latency_lies_in_a_bucket_that_is_close_to_it() {
        for us in (0..200)
            .chain((0..40).map(|power| 1 << power))
            .chain([999_999, 12_345_678])
        {
            let edge = upper_edge(bucket_of(us));
            assert!(edge >= us, "{us} above {edge}");
            assert!(edge - us <= us / 32, "{us} far from {edge}");
        }
        let edges: Vec<u64> = (0..200).map(|us| upper_edge(bucket_of(us))).collect();
        assert!(edges.is_sorted(), "{edges:?}");
    }

    #[test]
    fn quantiles_of_a_known_row() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile(0.5), Duration::ZERO);
        for ms in 1..=100 {
            histogram.record(Duration::from_millis(ms));
        }
        for (share, ms) in [(0.5, 50), (0.9, 90), (0.99, 99), (1.0, 100)] {
            let found = histogram.quantile(share).as_micros();
            assert!((ms * 1000..=ms * 1032).contains(&found), "{share}: {found}");
        }
        assert_eq!(
            (histogram.count(), histogram.max()),
            (100, Duration::from_millis(100))
        );
    }

    #[test]
    fn the_absurdly_slow_is_counted_too() {
        let mut histogram = Histogram::default();
        histogram.record(Duration::MAX);
        assert_eq!(histogram.count(), 1);
        assert!(histogram.quantile(1.0) > Duration::from_secs(3600));
    }
}
