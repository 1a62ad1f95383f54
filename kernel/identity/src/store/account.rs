//! Users as a login needs them, and what people change of themselves.

use regia_access::UserId;
use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};

/// A user as a login needs it.
#[derive(Debug)]
pub(crate) struct Account {
    pub tenant: TerritoryId,
    pub id: UserId,
    pub name: String,
    pub full_name: String,
    /// None until the person has set one, and for whoever may not log in.
    pub password_hash: Option<String>,
    /// Whether a code is asked for after the password.
    pub has_second_factor: bool,
}

/// By the name they log in with, which says no territory.
pub(crate) async fn find(tx: &mut Tx, name: &str) -> Result<Option<Account>, StoreError> {
    // PostgreSQL refuses the character in text, so nobody has it in their name.
    if name.contains('\0') {
        return Ok(None);
    }
    let row: Option<AccountRow> = sqlx::query_as(
        "select territory_id, user_id, name, full_name, password_hash, state = 'active',
                confirmed_at is not null
         from access.user_account left join access.second_factor using (territory_id, user_id)
         where lower(name) = lower($1)",
    )
    .bind(name)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(account))
}

pub(crate) async fn get(tx: &mut Tx, id: UserId) -> Result<Option<Account>, StoreError> {
    let row: Option<AccountRow> = sqlx::query_as(
        "select territory_id, user_id, name, full_name, password_hash, state = 'active',
                confirmed_at is not null
         from access.user_account left join access.second_factor using (territory_id, user_id)
         where territory_id = $1 and user_id = $2",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(account))
}

type AccountRow = (i64, i64, String, String, Option<String>, bool, bool);

fn account(row: AccountRow) -> Account {
    let (tenant, id, name, full_name, password_hash, active, has_second_factor) = row;
    Account {
        tenant: TerritoryId(tenant),
        id: UserId(id),
        name,
        full_name,
        password_hash: password_hash.filter(|_| active),
        has_second_factor,
    }
}

/// Sets the language and answers the one before; none when there is no such user.
pub(crate) async fn exchange_language(
    tx: &mut Tx,
    id: UserId,
    language: Option<&str>,
) -> Result<Option<Option<String>>, StoreError> {
    Ok(sqlx::query_scalar(
        "with before as (
             select user_id, language from access.user_account
             where territory_id = $1 and user_id = $2 for update
         )
         update access.user_account u set language = $3 from before
         where u.territory_id = $1 and u.user_id = before.user_id
         returning before.language",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(language)
    .fetch_optional(tx.conn())
    .await?)
}

/// Whether the password was still the one that was checked.
pub(crate) async fn exchange_password(
    tx: &mut Tx,
    (id, checked): (UserId, &str),
    password_hash: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update access.user_account set password_hash = $4, changed_at = now()
         where territory_id = $1 and user_id = $2 and password_hash = $3",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(checked)
    .bind(password_hash)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Whether the user may log in, with the password that was checked; holds them until the end of the
/// transaction.
pub(crate) async fn note_login(tx: &mut Tx, user: &Account) -> Result<bool, StoreError> {
    let noted = sqlx::query(
        "update access.user_account set last_login_at = now()
         where territory_id = $1 and user_id = $2 and password_hash = $3 and state = 'active'",
    )
    .bind(tx.territory().0)
    .bind(user.id.0)
    .bind(user.password_hash.as_deref())
    .execute(tx.conn())
    .await?;
    Ok(noted.rows_affected() > 0)
}
