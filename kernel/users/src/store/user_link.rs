//! Links with which people set their password. Their age is measured by the database's clock.

use regia_access::UserId;
use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use time::OffsetDateTime;

/// How long a link is remembered that was used or is too old, so that whoever comes with it is told.
const REMEMBERED_DAYS: i32 = 30;

#[derive(Debug)]
pub(crate) struct NewLink<'a> {
    pub user: UserId,
    pub token_hash: &'a [u8; 32],
    pub removes_second_factor: bool,
    pub hours: i32,
}

#[derive(Debug)]
pub(crate) struct Found {
    pub tenant: TerritoryId,
    pub link_id: i64,
    pub user: UserId,
    pub removes_second_factor: bool,
    pub is_used: bool,
    pub is_old: bool,
}

/// Answers until when it is good.
pub(crate) async fn insert(tx: &mut Tx, link: &NewLink<'_>) -> Result<OffsetDateTime, StoreError> {
    Ok(sqlx::query_scalar(
        "insert into access.user_link
             (territory_id, user_id, token_hash, removes_second_factor, expires_at)
         values ($1, $2, $3, $4, now() + make_interval(hours => $5))
         returning expires_at",
    )
    .bind(tx.territory().0)
    .bind(link.user.0)
    .bind(link.token_hash.as_slice())
    .bind(link.removes_second_factor)
    .bind(link.hours)
    .fetch_one(tx.conn())
    .await?)
}

/// Whether it may still be used, the user tells too.
pub(crate) async fn find(tx: &mut Tx, hashes: &[[u8; 32]]) -> Result<Option<Found>, StoreError> {
    let row: Option<(i64, i64, i64, bool, bool, bool)> = sqlx::query_as(
        "select territory_id, link_id, user_id, removes_second_factor, used_at is not null, expires_at <= now()
         from access.user_link where token_hash = any($1)",
    )
    .bind(hashes.iter().map(<[u8; 32]>::as_slice).collect::<Vec<_>>())
    .fetch_optional(tx.conn())
    .await?;
    let found = |(tenant, link_id, user, removes_second_factor, is_used, is_old)| Found {
        tenant: TerritoryId(tenant),
        link_id,
        user: UserId(user),
        removes_second_factor,
        is_used,
        is_old,
    };
    Ok(row.map(found))
}

pub(crate) async fn use_up(tx: &mut Tx, link_id: i64) -> Result<(), StoreError> {
    sqlx::query(
        "update access.user_link set used_at = now() where territory_id = $1 and link_id = $2",
    )
    .bind(tx.territory().0)
    .bind(link_id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Until when the user's open link is good.
pub(crate) async fn open_until(
    tx: &mut Tx,
    user: UserId,
) -> Result<Option<OffsetDateTime>, StoreError> {
    Ok(sqlx::query_scalar(
        "select max(expires_at) from access.user_link
         where territory_id = $1 and user_id = $2 and used_at is null and expires_at > now()",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .fetch_one(tx.conn())
    .await?)
}

/// Forgets links that were used, or are too old, long ago.
///
/// # Errors
/// As any statement.
pub async fn delete_old(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query(
        "delete from access.user_link
         where least(used_at, expires_at) < now() - make_interval(days => $1)",
    )
    .bind(REMEMBERED_DAYS)
    .execute(tx.conn())
    .await?;
    Ok(())
}
