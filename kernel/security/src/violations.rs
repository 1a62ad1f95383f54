//! Who broke the limits how often: when it is too often.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use crate::BanSettings;

/// Refusals so close together are one violation: a page that loads asks several things at once.
const ONE: Duration = Duration::from_secs(10);

/// Addresses that are remembered at most; past that those are forgotten that did nothing for longest.
const MOST: usize = 4_096;

/// What is remembered.
#[derive(Debug, Default)]
pub(crate) struct Violations(HashMap<IpAddr, VecDeque<Instant>>);

impl Violations {
    /// Counts one; answers whether that was one too many. Then it begins anew.
    pub(crate) fn add(&mut self, network: IpAddr, now: Instant, settings: &BanSettings) -> bool {
        let window = Duration::from_secs(u64::from(settings.window_minutes) * 60);
        if self.0.len() >= MOST && !self.0.contains_key(&network) {
            self.make_room(now, window);
        }
        let times = self.0.entry(network).or_default();
        times.retain(|time| now < *time + window);
        if times.back().is_some_and(|last| now < *last + ONE) {
            return false;
        }
        times.push_back(now);
        let enough = times.len() >= settings.violations;
        if enough {
            self.0.remove(&network);
        }
        enough
    }

    fn make_room(&mut self, now: Instant, window: Duration) {
        self.0
            .retain(|_, times| times.back().is_some_and(|last| now < *last + window));
        if self.0.len() >= MOST {
            let oldest = self.0.iter().min_by_key(|(_, times)| times.back().copied());
            if let Some(network) = oldest.map(|(network, _)| *network) {
                self.0.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(seconds: &[u64], expected: &[bool]) {
        let (mut violations, settings) = (Violations::default(), BanSettings::default());
        let network = IpAddr::from([192, 0, 2, 1]);
        let began = Instant::now();
        let found: Vec<bool> = seconds
            .iter()
            .map(|at| violations.add(network, began + Duration::from_secs(*at), &settings))
            .collect();
        assert_eq!(found, expected, "{seconds:?}");
    }

    #[test]
    fn the_third_in_ten_minutes_is_one_too_many() {
        check(&[0, 1, 2, 3, 9], &[false; 5]);
        check(&[0, 10, 20], &[false, false, true]);
        check(
            &[0, 10, 20, 30, 40, 50],
            &[false, false, true, false, false, true],
        );
        check(&[0, 10, 601], &[false, false, false]);
        check(&[0, 300, 599], &[false, false, true]);
    }

    #[test]
    fn there_is_room_for_so_many_addresses() {
        let (mut violations, settings) = (Violations::default(), BanSettings::default());
        let now = Instant::now();
        for number in 0..10_000_u32 {
            violations.add(IpAddr::from(number.to_be_bytes()), now, &settings);
        }
        assert!(violations.0.len() <= MOST);
    }
}
