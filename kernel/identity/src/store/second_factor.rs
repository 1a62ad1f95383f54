//! Second factors and recovery codes.

use regia_access::UserId;
use regia_store::{StoreError, Tx};
use time::OffsetDateTime;

/// A row with the key still sealed.
#[derive(Debug)]
pub(crate) struct Stored {
    pub sealed_key: Vec<u8>,
    pub confirmed_at: Option<OffsetDateTime>,
    pub last_step: i64,
}

/// The second factor, held until the end of the transaction.
pub(crate) async fn lock(tx: &mut Tx, user: UserId) -> Result<Option<Stored>, StoreError> {
    let row: Option<(Vec<u8>, Option<OffsetDateTime>, i64)> = sqlx::query_as(
        "select sealed_key, confirmed_at, last_step from access.second_factor
         where territory_id = $1 and user_id = $2 for update",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|(sealed_key, confirmed_at, last_step)| Stored {
        sealed_key,
        confirmed_at,
        last_step,
    }))
}

/// In place of one that no code has confirmed; whether it was stored.
pub(crate) async fn begin(
    tx: &mut Tx,
    user: UserId,
    sealed_key: &[u8],
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into access.second_factor (territory_id, user_id, sealed_key) values ($1, $2, $3)
         on conflict (territory_id, user_id) do update set sealed_key = excluded.sealed_key
         where second_factor.confirmed_at is null",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .bind(sealed_key)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// From now on it counts.
pub(crate) async fn confirm(tx: &mut Tx, user: UserId, step: i64) -> Result<(), StoreError> {
    sqlx::query(
        "update access.second_factor set confirmed_at = now(), last_step = $3
         where territory_id = $1 and user_id = $2",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .bind(step)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(crate) async fn note_step(tx: &mut Tx, user: UserId, step: i64) -> Result<(), StoreError> {
    sqlx::query(
        "update access.second_factor set last_step = $3 where territory_id = $1 and user_id = $2",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .bind(step)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// In place of those there were.
pub(crate) async fn replace_codes(
    tx: &mut Tx,
    user: UserId,
    hashes: &[[u8; 32]],
) -> Result<(), StoreError> {
    sqlx::query("delete from access.recovery_code where territory_id = $1 and user_id = $2")
        .bind(tx.territory().0)
        .bind(user.0)
        .execute(tx.conn())
        .await?;
    sqlx::query(
        "insert into access.recovery_code (territory_id, user_id, code_hash)
         select $1, $2, code_hash from unnest($3::bytea[]) as code_hash",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .bind(super::slices(hashes))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether it was one of the user's, which it is no more.
pub(crate) async fn use_code(
    tx: &mut Tx,
    user: UserId,
    hashes: &[[u8; 32]],
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "delete from access.recovery_code
         where territory_id = $1 and user_id = $2 and code_hash = any($3)",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .bind(super::slices(hashes))
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn count_codes(tx: &mut Tx, user: UserId) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "select count(*) from access.recovery_code where territory_id = $1 and user_id = $2",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .fetch_one(tx.conn())
    .await?)
}
