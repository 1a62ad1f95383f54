//! Logins. Their age is measured by the database's clock.

use std::sync::Arc;

use regia_access::{Authority, LoginId, Origin, Principal, UserId};
use regia_ident::TerritoryId;
use regia_store::page::Limit;
use regia_store::{StoreError, Tx};
use serde::Serialize;
use time::OffsetDateTime;

use super::slices;

/// A user may have this many browsers; a newer login ends the oldest.
const LOGINS_OF_A_USER: i64 = 100;

/// A login without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoginSummary {
    /// Its number.
    pub login_id: LoginId,
    /// When it began.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was last used, within a minute.
    #[serde(with = "time::serde::rfc3339")]
    pub last_used_at: OffsetDateTime,
    /// Where it began.
    pub address: String,
    /// What the browser calls itself.
    pub user_agent: String,
}

#[derive(Debug)]
pub(crate) struct NewLogin<'a> {
    pub token_hash: &'a [u8; 32],
    pub address: String,
    pub user_agent: String,
}

/// How long a login lives.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub idle_minutes: i32,
    pub absolute_hours: i32,
}

/// A login that was recognised.
#[derive(Debug)]
pub(crate) struct Found {
    pub tenant: TerritoryId,
    pub login_id: LoginId,
    pub user_id: UserId,
    name: String,
    /// Whether a code is asked of the user.
    pub has_second_factor: bool,
    /// In which the user reads the console, if they chose.
    pub language: Option<String>,
    /// Its last use is noted more than a minute ago.
    pub is_stale: bool,
}

impl Found {
    pub(crate) fn into_principal(self, authority: Authority, origin: Origin) -> Principal {
        Principal::User {
            user_id: self.user_id,
            name: self.name,
            login_id: self.login_id,
            authority: Arc::new(authority),
            origin,
        }
    }
}

type FoundRow = (i64, i64, i64, String, bool, Option<String>, bool);

pub(crate) async fn find(
    tx: &mut Tx,
    hashes: &[[u8; 32]],
    limits: Limits,
) -> Result<Option<Found>, StoreError> {
    let row: Option<FoundRow> = sqlx::query_as(
        "select territory_id, login_id, user_id, name, confirmed_at is not null, language,
                last_used_at < now() - interval '1 minute'
         from access.login join access.user_account using (territory_id, user_id)
              left join access.second_factor using (territory_id, user_id)
         where token_hash = any($1)
           and last_used_at > now() - make_interval(mins => $2)
           and login.created_at > now() - make_interval(hours => $3)",
    )
    .bind(slices(hashes))
    .bind(limits.idle_minutes)
    .bind(limits.absolute_hours)
    .fetch_optional(tx.conn())
    .await?;
    let found = |(tenant, login_id, user_id, name, has_second_factor, language, is_stale)| Found {
        tenant: TerritoryId(tenant),
        login_id: LoginId(login_id),
        user_id: UserId(user_id),
        name,
        has_second_factor,
        language,
        is_stale,
    };
    Ok(row.map(found))
}

pub(crate) async fn touch(tx: &mut Tx, tenant: TerritoryId, id: LoginId) -> Result<(), StoreError> {
    sqlx::query(
        "update access.login set last_used_at = now() where territory_id = $1 and login_id = $2",
    )
    .bind(tenant.0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(crate) async fn is_live(tx: &mut Tx, id: LoginId, limits: Limits) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "select exists (select from access.login
                        where territory_id = $1 and login_id = $2
                          and last_used_at > now() - make_interval(mins => $3)
                          and created_at > now() - make_interval(hours => $4))",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(limits.idle_minutes)
    .bind(limits.absolute_hours)
    .fetch_one(tx.conn())
    .await?)
}

pub(crate) async fn insert(
    tx: &mut Tx,
    user: UserId,
    login: &NewLogin<'_>,
) -> Result<LoginId, StoreError> {
    let id = sqlx::query_scalar(
        "insert into access.login (territory_id, user_id, token_hash, address, user_agent)
         values ($1, $2, $3, $4, $5)
         returning login_id",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .bind(login.token_hash.as_slice())
    .bind(&login.address)
    .bind(&login.user_agent)
    .fetch_one(tx.conn())
    .await?;
    Ok(LoginId(id))
}

/// The same login with another token.
pub(crate) async fn renew(
    tx: &mut Tx,
    id: LoginId,
    token_hash: &[u8; 32],
) -> Result<(), StoreError> {
    sqlx::query(
        "update access.login set token_hash = $3 where territory_id = $1 and login_id = $2",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(token_hash.as_slice())
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(crate) async fn list(
    tx: &mut Tx,
    (user, after): (UserId, Option<LoginId>),
    limit: Limit,
    limits: Limits,
) -> Result<Vec<LoginSummary>, StoreError> {
    let rows: Vec<(i64, OffsetDateTime, OffsetDateTime, String, String)> = sqlx::query_as(
        "select login_id, created_at, last_used_at, address, user_agent from access.login
         where territory_id = $1 and user_id = $2 and ($3::bigint is null or login_id < $3)
           and last_used_at > now() - make_interval(mins => $4)
           and created_at > now() - make_interval(hours => $5)
         order by login_id desc limit $6",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .bind(after.map(|id| id.0))
    .bind(limits.idle_minutes)
    .bind(limits.absolute_hours)
    .bind(limit.rows_to_read())
    .fetch_all(tx.conn())
    .await?;
    let summary = |(id, created_at, last_used_at, address, user_agent)| LoginSummary {
        login_id: LoginId(id),
        created_at,
        last_used_at,
        address,
        user_agent,
    };
    Ok(rows.into_iter().map(summary).collect())
}

/// Whether the user had it.
pub(crate) async fn delete(tx: &mut Tx, user: UserId, id: LoginId) -> Result<bool, StoreError> {
    let deleted = sqlx::query(
        "delete from access.login where territory_id = $1 and user_id = $2 and login_id = $3",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    Ok(deleted.rows_affected() > 0)
}

pub(crate) async fn delete_by_hash(tx: &mut Tx, hashes: &[[u8; 32]]) -> Result<(), StoreError> {
    sqlx::query("delete from access.login where token_hash = any($1)")
        .bind(slices(hashes))
        .execute(tx.conn())
        .await?;
    Ok(())
}

pub(crate) async fn delete_beyond_newest(tx: &mut Tx, user: UserId) -> Result<(), StoreError> {
    sqlx::query(
        "delete from access.login
         where territory_id = $1 and user_id = $2 and login_id <=
             (select login_id from access.login where territory_id = $1 and user_id = $2
              order by login_id desc offset $3 limit 1)",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .bind(LOGINS_OF_A_USER)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How many there were.
pub(crate) async fn delete_ended(tx: &mut Tx, limits: Limits) -> Result<u64, StoreError> {
    let deleted = sqlx::query(
        "delete from access.login
         where created_at <= now() - make_interval(hours => $1)
            or last_used_at <= now() - make_interval(mins => $2)",
    )
    .bind(limits.absolute_hours)
    .bind(limits.idle_minutes)
    .execute(tx.conn())
    .await?;
    Ok(deleted.rows_affected())
}
