//! What waits to be written: what repeats counts up, and there is room for so many different ones.

use std::collections::HashMap;
use std::net::IpAddr;

use regia_ident::TerritoryId;
use time::OffsetDateTime;

use crate::event::{Event, Kind};
use crate::signals;

/// Different events that wait at most. Past that they are counted by kind alone, so that a flood
/// from everywhere makes no more rows than one from somewhere.
pub(crate) const MOST: usize = 256;

/// What makes two events the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Same {
    pub tenant: TerritoryId,
    pub minute: OffsetDateTime,
    pub kind: Kind,
    pub address: Option<IpAddr>,
    pub actor: String,
}

/// One row to be.
#[derive(Debug, Clone)]
pub(crate) struct Folded {
    pub count: i64,
    pub last_at: OffsetDateTime,
    pub route: String,
    pub detail: String,
    pub trace_id: String,
}

/// What waits.
#[derive(Debug, Default)]
pub(crate) struct Fold(HashMap<Same, Folded>);

impl Fold {
    pub(crate) fn add(&mut self, event: Event, now: OffsetDateTime) {
        let event = event.tidied();
        let minute = now.replace_nanosecond(0).unwrap_or(now);
        let minute = minute.replace_second(0).unwrap_or(minute);
        let mut same = Same {
            tenant: event.tenant,
            minute,
            kind: event.kind,
            address: event.address,
            actor: event.actor,
        };
        if self.0.len() >= MOST && !self.0.contains_key(&same) {
            metrics::counter!(signals::CROWDED).increment(1);
            same.address = None;
            same.actor = String::new();
        }
        let folded = self.0.entry(same).or_insert(Folded {
            count: 0,
            last_at: now,
            route: event.route,
            detail: event.detail,
            trace_id: event.trace_id,
        });
        folded.count += 1;
        folded.last_at = now;
    }

    pub(crate) fn take(&mut self) -> Vec<(Same, Folded)> {
        std::mem::take(&mut self.0).into_iter().collect()
    }

    /// Puts back what could not be written, as far as there is room; answers what is lost.
    pub(crate) fn put_back(&mut self, rows: Vec<(Same, Folded)>) -> u64 {
        let mut lost = 0;
        for (same, folded) in rows {
            if let Some(newer) = self.0.get_mut(&same) {
                newer.count += folded.count;
            } else if self.0.len() < MOST {
                self.0.insert(same, folded);
            } else {
                lost += u64::try_from(folded.count).unwrap_or_default();
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_flood_is_few_rows_with_the_right_sum() {
        let mut fold = Fold::default();
        let now = datetime!(2026-03-04 05:06:07.5 UTC);
        for number in 0..10_000_u32 {
            let address = IpAddr::from(number.to_be_bytes());
            let event = Event {
                address: Some(address),
                ..Event::new(Kind::LoginFailed)
            };
            fold.add(event, now);
        }
        let rows = fold.take();
        assert!(rows.len() <= MOST + 1);
        assert_eq!(rows.iter().map(|row| row.1.count).sum::<i64>(), 10_000);
        assert_eq!(fold.put_back(rows) + sum(&mut fold), 10_000);
    }

    fn sum(fold: &mut Fold) -> u64 {
        let counts = fold.take().into_iter().map(|row| row.1.count);
        counts.sum::<i64>().unsigned_abs()
    }

    #[test]
    fn what_repeats_in_a_minute_is_one_row() {
        let mut fold = Fold::default();
        let event = Event::new(Kind::Denied);
        for now in [
            datetime!(2026-03-04 05:06:00 UTC),
            datetime!(2026-03-04 05:06:59 UTC),
            datetime!(2026-03-04 05:07:00 UTC),
        ] {
            fold.add(event.clone(), now);
        }
        let mut counts: Vec<i64> = fold.take().iter().map(|row| row.1.count).collect();
        counts.sort_unstable();
        assert_eq!(counts, [1, 2]);
    }
}
