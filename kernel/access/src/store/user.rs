//! Users.

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};

use super::login::User;
use crate::UserId;

pub(crate) async fn find(tx: &mut Tx, name: &str) -> Result<Option<User>, StoreError> {
    // PostgreSQL refuses the character in text, so nobody has it in their name.
    if name.contains('\0') {
        return Ok(None);
    }
    let row: Option<(i64, i64, String, String)> = sqlx::query_as(
        "select territory_id, user_id, name, password_hash from access.user_account where lower(name) = lower($1)",
    )
    .bind(name)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|(tenant, id, name, password_hash)| User {
        tenant: TerritoryId(tenant),
        id: UserId(id),
        name,
        password_hash,
    }))
}

pub(crate) async fn any(tx: &mut Tx) -> Result<bool, StoreError> {
    Ok(
        sqlx::query_scalar("select exists (select from access.user_account)")
            .fetch_one(tx.conn())
            .await?,
    )
}

/// None when the name is taken.
pub(crate) async fn insert(
    tx: &mut Tx,
    name: &str,
    password_hash: &str,
) -> Result<Option<UserId>, StoreError> {
    let id: Option<i64> = sqlx::query_scalar(
        "insert into access.user_account (territory_id, name, password_hash) values ($1, $2, $3)
         on conflict do nothing returning user_id",
    )
    .bind(tx.territory().0)
    .bind(name)
    .bind(password_hash)
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(UserId))
}

/// None when there is no such user.
pub(crate) async fn set_password(
    tx: &mut Tx,
    name: &str,
    password_hash: &str,
) -> Result<Option<UserId>, StoreError> {
    let id: Option<i64> = sqlx::query_scalar(
        "update access.user_account set password_hash = $2, changed_at = now()
         where lower(name) = lower($1) returning user_id",
    )
    .bind(name)
    .bind(password_hash)
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(UserId))
}
