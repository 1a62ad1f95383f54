//! Keys of a tenant: listed, made, changed.

use regia_access::{ApiKeyId, UserId};
use regia_ident::TerritoryId;
use regia_store::page::Limit;
use regia_store::{StoreError, Tx};
use sqlx::AssertSqlSafe;
use time::OffsetDateTime;

use super::{KeyOwner, KeyState, KeySummary};
use crate::{KeyArea, KeyFilter, OwnerFilter, Terms};

/// What is stored of a new key.
#[derive(Debug)]
pub(crate) struct Insert<'a> {
    pub terms: &'a Terms,
    pub hash: &'a [u8; 32],
    pub permissions: &'a [String],
    pub area: TerritoryId,
    pub owner: Option<UserId>,
}

pub(crate) async fn insert(tx: &mut Tx, new: &Insert<'_>) -> Result<ApiKeyId, StoreError> {
    let id = sqlx::query_scalar(
        "insert into access.api_key (territory_id, name, key_hash, permissions, area_id, user_id,
             expires_at, requests_per_minute)
         values ($1, $2, $3, $4, $5, $6, $7, $8) returning key_id",
    )
    .bind(tx.territory().0)
    .bind(&new.terms.name)
    .bind(new.hash.as_slice())
    .bind(new.permissions)
    .bind(new.area.0)
    .bind(new.owner.map(|owner| owner.0))
    .bind(new.terms.expires_at)
    .bind(limit(new.terms))
    .fetch_one(tx.conn())
    .await?;
    Ok(ApiKeyId(id))
}

/// One that may do everything in the whole tenant and belongs to nobody.
pub(crate) async fn insert_first(
    tx: &mut Tx,
    name: &str,
    hash: &[u8; 32],
) -> Result<ApiKeyId, StoreError> {
    let id = sqlx::query_scalar(
        "insert into access.api_key (territory_id, name, key_hash, permissions, area_id)
         values ($1, $2, $3, '{*}', $1) returning key_id",
    )
    .bind(tx.territory().0)
    .bind(name)
    .bind(hash.as_slice())
    .fetch_one(tx.conn())
    .await?;
    Ok(ApiKeyId(id))
}

/// The clock that ends keys.
pub(crate) async fn now(tx: &mut Tx) -> Result<OffsetDateTime, StoreError> {
    Ok(sqlx::query_scalar("select now()")
        .fetch_one(tx.conn())
        .await?)
}

pub(crate) async fn is_user(tx: &mut Tx, user: UserId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "select exists (select from access.user_account where territory_id = $1 and user_id = $2)",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .fetch_one(tx.conn())
    .await?)
}

/// How many keys of this owner have not ended.
pub(crate) async fn count_live(tx: &mut Tx, owner: Option<UserId>) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar(
        "select count(*) from access.api_key
         where territory_id = $1 and user_id is not distinct from $2 and revoked_at is null
           and (expires_at is null or expires_at > now())",
    )
    .bind(tx.territory().0)
    .bind(owner.map(|owner| owner.0))
    .fetch_one(tx.conn())
    .await?)
}

/// These territories and all below them, each with the names above it.
pub(crate) async fn areas(
    tx: &mut Tx,
    tops: &[TerritoryId],
    most: i64,
) -> Result<Vec<KeyArea>, StoreError> {
    let tops: Vec<i64> = tops.iter().map(|top| top.0).collect();
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "with recursive path as (
             select territory_id, name from kernel.territory
             where tenant_id = $1 and parent_id is null
             union all
             select t.territory_id, path.name || ' / ' || t.name
             from kernel.territory t join path on t.parent_id = path.territory_id
             where t.tenant_id = $1
         )
         select territory_id, name from path
         where exists (select from kernel.territory_above a
                       where a.tenant_id = $1 and a.ancestor_id = any($2)
                         and a.territory_id = path.territory_id)
         order by name limit $3",
    )
    .bind(tx.territory().0)
    .bind(tops)
    .bind(most)
    .fetch_all(tx.conn())
    .await?;
    let area = |(id, path)| KeyArea {
        id: TerritoryId(id),
        path,
    };
    Ok(rows.into_iter().map(area).collect())
}

