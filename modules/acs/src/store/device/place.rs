//! Where devices stand.

use std::collections::HashMap;

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};

use crate::model::identity::DeviceId;

/// The ways down to territories as lines, as far as this transaction reaches them; none of one that it
/// does not.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn paths_of(
    tx: &mut Tx,
    areas: &[TerritoryId],
) -> Result<HashMap<TerritoryId, String>, StoreError> {
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "select territory_id, kernel.territory_path(territory_id) from kernel.territory
         where tenant_id = $1 and territory_id = any ($2)",
    )
    .bind(tx.territory().0)
    .bind(areas.iter().map(|area| area.0).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|(id, path)| (TerritoryId(id), path)).collect())
}

/// Where devices stand, as far as this transaction reaches them.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn areas_of(
    tx: &mut Tx,
    devices: &[DeviceId],
) -> Result<Vec<(DeviceId, TerritoryId)>, StoreError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "select device_id, area_id from acs.device
         where territory_id = $1 and device_id = any ($2) order by device_id",
    )
    .bind(tx.territory().0)
    .bind(devices.iter().map(|device| device.0).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(stands).collect())
}

/// Moves devices to a territory that this transaction reaches, with their tasks. Those that it reaches,
/// and where each stood: those that stood there already among them.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn move_to(
    tx: &mut Tx,
    devices: &[DeviceId],
    area: TerritoryId,
) -> Result<Vec<(DeviceId, TerritoryId)>, StoreError> {
    let rows: Vec<(i64, i64)> = sqlx::query_as(
        "with chosen as (
             select device_id, area_id from acs.device
             where territory_id = $1 and device_id = any ($2) order by device_id for update),
         moved as (
             update acs.device d set area_id = $3 from chosen c
             where d.territory_id = $1 and d.device_id = c.device_id and c.area_id <> $3)
         select device_id, area_id from chosen order by device_id",
    )
    .bind(tx.territory().0)
    .bind(devices.iter().map(|device| device.0).collect::<Vec<_>>())
    .bind(area.0)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(stands).collect())
}

const fn stands((device, area): (i64, i64)) -> (DeviceId, TerritoryId) {
    (DeviceId(device), TerritoryId(area))
}
