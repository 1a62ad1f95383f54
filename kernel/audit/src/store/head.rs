//! Where each tenant's chain ends.

use std::collections::HashMap;

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use time::OffsetDateTime;

use super::mac;
use crate::chain::Mac;

/// The last block of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    pub number: i64,
    pub mac: Mac,
    pub sealed_at: OffsetDateTime,
}

/// Of all tenants.
pub(crate) async fn list(tx: &mut Tx) -> Result<HashMap<TerritoryId, Head>, StoreError> {
    let rows: Vec<(i64, i64, Vec<u8>, OffsetDateTime)> = sqlx::query_as(
        "select territory_id, number, mac, sealed_at from access.audit_head order by territory_id",
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|(tenant, number, bytes, sealed_at)| {
            let head = Head {
                number,
                mac: mac(&bytes)?,
                sealed_at,
            };
            Ok((TerritoryId(tenant), head))
        })
        .collect()
}

/// Of the transaction's tenant.
pub(crate) async fn find(tx: &mut Tx) -> Result<Option<Head>, StoreError> {
    let row: Option<(i64, Vec<u8>, OffsetDateTime)> = sqlx::query_as(
        "select number, mac, sealed_at from access.audit_head where territory_id = $1",
    )
    .bind(tx.territory().0)
    .fetch_optional(tx.conn())
    .await?;
    row.map(|(number, bytes, sealed_at)| {
        Ok(Head {
            number,
            mac: mac(&bytes)?,
            sealed_at,
        })
    })
    .transpose()
}

pub(crate) async fn save(tx: &mut Tx, tenant: TerritoryId, head: &Head) -> Result<(), StoreError> {
    sqlx::query(
        "insert into access.audit_head (territory_id, number, mac, sealed_at)
         values ($1, $2, $3, $4)
         on conflict (territory_id) do update
         set number = excluded.number, mac = excluded.mac, sealed_at = excluded.sealed_at",
    )
    .bind(tenant.0)
    .bind(head.number)
    .bind(head.mac.as_slice())
    .bind(head.sealed_at)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Every tenant there is.
pub(crate) async fn list_tenants(tx: &mut Tx) -> Result<Vec<TerritoryId>, StoreError> {
    let tenants: Vec<i64> = sqlx::query_scalar(
        "select territory_id from kernel.territory where parent_id is null order by territory_id",
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(tenants.into_iter().map(TerritoryId).collect())
}
