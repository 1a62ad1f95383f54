//! API keys.

use std::sync::Arc;

use regia_ident::TerritoryId;
use regia_store::page::Limit;
use regia_store::{StoreError, Tx};
use serde::Serialize;
use time::OffsetDateTime;

use crate::{Allowed, ApiKeyId, Authority, Grant, Origin, Principal, SystemRole};

/// A key without its text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ApiKeySummary {
    /// Its number.
    pub id: ApiKeyId,
    /// What it was named.
    pub name: String,
    /// When it was made.
    #[serde(with = "time::serde::rfc3339")]
    pub created_at: OffsetDateTime,
    /// When it was last used, within ten minutes.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_used_at: Option<OffsetDateTime>,
    /// When it was ended.
    #[serde(with = "time::serde::rfc3339::option")]
    pub revoked_at: Option<OffsetDateTime>,
}

/// A key that was recognised.
#[derive(Debug)]
pub(crate) struct Found {
    pub tenant: TerritoryId,
    pub id: ApiKeyId,
    pub name: String,
    /// Its last use is noted too long ago.
    pub is_stale: bool,
    /// What it may do.
    pub grant: Grant,
}

impl Found {
    pub(crate) fn into_principal(self, origin: Origin) -> Principal {
        Principal::ApiKey {
            id: self.id,
            name: self.name,
            authority: Arc::new(Authority {
                tenant: self.tenant,
                user: None,
                grants: vec![self.grant],
            }),
            origin,
        }
    }
}

/// Among the permissions of a key: everything.
const EVERYTHING: &str = "*";

type FoundRow = (i64, i64, String, bool, Vec<String>, i64, bool);

pub(crate) async fn find(tx: &mut Tx, hashes: &[[u8; 32]]) -> Result<Option<Found>, StoreError> {
    let hashes: Vec<&[u8]> = hashes.iter().map(<[u8; 32]>::as_slice).collect();
    let row: Option<FoundRow> = sqlx::query_as(
        "select territory_id, key_id, name,
            coalesce(last_used_at < now() - interval '10 minutes', true), permissions,
            coalesce(area_id, territory_id) as area_id,
            not exists (select from kernel.territory t
                        where t.tenant_id = k.territory_id and t.parent_id = k.area_id)
         from access.api_key k where key_hash = any($1) and revoked_at is null",
    )
    .bind(hashes)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(
        |(tenant, id, name, is_stale, permissions, area, is_leaf)| Found {
            tenant: TerritoryId(tenant),
            id: ApiKeyId(id),
            name,
            is_stale,
            grant: Grant {
                area: TerritoryId(area),
                is_leaf,
                allowed: if permissions.iter().any(|name| name == EVERYTHING) {
                    Allowed::Role(SystemRole::SuperAdministrator)
                } else {
                    Allowed::These(permissions.into_iter().collect())
                },
            },
        },
    ))
}

pub(crate) async fn touch(
    tx: &mut Tx,
    tenant: TerritoryId,
    id: ApiKeyId,
) -> Result<(), StoreError> {
    sqlx::query(
        "update access.api_key set last_used_at = now() where territory_id = $1 and key_id = $2",
    )
    .bind(tenant.0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

pub(crate) async fn is_live(tx: &mut Tx, id: ApiKeyId) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "select exists (select from access.api_key
                        where territory_id = $1 and key_id = $2 and revoked_at is null)",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .fetch_one(tx.conn())
    .await?)
}

pub(crate) async fn insert(
    tx: &mut Tx,
    name: &str,
    hash: &[u8; 32],
) -> Result<ApiKeyId, StoreError> {
    let id = sqlx::query_scalar(
        "insert into access.api_key (territory_id, name, key_hash) values ($1, $2, $3)
         returning key_id",
    )
    .bind(tx.territory().0)
    .bind(name)
    .bind(hash.as_slice())
    .fetch_one(tx.conn())
    .await?;
    Ok(ApiKeyId(id))
}

/// Whether there was one to end.
pub(crate) async fn revoke(tx: &mut Tx, id: ApiKeyId) -> Result<bool, StoreError> {
    let ended = sqlx::query(
        "update access.api_key set revoked_at = now()
         where territory_id = $1 and key_id = $2 and revoked_at is null",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    Ok(ended.rows_affected() > 0)
}

type Row = (
    i64,
    String,
    OffsetDateTime,
    Option<OffsetDateTime>,
    Option<OffsetDateTime>,
);

pub(crate) async fn list(
    tx: &mut Tx,
    after: Option<ApiKeyId>,
    limit: Limit,
) -> Result<Vec<ApiKeySummary>, StoreError> {
    let rows: Vec<Row> = sqlx::query_as(
        "select key_id, name, created_at, last_used_at, revoked_at from access.api_key
         where territory_id = $1 and ($2::bigint is null or key_id < $2)
         order by key_id desc limit $3",
    )
    .bind(tx.territory().0)
    .bind(after.map(|id| id.0))
    .bind(limit.rows_to_read())
    .fetch_all(tx.conn())
    .await?;
    let summary = |(id, name, created_at, last_used_at, revoked_at)| ApiKeySummary {
        id: ApiKeyId(id),
        name,
        created_at,
        last_used_at,
        revoked_at,
    };
    Ok(rows.into_iter().map(summary).collect())
}
