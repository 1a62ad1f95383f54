//! Devices: reading, listing, counting, and what operators note about them.

use std::collections::HashMap;

use regia_ident::TerritoryId;
use regia_store::page::{Limit, Page};
use regia_store::{StoreError, Tx};
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Postgres, QueryBuilder, Row as _};

use self::filter::push_filter;
use super::reach::List;
use crate::model::device::{Device, Standing, Twin};
use crate::model::identity::{DeviceId, Identity};

pub use self::filter::DeviceFilter;
pub(crate) use self::place::{areas_of, move_to, paths_of};

mod filter;
mod place;

const TABLE: &str = "acs.device";

const COLUMNS: &str =
    "device_id, area_id, oui, product_class, serial_number, manufacturer, standing, root,
    software_version, hardware_version, provisioning_code, connection_request_url,
    external_address, peer_address, inform_interval_seconds, registered_at, booted_at,
    last_inform_at, secret_used, has_work, discovery, onboarding, reach_at,
    reach_fault, tags, notes, twin";

/// The order of a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Sort {
    /// Newest registration first.
    #[default]
    Newest,
    /// By serial number.
    Serial,
}

/// Where a page ends: serial number and number of its last device.
pub type Key = (String, i64);

/// A page of devices.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    tx: &mut Tx,
    filter: &DeviceFilter,
    sort: Sort,
    after: Option<Key>,
    limit: Limit,
) -> Result<Page<Device>, StoreError> {
    let list = List {
        columns: COLUMNS,
        order: Some(match sort {
            Sort::Newest => "device_id desc",
            Sort::Serial => "serial_number using ~<~, device_id",
        }),
        table: TABLE,
        rows: limit.rows_to_read(),
    };
    let tenant = tx.territory();
    let mut query = QueryBuilder::new("");
    list.push(&mut query, tx, |query| {
        push_filter(query, tenant, filter);
        push_after(query, sort, after.as_ref());
    });
    // With a filter it is planned for its very values each time: a plan for any value would not use
    // the index of values, since it cannot know how many devices a value has.
    let rows = query
        .build()
        .persistent(*filter == DeviceFilter::default())
        .fetch_all(tx.conn())
        .await?;
    let devices = rows
        .iter()
        .map(read_device)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Page::from_rows(devices, limit, |device| {
        (device.identity.serial_number.clone(), device.id.0)
    }))
}

fn push_after(query: &mut QueryBuilder<Postgres>, sort: Sort, after: Option<&Key>) {
    let Some((serial, id)) = after else { return };
    match sort {
        Sort::Newest => query.push(" and device_id < ").push_bind(*id),
        Sort::Serial => query
            // Compared by bytes, as the index is ordered: it then begins at the cursor.
            .push(" and serial_number ~>=~ ")
            .push_bind(serial.clone())
            .push(" and (serial_number ~>~ ")
            .push_bind(serial.clone())
            .push(" or device_id > ")
            .push_bind(*id)
            .push(")"),
    };
}

/// How many devices there are, counted up to `most`.
///
/// # Errors
/// When the database does not answer.
pub async fn count(tx: &mut Tx, filter: &DeviceFilter, most: i64) -> Result<i64, StoreError> {
    let list = List {
        columns: "1",
        order: None,
        table: TABLE,
        rows: most,
    };
    let tenant = tx.territory();
    let mut query = QueryBuilder::new("select count(*) from (");
    list.push(&mut query, tx, |query| push_filter(query, tenant, filter));
    query.push(") counted");
    let row = query.build().persistent(false).fetch_one(tx.conn()).await?;
    Ok(row.try_get(0)?)
}

/// Reads one device.
///
/// # Errors
/// When the database does not answer.
pub async fn find(tx: &mut Tx, device: DeviceId) -> Result<Option<Device>, StoreError> {
    let statement =
        format!("select {COLUMNS} from {TABLE} where territory_id = $1 and device_id = $2");
    let row = sqlx::query(AssertSqlSafe(statement))
        .bind(tx.territory().0)
        .bind(device.0)
        .fetch_optional(tx.conn())
        .await?;
    row.as_ref().map(read_device).transpose()
}

