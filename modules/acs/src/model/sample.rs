//! The fleet over time, in steps of equal length.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};
use utoipa::ToSchema;

/// How far back one looks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Span {
    /// 1 hour in steps of a minute.
    Hour,
    /// 24 hours in steps of 10 minutes.
    #[default]
    Day,
    /// 7 days in steps of an hour.
    Week,
    /// 90 days in steps of 12 hours.
    Quarter,
}

impl Span {
    /// All, the shortest first.
    pub(crate) const ALL: [Self; 4] = [Self::Hour, Self::Day, Self::Week, Self::Quarter];

    /// As addresses name it.
    #[must_use]
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
            Self::Quarter => "quarter",
        }
    }

    /// The span that an address names; none for anything else.
    #[must_use]
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|span| span.as_str() == text)
    }

    /// Seconds of one step, and how many steps there are.
    #[must_use]
    pub(crate) const fn steps(self) -> (i64, i64) {
        match self {
            Self::Hour => (60, 60),
            Self::Day => (600, 144),
            Self::Week => (3_600, 168),
            Self::Quarter => (43_200, 180),
        }
    }

    /// When its first step begins, if the last one contains `now`. Steps are counted from the
    /// beginning of 1970 in UTC, so they never move.
    #[must_use]
    pub(crate) fn begin(self, now: OffsetDateTime) -> OffsetDateTime {
        let (seconds, count) = self.steps();
        floor(now, seconds) - Duration::seconds(seconds * (count - 1))
    }
}

/// The moment at or before `at` that is a whole number of steps after the beginning of 1970.
#[must_use]
pub(crate) fn floor(at: OffsetDateTime, step_seconds: i64) -> OffsetDateTime {
    let past = at.unix_timestamp().rem_euclid(step_seconds);
    at - Duration::seconds(past) - Duration::nanoseconds(at.nanosecond().into())
}

/// Tasks by how they ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Outcomes {
    /// Done.
    pub(crate) done: i64,
    /// Failed.
    pub(crate) failed: i64,
    /// Cancelled.
    pub(crate) cancelled: i64,
    /// Expired.
    pub(crate) expired: i64,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sample {
    /// When it begins.
    pub(crate) began_at: OffsetDateTime,
    /// Minutes of it that were counted; without any, nothing is known of it.
    pub(crate) minutes: i64,
    /// Devices in service that were online, on average.
    pub(crate) online: Option<i64>,
    /// Devices in service that were not, on average.
    pub(crate) offline: Option<i64>,
    /// Sessions that began.
    pub(crate) sessions: i64,
    /// Devices that registered.
    pub(crate) registrations: i64,
    /// Tasks that ended.
    pub(crate) outcomes: Outcomes,
    /// Failed tasks by fault code; without a code where the reason was ours.
    pub(crate) faults: BTreeMap<Option<u32>, i64>,
}

impl Sample {
    /// A step of which nothing is known.
    #[must_use]
    pub(crate) const fn unknown(began_at: OffsetDateTime) -> Self {
        Self {
            began_at,
            minutes: 0,
            online: None,
            offline: None,
            sessions: 0,
            registrations: 0,
            outcomes: Outcomes {
                done: 0,
                failed: 0,
                cancelled: 0,
                expired: 0,
            },
            faults: BTreeMap::new(),
        }
    }
}

/// Every step of a span, in order: those that are known, and the others as unknown.
#[must_use]
pub(crate) fn lay_out(span: Span, now: OffsetDateTime, known: Vec<Sample>) -> Vec<Sample> {
    let (seconds, count) = span.steps();
    let begin = span.begin(now);
    let mut known: BTreeMap<OffsetDateTime, Sample> = known
        .into_iter()
        .map(|sample| (sample.began_at, sample))
        .collect();
    (0..count)
        .map(|at| begin + Duration::seconds(seconds * at))
        .map(|at| known.remove(&at).unwrap_or_else(|| Sample::unknown(at)))
        .collect()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn steps_stand_where_they_stood_a_moment_before() {
        let now = datetime!(2026-03-01 07:34:56.5 UTC);
        for (span, begin) in [
            (Span::Hour, datetime!(2026-03-01 06:35 UTC)),
            (Span::Day, datetime!(2026-02-28 07:40 UTC)),
            (Span::Week, datetime!(2026-02-22 08:00 UTC)),
            (Span::Quarter, datetime!(2025-12-01 12:00 UTC)),
        ] {
            assert_eq!(span.begin(now), begin, "{span:?}");
            assert_eq!(Span::parse(span.as_str()), Some(span));
            let steps = lay_out(span, now, Vec::new());
            let last = steps.last().unwrap().began_at;
            let (seconds, count) = span.steps();
            assert_eq!(i64::try_from(steps.len()), Ok(count));
            assert!(last <= now && now < last + Duration::seconds(seconds));
        }
        assert_eq!(Span::parse("year"), None);
    }

    #[test]
    fn what_was_not_counted_is_unknown_and_not_zero() {
        let now = datetime!(2026-03-01 07:34:56 UTC);
        let known = Sample {
            minutes: 1,
            online: Some(7),
            ..Sample::unknown(datetime!(2026-03-01 07:33 UTC))
        };
        let other = Sample::unknown(datetime!(2026-03-01 05:00 UTC));
        let steps = lay_out(Span::Hour, now, vec![known, other]);
        let online: Vec<_> = steps.iter().rev().take(3).map(|step| step.online).collect();
        assert_eq!(online, [None, Some(7), None]);
        assert_eq!(steps.iter().filter(|step| step.minutes > 0).count(), 1);
    }
}
