//! Logins that wait for their code. Their age is measured by the database's clock.

use regia_access::UserId;
use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};

use super::account::Account;

/// As long as one needs to find the telephone.
pub(crate) const MINUTES: i32 = 5;

/// Wrong codes after which the password is asked for again.
const WRONG_CODES: i32 = 5;

#[derive(Debug)]
pub(crate) struct Found {
    pub tenant: TerritoryId,
    pub half_id: i64,
    pub user: UserId,
    pub name: String,
}

/// Whether the user's password is still the one that was checked, and the half login stands.
pub(crate) async fn insert(
    tx: &mut Tx,
    user: &Account,
    token_hash: &[u8; 32],
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "insert into access.half_login (territory_id, user_id, token_hash)
         select territory_id, user_id, $4 from access.user_account
         where territory_id = $1 and user_id = $2 and password_hash = $3 and state = 'active'
         for share",
    )
    .bind(tx.territory().0)
    .bind(user.id.0)
    .bind(user.password_hash.as_deref())
    .bind(token_hash.as_slice())
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn find(tx: &mut Tx, hashes: &[[u8; 32]]) -> Result<Option<Found>, StoreError> {
    let row: Option<(i64, i64, i64, String)> = sqlx::query_as(
        "select territory_id, half_id, user_id, name
         from access.half_login join access.user_account using (territory_id, user_id)
         where token_hash = any($1) and state = 'active' and wrong_codes < $2
           and half_login.created_at > now() - make_interval(mins => $3)",
    )
    .bind(super::slices(hashes))
    .bind(WRONG_CODES)
    .bind(MINUTES)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|(tenant, half_id, user, name)| Found {
        tenant: TerritoryId(tenant),
        half_id,
        user: UserId(user),
        name,
    }))
}

pub(crate) async fn note_wrong_code(tx: &mut Tx, half_id: i64) -> Result<(), StoreError> {
    sqlx::query(
        "update access.half_login set wrong_codes = wrong_codes + 1
         where territory_id = $1 and half_id = $2",
    )
    .bind(tx.territory().0)
    .bind(half_id)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether it was there: of two that come with the same one, one goes on.
pub(crate) async fn delete(tx: &mut Tx, half_id: i64) -> Result<bool, StoreError> {
    let done =
        sqlx::query("delete from access.half_login where territory_id = $1 and half_id = $2")
            .bind(tx.territory().0)
            .bind(half_id)
            .execute(tx.conn())
            .await?;
    Ok(done.rows_affected() > 0)
}

pub(crate) async fn delete_old(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query(
        "delete from access.half_login where created_at <= now() - make_interval(mins => $1)",
    )
    .bind(MINUTES)
    .execute(tx.conn())
    .await?;
    Ok(())
}
