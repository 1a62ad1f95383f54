//! Value histories: one document a device, read and written only when a value was replaced.

use std::collections::HashMap;

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use sqlx::Row as _;

use super::tree::damaged;
use crate::model::history::History;
use crate::model::identity::DeviceId;

/// Reads the history of one device; an empty one where none is kept.
///
/// # Errors
/// When the database or the document cannot be read.
pub(crate) async fn load(tx: &mut Tx, device: DeviceId) -> Result<History, StoreError> {
    let territory = tx.territory();
    let mut histories = load_many(tx, &[(territory, device)]).await?;
    Ok(histories.remove(&device).unwrap_or_default())
}

/// Reads the histories of several devices; those without one are not in the answer.
///
/// # Errors
/// When the database or a document cannot be read.
pub(crate) async fn load_many(
    tx: &mut Tx,
    devices: &[(TerritoryId, DeviceId)],
) -> Result<HashMap<DeviceId, History>, StoreError> {
    let (territories, devices): (Vec<i64>, Vec<i64>) = devices
        .iter()
        .map(|(territory, device)| (territory.0, device.0))
        .unzip();
    let rows = sqlx::query(
        "select h.device_id, h.body
         from unnest($1::bigint[], $2::bigint[]) as i (territory_id, device_id)
         join acs.history h on h.territory_id = i.territory_id and h.device_id = i.device_id",
    )
    .bind(territories)
    .bind(devices)
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            let history = History::decode(row.try_get("body")?).map_err(damaged)?;
            Ok((DeviceId(row.try_get("device_id")?), history))
        })
        .collect()
}

/// Writes the histories of several devices.
///
/// # Errors
/// When the database does not take them.
pub(crate) async fn save_many(
    tx: &mut Tx,
    histories: &[(TerritoryId, DeviceId, History)],
) -> Result<(), StoreError> {
    let documents: Vec<Vec<u8>> = histories
        .iter()
        .map(|(_, _, history)| history.encode())
        .collect::<Result<_, _>>()
        .map_err(damaged)?;
    let (territories, devices): (Vec<i64>, Vec<i64>) = histories
        .iter()
        .map(|(territory, device, _)| (territory.0, device.0))
        .unzip();
    sqlx::query(
        "insert into acs.history (territory_id, device_id, body)
         select * from unnest($1::bigint[], $2::bigint[], $3::bytea[])
         on conflict (territory_id, device_id) do update set body = excluded.body",
    )
    .bind(territories)
    .bind(devices)
    .bind(documents)
    .execute(tx.conn())
    .await?;
    Ok(())
}
