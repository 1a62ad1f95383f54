//! What happened to a device, newest first.

use regia_ident::TerritoryId;
use regia_store::page::{Limit, Page};
use regia_store::partitions::{self, DailyTable};
use regia_store::{Store, StoreError, Tx};
use serde_json::Value as Json;
use sqlx::Row as _;
use time::{Duration, OffsetDateTime};

use crate::model::identity::DeviceId;

/// Something that happened, to be written.
#[derive(Debug, Clone)]
pub struct Happening {
    /// Where the device belongs.
    pub territory: TerritoryId,
    /// The device.
    pub device: DeviceId,
    /// What kind, such as `inform` or `task_done`.
    pub kind: &'static str,
    /// The facts.
    pub detail: Json,
}

/// Something that happened, as it was written.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its number.
    pub id: i64,
    /// When.
    pub happened_at: OffsetDateTime,
    /// What kind.
    pub kind: String,
    /// The facts.
    pub detail: Json,
}

/// Writes a batch.
///
/// # Errors
/// When the database does not take it.
pub async fn append(tx: &mut Tx, happenings: &[Happening]) -> Result<(), StoreError> {
    if happenings.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into acs.timeline (territory_id, device_id, kind, detail)
         select * from unnest($1::bigint[], $2::bigint[], $3::text[], $4::jsonb[])",
    )
    .bind(
        happenings
            .iter()
            .map(|happening| happening.territory.0)
            .collect::<Vec<_>>(),
    )
    .bind(
        happenings
            .iter()
            .map(|happening| happening.device.0)
            .collect::<Vec<_>>(),
    )
    .bind(
        happenings
            .iter()
            .map(|happening| happening.kind)
            .collect::<Vec<_>>(),
    )
    .bind(
        happenings
            .iter()
            .map(|happening| &happening.detail)
            .collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Where a page of the timeline ends: the time (Unix microseconds) and the number of its last entry.
pub type Key = (i64, i64);

/// A page of a device's timeline, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    tx: &mut Tx,
    device: DeviceId,
    after: Option<Key>,
    limit: Limit,
) -> Result<Page<Entry>, StoreError> {
    let (before_us, before_id) = after.unwrap_or((i64::MAX, i64::MAX));
    let before = OffsetDateTime::from_unix_timestamp_nanos(i128::from(before_us) * 1_000)
        .unwrap_or(FAR_FUTURE);
    let rows = sqlx::query(
        "select entry_id, happened_at, kind, detail from acs.timeline
         where territory_id = $1 and device_id = $2 and (happened_at, entry_id) < ($3, $4)
         order by happened_at desc, entry_id desc limit $5",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(before)
    .bind(before_id)
    .bind(limit.rows_to_read())
    .fetch_all(tx.conn())
    .await?;
    let entries = rows
        .iter()
        .map(|row| {
            Ok(Entry {
                id: row.try_get("entry_id")?,
                happened_at: row.try_get("happened_at")?,
                kind: row.try_get("kind")?,
                detail: row.try_get("detail")?,
            })
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    Ok(Page::from_rows(entries, limit, |entry| {
        let us = entry.happened_at.unix_timestamp_nanos() / 1_000;
        (i64::try_from(us).unwrap_or(i64::MAX), entry.id)
    }))
}

/// After everything that the database can hold for us.
const FAR_FUTURE: OffsetDateTime = time::macros::datetime!(9999-12-31 23:59:59 UTC);

const TABLE: DailyTable = DailyTable::new("acs", "timeline");

/// Days for which partitions are made ahead: a node that is down over a long weekend may come back
/// before housekeeping ran.
const DAYS_AHEAD: u16 = 7;

/// Makes the partitions of the coming days and drops those older than the retention.
///
/// # Errors
/// When the database does not answer.
pub async fn keep_partitions(
    store: &Store,
    now: OffsetDateTime,
    retention_days: u32,
) -> Result<(), StoreError> {
    let today = now.date();
    partitions::ensure(store, TABLE, today, DAYS_AHEAD).await?;
    if let Some(first_kept) = today.checked_sub(Duration::days(retention_days.into())) {
        partitions::drop_older(store, TABLE, first_kept).await?;
    }
    Ok(())
}
