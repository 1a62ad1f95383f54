//! Rows that wait for a block.

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use time::{Date, OffsetDateTime};

use super::mac;
use crate::chain::{Mac, START};

/// Taken while blocks are made, so that one node does it at a time.
const LOCK: i64 = 0x7265_6769_615f_7365;

/// A row that a block takes.
#[derive(Debug)]
pub(crate) struct Taken {
    pub tenant: TerritoryId,
    pub day: Date,
    pub entry_id: i64,
    /// Zeros when the row is gone or has none: then no check of the block will succeed.
    pub mac: Mac,
    /// The database's time.
    pub now: OffsetDateTime,
}

/// Whether this transaction may make blocks; another node does it otherwise.
pub(crate) async fn lock(tx: &mut Tx) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar("select pg_try_advisory_xact_lock($1)")
        .bind(LOCK)
        .fetch_one(tx.conn())
        .await?)
}

/// Takes rows that are visible, whatever their order: one that commits late is in a later block.
pub(crate) async fn take(tx: &mut Tx, limit: i64) -> Result<Vec<Taken>, StoreError> {
    type Found = (i64, Date, i64, Option<Vec<u8>>, OffsetDateTime);
    let rows: Vec<Found> = sqlx::query_as(
        "with taken as (
             delete from access.audit_unsealed u using (
                 select territory_id, recorded_at, entry_id from access.audit_unsealed
                 order by territory_id, recorded_at, entry_id limit $1) first
             where u.territory_id = first.territory_id and u.recorded_at = first.recorded_at
               and u.entry_id = first.entry_id
             returning u.territory_id, u.recorded_at, u.entry_id)
         select territory_id, (recorded_at at time zone 'utc')::date as day, entry_id, mac,
                clock_timestamp()
         from taken left join access.audit using (territory_id, recorded_at, entry_id)
         order by territory_id, day, entry_id",
    )
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|(tenant, day, entry_id, bytes, now)| {
            Ok(Taken {
                tenant: TerritoryId(tenant),
                day,
                entry_id,
                mac: bytes.as_deref().map_or(Ok(START), mac)?,
                now,
            })
        })
        .collect()
}

/// Whether rows of the transaction's tenant wait.
pub(crate) async fn is_any(tx: &mut Tx) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "select exists (select from access.audit_unsealed where territory_id = $1)",
    )
    .bind(tx.territory().0)
    .fetch_one(tx.conn())
    .await?)
}
