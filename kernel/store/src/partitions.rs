//! Daily partitions of log-like tables: made ahead, dropped whole when they are old.
//!
//! The table is declared `partition by range (<a timestamptz column>)`; a day is a day in UTC.
//! Neither step blocks readers or writers of the table for longer than a moment.

use time::macros::format_description;
use time::{Date, Duration};

use regia_ident::TerritoryId;

use crate::{Store, StoreError, Tx};

/// Taken while partitions are made or dropped, so that nodes do it one after the other.
const LOCK: i64 = 0x7265_6769_615f_7061;

/// How long a drop waits for readers of the table; writers queue behind it meanwhile. What does
/// not succeed is left for the next time.
const DROP_LOCK_TIMEOUT: &str = "set local lock_timeout = '500ms'";

/// A table partitioned by day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailyTable {
    schema: &'static str,
    table: &'static str,
}

impl DailyTable {
    /// Names a table; both names are plain lower-case words of our own schema.
    #[must_use]
    pub const fn new(schema: &'static str, table: &'static str) -> Self {
        Self { schema, table }
    }

    fn name(self) -> String {
        format!("{}.{}", self.schema, self.table)
    }

    /// The day of a partition by its name; none for a table of another kind.
    fn day_of(self, partition: &str) -> Option<Date> {
        let day = partition.strip_prefix(self.table)?.strip_prefix('_')?;
        Date::parse(day, format_description!("[year][month][day]")).ok()
    }
}

/// Makes the partitions of yesterday, for what comes late, of today, and of the days `ahead`.
/// Answers how many were missing. Several nodes may do it at once.
///
/// # Errors
/// As any statement; then no partition is made.
pub async fn ensure(
    store: &Store,
    table: DailyTable,
    today: Date,
    ahead: u16,
) -> Result<usize, StoreError> {
    let mut made = 0;
    let mut tx = locked(store).await?;
    let existing = days(&mut tx, table).await?;
    for offset in -1..=i64::from(ahead) {
        let Some(day) = today.checked_add(Duration::days(offset)) else {
            break;
        };
        if !existing.contains(&day) {
            create(&mut tx, table, day).await?;
            made += 1;
        }
    }
    tx.commit().await?;
    Ok(made)
}

/// Whether there are partitions of days before `first_kept`.
///
/// # Errors
/// As any statement.
pub async fn has_older(
    store: &Store,
    table: DailyTable,
    first_kept: Date,
) -> Result<bool, StoreError> {
    let mut tx = store.upkeep(TerritoryId::ROOT).await?;
    let existing = days(&mut tx, table).await?;
    Ok(existing.into_iter().any(|day| day < first_kept))
}

/// Drops the partitions of the days before `first_kept`. Answers how many are gone; one that is
/// being read is left for the next time.
///
/// # Errors
/// As any statement; partitions dropped before the failure are gone.
pub async fn drop_older(
    store: &Store,
    table: DailyTable,
    first_kept: Date,
) -> Result<usize, StoreError> {
    let mut tx = locked(store).await?;
    let old: Vec<Date> = days(&mut tx, table)
        .await?
        .into_iter()
        .filter(|day| *day < first_kept)
        .collect();
    tx.commit().await?;
    let mut dropped = 0;
    for day in old {
        match drop_one(store, table, day).await {
            Ok(()) => dropped += 1,
            Err(StoreError::Timeout(_)) => tracing::info!(
                table.name = table.table,
                partition.day = %day,
                "an old partition is being read and is dropped next time"
            ),
            Err(error) => return Err(error),
        }
    }
    Ok(dropped)
}

async fn drop_one(store: &Store, table: DailyTable, day: Date) -> Result<(), StoreError> {
    let mut tx = locked(store).await?;
    sqlx::query(DROP_LOCK_TIMEOUT).execute(tx.conn()).await?;
    sqlx::query("select kernel.drop_day($1::regclass, $2)")
        .bind(table.name())
        .bind(day)
        .execute(tx.conn())
        .await?;
    tx.commit().await
}

async fn create(tx: &mut Tx, table: DailyTable, day: Date) -> Result<(), StoreError> {
    sqlx::query("select kernel.make_day($1::regclass, $2)")
        .bind(table.name())
        .bind(day)
        .execute(tx.conn())
        .await?;
    Ok(())
}

async fn locked(store: &Store) -> Result<Tx, StoreError> {
    let mut tx = store.upkeep(TerritoryId::ROOT).await?;
    sqlx::query("select pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(tx.conn())
        .await?;
    Ok(tx)
}

async fn days(tx: &mut Tx, table: DailyTable) -> Result<Vec<Date>, StoreError> {
    let names: Vec<String> = sqlx::query_scalar(
        "select partition.relname::text
         from pg_inherits
         join pg_class partition on partition.oid = inhrelid
         join pg_class parent on parent.oid = inhparent
         join pg_namespace schema on schema.oid = parent.relnamespace
         where schema.nspname = $1 and parent.relname = $2
         order by 1",
    )
    .bind(table.schema)
    .bind(table.table)
    .fetch_all(tx.conn())
    .await?;
    Ok(names.iter().filter_map(|name| table.day_of(name)).collect())
}