/// Serial numbers of devices, by number.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn serials(
    tx: &mut Tx,
    devices: &[DeviceId],
) -> Result<HashMap<DeviceId, String>, StoreError> {
    let rows: Vec<(i64, String)> = sqlx::query_as(
        "select device_id, serial_number from acs.device
         where territory_id = $1 and device_id = any ($2)",
    )
    .bind(tx.territory().0)
    .bind(devices.iter().map(|device| device.0).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter();
    Ok(rows.map(|(id, serial)| (DeviceId(id), serial)).collect())
}

/// Those of the devices that this transaction reaches, in the order given.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn among(tx: &mut Tx, devices: &[DeviceId]) -> Result<Vec<DeviceId>, StoreError> {
    let rows: Vec<(i64,)> = sqlx::query_as(
        "select d.device_id from unnest($2::bigint[]) with ordinality as i (device_id, place)
         join acs.device d on d.territory_id = $1 and d.device_id = i.device_id
         order by i.place",
    )
    .bind(tx.territory().0)
    .bind(devices.iter().map(|device| device.0).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(id,)| DeviceId(id)).collect())
}

/// Which columns of a device an operator may change.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Labels.
    pub tags: Option<Vec<String>>,
    /// Free text.
    pub notes: Option<String>,
    /// How far it is trusted.
    pub standing: Option<Standing>,
}

/// Changes a device; false when there is none of that number.
///
/// # Errors
/// When the database does not take it.
pub async fn change(tx: &mut Tx, device: DeviceId, change: &Change) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update acs.device set tags = coalesce($3, tags), notes = coalesce($4, notes),
            standing = coalesce($5, standing)
         where territory_id = $1 and device_id = $2",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(change.tags.as_deref())
    .bind(change.notes.as_deref())
    .bind(change.standing.map(Standing::as_str))
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Lets a quarantined device start anew with the fleet credential; false when it is in another
/// standing or there is none of that number.
///
/// # Errors
/// When the database does not take it.
pub async fn readmit(tx: &mut Tx, device: DeviceId) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update acs.device set standing = 'active', secret_used = false, secret_hash = null,
            next_secret_hash = null, sealed_secret = null, sealed_next_secret = null,
            onboarding = 'pending', discovery = 'pending', discovery_after = now()
         where territory_id = $1 and device_id = $2 and standing = 'quarantined'",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes a device with its tree, tasks, timeline and trace; false when there is none of that
/// number.
///
/// # Errors
/// When the database does not take it.
pub async fn delete(tx: &mut Tx, device: DeviceId) -> Result<bool, StoreError> {
    // The row first: whoever writes what follows holds it.
    let done = sqlx::query("delete from acs.device where territory_id = $1 and device_id = $2")
        .bind(tx.territory().0)
        .bind(device.0)
        .execute(tx.conn())
        .await?;
    // Tables that are dropped by the day are not bound to it.
    for statement in [
        "delete from acs.timeline where territory_id = $1 and device_id = $2",
        "delete from acs.trace_message where territory_id = $1 and device_id = $2",
    ] {
        sqlx::query(statement)
            .bind(tx.territory().0)
            .bind(device.0)
            .execute(tx.conn())
            .await?;
    }
    Ok(done.rows_affected() == 1)
}

fn read_device(row: &PgRow) -> Result<Device, StoreError> {
    Ok(Device {
        id: DeviceId(row.try_get("device_id")?),
        area: TerritoryId(row.try_get("area_id")?),
        identity: Identity {
            oui: row.try_get("oui")?,
            product_class: row.try_get("product_class")?,
            serial_number: row.try_get("serial_number")?,
        },
        manufacturer: row.try_get("manufacturer")?,
        standing: Standing::parse(row.try_get("standing")?).unwrap_or(Standing::Quarantined),
        root: row.try_get("root")?,
        software_version: row.try_get("software_version")?,
        hardware_version: row.try_get("hardware_version")?,
        provisioning_code: row.try_get("provisioning_code")?,
        connection_request_url: row.try_get("connection_request_url")?,
        external_address: row.try_get("external_address")?,
        peer_address: row.try_get("peer_address")?,
        inform_interval_seconds: row.try_get("inform_interval_seconds")?,
        registered_at: row.try_get("registered_at")?,
        booted_at: row.try_get("booted_at")?,
        last_inform_at: row.try_get("last_inform_at")?,
        has_own_credential: row.try_get("secret_used")?,
        has_work: row.try_get("has_work")?,
        discovery: row.try_get("discovery")?,
        onboarding: row.try_get("onboarding")?,
        reach_at: row.try_get("reach_at")?,
        reach_fault: row.try_get("reach_fault")?,
        tags: row.try_get("tags")?,
        notes: row.try_get("notes")?,
        twin: Twin::parse(row.try_get("twin")?),
    })
}

