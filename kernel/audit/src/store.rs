//! The rows of the trail, and of its chain.

pub(crate) mod block;
pub(crate) mod entry;
pub(crate) mod head;
pub(crate) mod line;
pub(crate) mod unsealed;

use regia_store::StoreError;
use regia_store::partitions::DailyTable;
use time::{Date, Duration, OffsetDateTime, Time};

use crate::chain::Mac;

pub(crate) const ENTRIES: DailyTable = DailyTable::new("access", "audit");
pub(crate) const BLOCKS: DailyTable = DailyTable::new("access", "audit_block");

/// A stored keyed hash; the schema holds it to its length.
fn mac(bytes: &[u8]) -> Result<Mac, StoreError> {
    Mac::try_from(bytes).map_err(|error| StoreError::from(sqlx::Error::Decode(error.into())))
}

/// From the beginning of a day, UTC, to that of the next.
fn bounds(day: Date) -> (OffsetDateTime, OffsetDateTime) {
    let begin = day.with_time(Time::MIDNIGHT).assume_utc();
    (begin, begin.saturating_add(Duration::DAY))
}
