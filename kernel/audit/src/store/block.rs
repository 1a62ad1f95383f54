//! The blocks of the chain: only ever added.

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use time::Date;

use super::{bounds, mac};
use crate::chain::{Block, Mac};

/// A block with the hash that stands beside it.
#[derive(Debug)]
pub(crate) struct Stored {
    pub block: Block,
    pub mac: Mac,
}

fn stored(found: &PgRow) -> Result<Stored, StoreError> {
    let hash = |column| mac(found.try_get::<&[u8], _>(column)?);
    Ok(Stored {
        block: Block {
            tenant: TerritoryId(found.try_get("territory_id")?),
            number: found.try_get("number")?,
            sealed_at: found.try_get("sealed_at")?,
            day: found.try_get("day")?,
            entry_ids: found.try_get("entry_ids")?,
            rows_mac: hash("rows_mac")?,
            previous: hash("previous")?,
        },
        mac: hash("mac")?,
    })
}

pub(crate) async fn insert(tx: &mut Tx, block: &Block, mac: &Mac) -> Result<(), StoreError> {
    sqlx::query(
        "insert into access.audit_block
             (territory_id, sealed_at, number, day, entry_ids, rows_mac, previous, mac)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(block.tenant.0)
    .bind(block.sealed_at)
    .bind(block.number)
    .bind(block.day)
    .bind(&block.entry_ids)
    .bind(block.rows_mac.as_slice())
    .bind(block.previous.as_slice())
    .bind(mac.as_slice())
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Blocks in the order of the chain that come after a number and were sealed from a day on.
pub(crate) async fn list_chain(
    tx: &mut Tx,
    after: i64,
    from: Option<Date>,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let rows = sqlx::query(
        "select * from access.audit_block
         where territory_id = $1 and number > $2 and sealed_at >= coalesce($3, '-infinity')
         order by number limit $4",
    )
    .bind(tx.territory().0)
    .bind(after)
    .bind(from.map(|day| bounds(day).0))
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    rows.iter().map(stored).collect()
}

/// The blocks that hold rows of a day and come after a number.
pub(crate) async fn list_of_day(
    tx: &mut Tx,
    day: Date,
    after: i64,
    limit: i64,
) -> Result<Vec<Stored>, StoreError> {
    let rows = sqlx::query(
        "select * from access.audit_block
         where territory_id = $1 and day = $2 and number > $3 order by number limit $4",
    )
    .bind(tx.territory().0)
    .bind(day)
    .bind(after)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    rows.iter().map(stored).collect()
}

/// The block of a number.
pub(crate) async fn find(tx: &mut Tx, number: i64) -> Result<Option<Stored>, StoreError> {
    let row = sqlx::query(
        "select * from access.audit_block where territory_id = $1 and number = $2
         order by sealed_at limit 1",
    )
    .bind(tx.territory().0)
    .bind(number)
    .fetch_optional(tx.conn())
    .await?;
    row.as_ref().map(stored).transpose()
}

/// The first block of the chain that is kept.
pub(crate) async fn first(tx: &mut Tx, from: Option<Date>) -> Result<Option<Stored>, StoreError> {
    Ok(list_chain(tx, 0, from, 1).await?.pop())
}

/// Row numbers of a day that more than one block holds.
pub(crate) async fn list_sealed_twice(
    tx: &mut Tx,
    day: Date,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    Ok(sqlx::query_scalar(
        "select entry_id from (
             select unnest(entry_ids) as entry_id from access.audit_block
             where territory_id = $1 and day = $2) named
         group by entry_id having count(*) > 1 order by entry_id limit $3",
    )
    .bind(tx.territory().0)
    .bind(day)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?)
}
