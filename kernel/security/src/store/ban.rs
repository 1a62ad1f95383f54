//! Addresses that are kept out.

use regia_store::{StoreError, Tx};
use time::OffsetDateTime;

use crate::{Ban, NewBan};

type Row = (i64, String, String, String, OffsetDateTime, OffsetDateTime);

fn ban((id, network, reason, banned_by, created_at, until): Row) -> Ban {
    Ban {
        id,
        network,
        reason,
        banned_by,
        created_at,
        until,
    }
}

/// Adds a ban; one that is there already is replaced.
pub(crate) async fn insert(tx: &mut Tx, new: &NewBan) -> Result<Ban, StoreError> {
    let row: Row = sqlx::query_as(
        "insert into access.ban (territory_id, network, reason, banned_by, until)
         values ($1, $2, $3, $4, now() + $5 * interval '1 minute')
         on conflict (network) do update
         set reason = excluded.reason, banned_by = excluded.banned_by,
             created_at = now(), until = excluded.until
         returning ban_id, network, reason, banned_by, created_at, until",
    )
    .bind(tx.territory().0)
    .bind(&new.address)
    .bind(&new.reason)
    .bind(&new.banned_by)
    .bind(i64::from(new.minutes))
    .fetch_one(tx.conn())
    .await?;
    Ok(ban(row))
}

/// Those in force, the newest first.
pub(crate) async fn list(tx: &mut Tx) -> Result<Vec<Ban>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select ban_id, network, reason, banned_by, created_at, until from access.ban
         where territory_id = $1 and until > now() order by ban_id desc",
    )
    .bind(tx.territory().0)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(ban).collect())
}

pub(crate) async fn find(tx: &mut Tx, network: &str) -> Result<Option<Ban>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "select ban_id, network, reason, banned_by, created_at, until from access.ban
         where territory_id = $1 and network = $2",
    )
    .bind(tx.territory().0)
    .bind(network)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(ban))
}

pub(crate) async fn delete(tx: &mut Tx, id: i64) -> Result<Option<Ban>, StoreError> {
    let row: Option<Row> = sqlx::query_as(
        "delete from access.ban where territory_id = $1 and ban_id = $2
         returning ban_id, network, reason, banned_by, created_at, until",
    )
    .bind(tx.territory().0)
    .bind(id)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(ban))
}

/// Forgets bans that ended a day ago.
pub(crate) async fn delete_over(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query("delete from access.ban where until < now() - interval '1 day'")
        .execute(tx.conn())
        .await?;
    Ok(())
}
