//! When a CPE speaks next, and why.

use std::time::Duration;

use regia_clock::Chance;
use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;
use tokio::time::Instant;

use super::Cpe;
use crate::model::{Standard, boolean, wan_address};

/// The wait stops growing at this retry (TR-069 3.2.1.1).
const LAST_GROWTH: u32 = 10;

/// The wait before the `retry`th try, from 1 on: between `m·(k/1000)^(n-1)` and `m·(k/1000)^n`
/// seconds (TR-069 3.2.1.1).
pub(super) fn retry_wait(retry: u32, m: u64, k: u64, chance: &Chance) -> Duration {
    let power = |exponent: u32| {
        let mut milliseconds = u128::from(m) * 1000;
        for _ in 0..exponent {
            milliseconds = milliseconds * u128::from(k) / 1000;
        }
        u64::try_from(milliseconds).unwrap_or(u64::MAX)
    };
    let n = retry.clamp(1, LAST_GROWTH);
    let (least, most) = (power(n - 1), power(n));
    Duration::from_millis(least + chance.below(most - least + 1))
}

impl Cpe {
    /// When there is something to do next, if nobody knocks.
    pub(super) fn next_wake(&self) -> Option<Instant> {
        if self.retry_at.is_some() {
            return self.retry_at;
        }
        if !self.events.is_empty() {
            return Some(self.instant());
        }
        [
            self.periodic_at(),
            self.scheduled.iter().map(|(at, _)| *at).min(),
            self.transfers
                .iter()
                .map(|transfer| transfer.not_before)
                .min(),
            self.change_at,
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Raises the events of all that is due now.
    pub(super) fn raise_due(&mut self) {
        let now = self.instant();
        if self.periodic_at().is_some_and(|at| at <= now) {
            self.informed_at = Some(now);
            self.raise("2 PERIODIC", "");
        }
        while let Some(due) = self.scheduled.iter().position(|(at, _)| *at <= now) {
            let (_, command_key) = self.scheduled.remove(due);
            self.raise("3 SCHEDULED", "");
            self.raise("M ScheduleInform", &command_key);
        }
        if self.change_at.is_some_and(|at| at <= now) {
            self.change_at = None;
            self.change_address();
        }
    }

    /// The next periodic Inform: in phase with PeriodicInformTime, or with a phase of the CPE's own
    /// when that is the unknown time (TR-098, TR-181 ManagementServer.PeriodicInformTime).
    pub(super) fn periodic_at(&self) -> Option<Instant> {
        if !boolean(&self.setting("PeriodicInformEnable")).unwrap_or(false) {
            return None;
        }
        let interval = self.number("PeriodicInformInterval", 1) * 1000;
        let last = self.informed_at.unwrap_or(self.booted_at);
        let phase = match reference(&self.setting("PeriodicInformTime")) {
            Some(reference) => {
                let since = (self.now() - reference).whole_milliseconds();
                let here = i128::try_from((self.instant() - self.booted_at).as_millis()).ok()?;
                u64::try_from((here - since).rem_euclid(i128::from(interval))).ok()?
            }
            None => self.seed(31) % interval,
        };
        let up = u64::try_from((last - self.booted_at).as_millis()).ok()?;
        let mut wait = interval - (up + interval - phase % interval) % interval;
        // The two clocks are read one after the other, so a phase may seem to move a little.
        if self.informed_at.is_some() && wait < interval / 10 {
            wait += interval;
        }
        Some(last + Duration::from_millis(wait))
    }

    /// A new address from the access network, the change that operators see most.
    fn change_address(&mut self) {
        let path = match self.tree.standard() {
            Standard::Tr098 => concat!(
                "InternetGatewayDevice.WANDevice.1.WANConnectionDevice.1.",
                "WANPPPConnection.1.ExternalIPAddress"
            ),
            Standard::Tr181 => "Device.IP.Interface.1.IPv4Address.1.IPAddress",
        };
        let address = wan_address(self.chance.below(u64::MAX));
        self.change(path, &address);
    }

    /// Plans the next change by itself, around `mean` from now.
    pub(super) fn plan_change(&mut self, mean: Option<Duration>) {
        let Some(mean) = mean.filter(|_| self.change_at.is_none()) else {
            return;
        };
        let spread = u64::try_from(mean.as_millis())
            .unwrap_or(u64::MAX)
            .saturating_mul(2);
        self.change_at = Some(self.instant() + Duration::from_millis(self.chance.below(spread)));
    }
}

/// The time that periodic Informs are in phase with; `None` for the unknown time.
fn reference(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Iso8601::DEFAULT)
        .ok()
        .filter(|time| time.year() > 1)
}