/// Notes that discovery or onboarding has begun; false when it was not pending.
///
/// # Errors
/// When the database does not answer.
pub async fn start_background(
    tx: &mut Tx,
    device: DeviceId,
    what: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update acs.device set
            discovery = case $3 when 'discovery' then 'running' else discovery end,
            onboarding = case $3 when 'onboarding' then 'running' else onboarding end
         where territory_id = $1 and device_id = $2
           and case $3 when 'discovery' then discovery else onboarding end = 'pending'
           and not exists (select from acs.task t
               where t.territory_id = $1 and t.device_id = $2 and t.created_by = $3
                 and t.state in ('queued', 'sent', 'waiting', 'uncertain'))",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(what)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes how discovery or onboarding ended. A failed one is tried again after 5 minutes, then
/// after twice as long each time, up to a day.
///
/// # Errors
/// When the database does not answer.
pub async fn end_background(
    tx: &mut Tx,
    device: DeviceId,
    what: &str,
    done: bool,
) -> Result<(), StoreError> {
    let statement = match (what, done) {
        ("discovery", true) => {
            "update acs.device set discovery = 'done', discovery_failures = 0
             where territory_id = $1 and device_id = $2"
        }
        ("discovery", false) => {
            "update acs.device set discovery = 'pending',
                discovery_failures = discovery_failures + 1,
                discovery_after = now()
                    + least(interval '5 minutes' * power(2, least(discovery_failures, 16)), interval '1 day')
             where territory_id = $1 and device_id = $2"
        }
        (_, true) => {
            "update acs.device set onboarding = 'done'
             where territory_id = $1 and device_id = $2"
        }
        (_, false) => {
            "update acs.device set onboarding = 'failed'
             where territory_id = $1 and device_id = $2"
        }
    };
    sqlx::query(statement)
        .bind(tx.territory().0)
        .bind(device.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Notes how the last connection request went; an empty text says that the device took it.
///
/// # Errors
/// When the database does not answer.
pub async fn note_reach(tx: &mut Tx, device: DeviceId, said: &str) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.device set reach_at = now(), reach_fault = $3
         where territory_id = $1 and device_id = $2",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(said)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Chooses up to `limit` devices that wait for discovery, can be called, and have not been for ten
/// minutes. Runs over all territories.
///
/// # Errors
/// When the database does not answer.
pub async fn choose_undiscovered(
    tx: &mut Tx,
    limit: i64,
) -> Result<Vec<(TerritoryId, DeviceId)>, StoreError> {
    let rows = sqlx::query(
        "update acs.device d set reach_at = now()
         from (select territory_id, device_id from acs.device
               where discovery = 'pending' and discovery_after <= now() and standing = 'active'
                 and connection_request_url <> ''
                 and (reach_at is null or reach_at < now() - interval '10 minutes')
               order by discovery_after limit $1 for update skip locked) chosen
         where d.territory_id = chosen.territory_id and d.device_id = chosen.device_id
         returning d.territory_id, d.device_id",
    )
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            Ok((
                TerritoryId(row.try_get("territory_id")?),
                DeviceId(row.try_get("device_id")?),
            ))
        })
        .collect()
}

/// Brings devices whose discovery lost its task back to waiting; how many. Runs over all
/// territories.
///
/// # Errors
/// When the database does not answer.
pub async fn reset_stalled(tx: &mut Tx, limit: i64) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "update acs.device d set discovery = 'pending', discovery_after = now()
         from (select territory_id, device_id from acs.device s
               where discovery = 'running' and not exists (
                   select from acs.task t
                   where t.territory_id = s.territory_id and t.device_id = s.device_id
                     and t.created_by = 'discovery'
                     and t.state in ('queued', 'sent', 'waiting', 'uncertain'))
               limit $1 for update skip locked) stalled
         where d.territory_id = stalled.territory_id and d.device_id = stalled.device_id",
    )
    .bind(limit)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}
