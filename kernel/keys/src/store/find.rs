//! A key by its text.

use regia_access::{ApiKeyId, UserId, few, few_below};
use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use sqlx::AssertSqlSafe;

/// A key that was recognised.
#[derive(Debug)]
pub(crate) struct Found {
    pub tenant: TerritoryId,
    pub id: ApiKeyId,
    pub name: String,
    pub owner: Option<UserId>,
    pub requests_per_minute: Option<u32>,
    pub permissions: Vec<String>,
    pub area: TerritoryId,
    /// It and all below it, where those are few.
    pub few: Option<Vec<TerritoryId>>,
    /// Its last use was noted too long ago, or was from somewhere else.
    pub is_stale: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    territory_id: i64,
    key_id: i64,
    name: String,
    user_id: Option<i64>,
    requests_per_minute: Option<i32>,
    permissions: Vec<String>,
    area_id: i64,
    below: Vec<i64>,
    is_stale: bool,
}

/// A key `k` with its owner `u` opens something.
const LIVE: &str = "k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
    and (k.user_id is null or u.state = 'active')";

/// A key, and whether its last use is to be noted; `$1` is where it is used from. An address that
/// changes with every request is noted once a minute.
fn found() -> String {
    let below = few_below("k.territory_id", "coalesce(k.area_id, k.territory_id)");
    format!(
        "select k.territory_id, k.key_id, k.name, k.user_id, k.requests_per_minute,
            k.permissions, coalesce(k.area_id, k.territory_id) as area_id, {below} as below,
            coalesce(k.last_used_at < now() - interval '10 minutes'
                or (k.last_used_from is distinct from $1
                    and k.last_used_at < now() - interval '1 minute'), true) as is_stale
         from access.api_key k left join access.user_account u using (territory_id, user_id)"
    )
}

pub(crate) async fn find(
    tx: &mut Tx,
    hashes: &[[u8; 32]],
    from: Option<&str>,
) -> Result<Option<Found>, StoreError> {
    let hashes: Vec<&[u8]> = hashes.iter().map(<[u8; 32]>::as_slice).collect();
    let statement = format!(
        "{} where (k.key_hash = any($2) or (k.old_key_hash = any($2) and k.old_until > now()))
             and {LIVE}",
        found()
    );
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(from)
        .bind(hashes)
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(Into::into))
}

/// By its number, which is unique over all tenants.
pub(crate) async fn find_live(tx: &mut Tx, id: ApiKeyId) -> Result<Option<Found>, StoreError> {
    let statement = format!("{} where k.key_id = $2 and {LIVE}", found());
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(None::<&str>)
        .bind(id.0)
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(Into::into))
}

impl From<Row> for Found {
    fn from(row: Row) -> Self {
        Self {
            tenant: TerritoryId(row.territory_id),
            id: ApiKeyId(row.key_id),
            name: row.name,
            owner: row.user_id.map(UserId),
            requests_per_minute: row
                .requests_per_minute
                .and_then(|limit| limit.try_into().ok()),
            permissions: row.permissions,
            area: TerritoryId(row.area_id),
            few: few(row.below),
            is_stale: row.is_stale,
        }
    }
}

pub(crate) async fn touch(
    tx: &mut Tx,
    (tenant, id): (TerritoryId, ApiKeyId),
    from: Option<&str>,
) -> Result<(), StoreError> {
    sqlx::query(
        "update access.api_key set last_used_at = now(), last_used_from = $3
         where territory_id = $1 and key_id = $2",
    )
    .bind(tenant.0)
    .bind(id.0)
    .bind(from)
    .execute(tx.conn())
    .await?;
    Ok(())
}
