//! What somebody could go on with, and what ends when they are let go or get another password.

use regia_access::{LoginId, UserId};
use regia_store::{StoreError, Tx};

/// Ends the logins of a user; how many there were besides the one to keep.
///
/// # Errors
/// As any statement.
pub async fn logins(tx: &mut Tx, user: UserId, kept: Option<LoginId>) -> Result<u64, StoreError> {
    let deleted = sqlx::query(
        "delete from access.login
         where territory_id = $1 and user_id = $2 and login_id is distinct from $3",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .bind(kept.map(|kept| kept.0))
    .execute(tx.conn())
    .await?;
    Ok(deleted.rows_affected())
}

/// Ends the logins of a user that wait for their code.
///
/// # Errors
/// As any statement.
pub async fn half_logins(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    sqlx::query("delete from access.half_login where territory_id = $1 and user_id = $2")
        .bind(tx.territory().0)
        .bind(user.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Forgets the links of a user that nobody used.
///
/// # Errors
/// As any statement.
pub async fn links(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    sqlx::query(
        "delete from access.user_link
         where territory_id = $1 and user_id = $2 and used_at is null",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Removes a user's second factor. Whether there was one, confirmed or not; its recovery codes go with it.
///
/// # Errors
/// As any statement.
pub async fn second_factor(tx: &mut Tx, user: UserId) -> Result<bool, StoreError> {
    let done =
        sqlx::query("delete from access.second_factor where territory_id = $1 and user_id = $2")
            .bind(tx.territory().0)
            .bind(user.0)
            .execute(tx.conn())
            .await?;
    Ok(done.rows_affected() > 0)
}
