//! Parameter trees: one document a device.

use std::collections::HashMap;

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::model::document::DocumentError;
use crate::model::identity::DeviceId;
use crate::model::tree::Tree;

/// Reads the tree of one device; an empty one where none is kept.
///
/// # Errors
/// When the database or the document cannot be read.
pub async fn load(tx: &mut Tx, device: DeviceId) -> Result<Tree, StoreError> {
    let territory = tx.territory();
    let mut trees = load_many(tx, &[(territory, device)]).await?;
    Ok(trees.remove(&device).unwrap_or_default())
}

/// Reads the trees of several devices; those without one are not in the answer.
///
/// # Errors
/// When the database or a document cannot be read.
pub async fn load_many(
    tx: &mut Tx,
    devices: &[(TerritoryId, DeviceId)],
) -> Result<HashMap<DeviceId, Tree>, StoreError> {
    let rows = sqlx::query(
        "select t.device_id, t.body
         from unnest($1::bigint[], $2::bigint[]) as i (territory_id, device_id)
         join acs.tree t on t.territory_id = i.territory_id and t.device_id = i.device_id",
    )
    .bind(
        devices
            .iter()
            .map(|(territory, _)| territory.0)
            .collect::<Vec<_>>(),
    )
    .bind(
        devices
            .iter()
            .map(|(_, device)| device.0)
            .collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            let tree = Tree::decode(row.try_get("body")?).map_err(damaged)?;
            Ok((DeviceId(row.try_get("device_id")?), tree))
        })
        .collect()
}

/// Writes the trees of several devices.
///
/// # Errors
/// When the database does not take them.
pub async fn save_many(
    tx: &mut Tx,
    trees: &[(TerritoryId, DeviceId, &Tree)],
) -> Result<(), StoreError> {
    let documents: Vec<Vec<u8>> = trees
        .iter()
        .map(|(_, _, tree)| tree.encode())
        .collect::<Result<_, _>>()
        .map_err(damaged)?;
    let count = |tree: &Tree| i32::try_from(tree.parameters()).unwrap_or(i32::MAX);
    sqlx::query(
        "insert into acs.tree (territory_id, device_id, parameters, body)
         select * from unnest($1::bigint[], $2::bigint[], $3::int[], $4::bytea[])
         on conflict (territory_id, device_id) do update
         set parameters = excluded.parameters, body = excluded.body, updated_at = now()",
    )
    .bind(
        trees
            .iter()
            .map(|(territory, _, _)| territory.0)
            .collect::<Vec<_>>(),
    )
    .bind(
        trees
            .iter()
            .map(|(_, device, _)| device.0)
            .collect::<Vec<_>>(),
    )
    .bind(
        trees
            .iter()
            .map(|(_, _, tree)| count(tree))
            .collect::<Vec<_>>(),
    )
    .bind(documents)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The error of a document that cannot be read.
pub(crate) fn damaged(error: DocumentError) -> StoreError {
    sqlx::Error::Decode(error.into()).into()
}

/// A device and its tree, which has not been read.
#[derive(Debug)]
pub(crate) struct Scanned {
    /// The device.
    pub(crate) device: DeviceId,
    document: Vec<u8>,
}

impl Scanned {
    /// Reads the tree; a damaged one is left out with a log line, so that it does not keep all
    /// others from being read.
    pub(crate) fn open(&self) -> Option<Tree> {
        match Tree::decode(&self.document) {
            Ok(tree) => Some(tree),
            Err(error) => {
                tracing::error!(acs.device = %self.device, %error, "a tree cannot be read");
                None
            }
        }
    }
}

/// The trees of a tenant's devices in these territories and below that come after a device, in order
/// of the devices' numbers.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn scan(
    tx: &mut Tx,
    (territory, areas): (TerritoryId, &[i64]),
    after: DeviceId,
    limit: i64,
) -> Result<Vec<Scanned>, StoreError> {
    if areas.contains(&territory.0) {
        let statement = "select device_id, body from acs.tree
             where territory_id = $1 and device_id > $2 order by device_id limit $3";
        return read_scan(tx, statement, (territory, after, limit)).await;
    }
    let rows = sqlx::query(
        "select t.device_id, t.body
         from acs.device d join acs.tree t using (territory_id, device_id)
         where d.territory_id = $1 and d.device_id > $2 and d.area_id in (
             select territory_id from kernel.territory_above
             where tenant_id = $1 and ancestor_id = any ($4))
         order by d.device_id limit $3",
    )
    .bind(territory.0)
    .bind(after.0)
    .bind(limit)
    .bind(areas)
    .fetch_all(tx.conn())
    .await?;
    rows.iter().map(read_scanned).collect()
}

/// As [`scan`]; nobody changes these trees until the transaction ends.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn scan_locked(
    tx: &mut Tx,
    territory: TerritoryId,
    after: DeviceId,
    limit: i64,
) -> Result<Vec<Scanned>, StoreError> {
    let statement = "select device_id, body from acs.tree
         where territory_id = $1 and device_id > $2 order by device_id limit $3 for update";
    read_scan(tx, statement, (territory, after, limit)).await
}

async fn read_scan(
    tx: &mut Tx,
    statement: &'static str,
    (territory, after, limit): (TerritoryId, DeviceId, i64),
) -> Result<Vec<Scanned>, StoreError> {
    let rows = sqlx::query(statement)
        .bind(territory.0)
        .bind(after.0)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?;
    rows.iter().map(read_scanned).collect()
}

fn read_scanned(row: &PgRow) -> Result<Scanned, StoreError> {
    Ok(Scanned {
        device: DeviceId(row.try_get("device_id")?),
        document: row.try_get("body")?,
    })
}