pub(crate) async fn rotate(
    tx: &mut Tx,
    id: ApiKeyId,
    hash: &[u8; 32],
    overlap_hours: u16,
) -> Result<(), StoreError> {
    sqlx::query(
        "update access.api_key set rotated_at = now(), key_hash = $3,
             old_key_hash = case when $4 > 0 then key_hash end,
             old_until = case when $4 > 0 then now() + make_interval(hours => $4) end
         where territory_id = $1 and key_id = $2",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(hash.as_slice())
    .bind(i32::from(overlap_hours))
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(crate) async fn change(tx: &mut Tx, id: ApiKeyId, terms: &Terms) -> Result<(), StoreError> {
    sqlx::query(
        "update access.api_key set name = $3, expires_at = $4, requests_per_minute = $5
         where territory_id = $1 and key_id = $2",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(&terms.name)
    .bind(terms.expires_at)
    .bind(limit(terms))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// It lets go of its territory, which may be deleted then; the audit trail knows which it was.
pub(crate) async fn revoke(tx: &mut Tx, id: ApiKeyId) -> Result<(), StoreError> {
    sqlx::query(
        "update access.api_key set revoked_at = now(), old_key_hash = null, old_until = null,
             area_id = null
         where territory_id = $1 and key_id = $2",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Replaced texts whose time is over, and, after a year, keys that ended.
pub(crate) async fn forget_ended(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query(
        "update access.api_key set old_key_hash = null, old_until = null where old_until < now()",
    )
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "delete from access.api_key where least(revoked_at, expires_at) < now() - interval '1 year'",
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Row {
    key_id: i64,
    name: String,
    user_id: Option<i64>,
    user_name: Option<String>,
    state: String,
    permissions: Vec<String>,
    area_id: i64,
    area_name: String,
    requests_per_minute: Option<i32>,
    created_at: OffsetDateTime,
    expires_at: Option<OffsetDateTime>,
    last_used_at: Option<OffsetDateTime>,
    last_used_from: Option<String>,
    rotated_at: Option<OffsetDateTime>,
    old_until: Option<OffsetDateTime>,
    revoked_at: Option<OffsetDateTime>,
}

impl From<Row> for KeySummary {
    fn from(row: Row) -> Self {
        Self {
            id: ApiKeyId(row.key_id),
            name: row.name,
            owner: row.user_id.zip(row.user_name).map(|(id, name)| KeyOwner {
                id: UserId(id),
                name,
            }),
            // The states are written below, beside each other.
            state: KeyState::parse(&row.state).unwrap_or(KeyState::Revoked),
            permissions: row.permissions,
            area: TerritoryId(row.area_id),
            area_name: row.area_name,
            requests_per_minute: row
                .requests_per_minute
                .and_then(|limit| limit.try_into().ok()),
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            last_used_from: row.last_used_from,
            rotated_at: row.rotated_at,
            old_until: row.old_until,
            revoked_at: row.revoked_at,
        }
    }
}

const STATE: &str = "case when k.revoked_at is not null then 'revoked'
                          when k.expires_at <= now() then 'expired'
                          when u.state <> 'active' then 'suspended'
                          else 'active' end";

const TABLES: &str =
    "access.api_key k left join access.user_account u using (territory_id, user_id)";

fn columns() -> String {
    format!(
        "k.key_id, k.name, k.user_id, u.name as user_name, {STATE} as state, k.permissions,
         coalesce(k.area_id, k.territory_id) as area_id,
         (select t.name from kernel.territory t
          where t.territory_id = coalesce(k.area_id, k.territory_id)) as area_name,
         k.requests_per_minute, k.created_at, k.expires_at, k.last_used_at, k.last_used_from,
         k.rotated_at, case when k.old_until > now() then k.old_until end as old_until,
         k.revoked_at"
    )
}

/// A key of the tenant or, with a user, of theirs.
pub(crate) async fn get(
    tx: &mut Tx,
    user: Option<UserId>,
    id: ApiKeyId,
) -> Result<Option<KeySummary>, StoreError> {
    one(tx, user, id, "").await
}

/// The same, and nobody else changes it until the end of this transaction.
pub(crate) async fn lock(
    tx: &mut Tx,
    user: Option<UserId>,
    id: ApiKeyId,
) -> Result<Option<KeySummary>, StoreError> {
    one(tx, user, id, "for update of k").await
}

async fn one(
    tx: &mut Tx,
    user: Option<UserId>,
    id: ApiKeyId,
    lock: &'static str,
) -> Result<Option<KeySummary>, StoreError> {
    let statement = format!(
        "select {} from {TABLES}
         where k.territory_id = $1 and k.key_id = $2 and ($3::bigint is null or k.user_id = $3)
         {lock}",
        columns()
    );
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(tx.territory().0)
        .bind(id.0)
        .bind(user.map(|user| user.0))
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(Into::into))
}

/// The conditions of a filter; `$2` to `$5`.
fn condition() -> String {
    format!(
        "k.territory_id = $1 and ($2::bigint is null or k.user_id = $2)
         and ($3::text is null or position(lower($3) in lower(k.name)) > 0
              or position(lower($3) in lower(u.name)) > 0)
         and ($4::text is null or {STATE} = $4)
         and (not $5 or k.user_id is null)"
    )
}

/// What the conditions bind; nothing when no key can match.
struct Bound<'a> {
    user: Option<i64>,
    text: Option<&'a str>,
    state: Option<&'static str>,
    of_nobody: bool,
}

impl<'a> Bound<'a> {
    fn of(own: Option<UserId>, filter: &'a KeyFilter) -> Option<Self> {
        let text = filter.text.as_deref();
        // PostgreSQL refuses the character in text, so nothing has it.
        if text.is_some_and(|text| text.contains('\0')) {
            return None;
        }
        let wanted = match filter.owner {
            Some(OwnerFilter::User(user)) => Some(user),
            Some(OwnerFilter::Installation) | None => None,
        };
        // Whoever reaches their own only finds no others by asking for them.
        if own.is_some() && wanted.is_some() && own != wanted {
            return None;
        }
        Some(Self {
            user: own.or(wanted).map(|user| user.0),
            text,
            state: filter.state.map(KeyState::as_str),
            of_nobody: filter.owner == Some(OwnerFilter::Installation),
        })
    }
}

/// The newest first, after the one given.
pub(crate) async fn list(
    tx: &mut Tx,
    (own, filter): (Option<UserId>, &KeyFilter),
    after: Option<ApiKeyId>,
    limit: Limit,
) -> Result<Vec<KeySummary>, StoreError> {
    let Some(bound) = Bound::of(own, filter) else {
        return Ok(Vec::new());
    };
    let statement = format!(
        "select {} from {TABLES}
         where {} and ($6::bigint is null or k.key_id < $6)
         order by k.key_id desc limit $7",
        columns(),
        condition()
    );
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(tx.territory().0)
        .bind(bound.user)
        .bind(bound.text)
        .bind(bound.state)
        .bind(bound.of_nobody)
        .bind(after.map(|id| id.0))
        .bind(limit.rows_to_read())
        .fetch_all(tx.conn())
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// How many there are; counting stops at `most`.
pub(crate) async fn count(
    tx: &mut Tx,
    (own, filter): (Option<UserId>, &KeyFilter),
    most: i64,
) -> Result<i64, StoreError> {
    let Some(bound) = Bound::of(own, filter) else {
        return Ok(0);
    };
    let statement = format!(
        "select count(*) from (select from {TABLES} where {} limit $6) as found",
        condition()
    );
    Ok(sqlx::query_scalar(AssertSqlSafe(statement))
        .bind(tx.territory().0)
        .bind(bound.user)
        .bind(bound.text)
        .bind(bound.state)
        .bind(bound.of_nobody)
        .bind(most)
        .fetch_one(tx.conn())
        .await?)
}

fn limit(terms: &Terms) -> Option<i32> {
    terms
        .requests_per_minute
        .and_then(|limit| limit.try_into().ok())
}
