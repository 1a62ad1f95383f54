//! Rows that may be one device: finding them, and making one of two.

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use sqlx::Row as _;
use sqlx::types::Json as Jsonb;

use crate::model::command::Command;
use crate::model::device::Twin;
use crate::model::identity::DeviceId;
use crate::model::note::MAX_TAGS;
use crate::model::task::TaskId;

/// Looks at up to `limit` devices that registered since the last round and flags all rows of a
/// serial number that is there more than once. Devices looked at, and rows flagged; nothing when
/// another node does it. Those of the last seconds wait: their neighbours may not have committed.
///
/// # Errors
/// When the database does not answer.
pub async fn scan(tx: &mut Tx, limit: i64) -> Result<Option<(i64, u64)>, StoreError> {
    // Whose turn it was longest ago; a tenant that is new has none yet.
    sqlx::query(
        "insert into acs.twin_scan (territory_id)
         select territory_id from kernel.territory where parent_id is null
         on conflict do nothing",
    )
    .execute(tx.conn())
    .await?;
    let row = sqlx::query(
        "select territory_id, position from acs.twin_scan
         order by looked_at limit 1 for update skip locked",
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    tx.turn_to(TerritoryId(row.try_get("territory_id")?));
    sqlx::query("update acs.twin_scan set looked_at = now() where territory_id = $1")
        .bind(tx.territory().0)
        .execute(tx.conn())
        .await?;
    let position: i64 = row.try_get("position")?;
    let fresh = sqlx::query(
        "select max(device_id) as last, count(*) as looked, array_agg(distinct serial_number) as serials
         from (select device_id, serial_number from acs.device
               where territory_id = $1 and device_id > $2
                 and registered_at < now() - interval '5 seconds'
               order by device_id limit $3) fresh",
    )
    .bind(tx.territory().0)
    .bind(position)
    .bind(limit)
    .fetch_one(tx.conn())
    .await?;
    let looked: i64 = fresh.try_get("looked")?;
    if looked == 0 {
        begin_again(tx).await?;
        return Ok(Some((0, 0)));
    }
    let serials: Vec<String> = fresh.try_get("serials")?;
    let flagged = sqlx::query(
        "update acs.device set twin = 'suspected'
         where territory_id = $1 and twin = '' and serial_number = any(
            select s.serial from unnest($2::text[]) as s (serial)
            where (select count(*) from (select from acs.device d where d.territory_id = $1
                     and d.serial_number = s.serial limit 2) two) = 2)",
    )
    .bind(tx.territory().0)
    .bind(serials)
    .execute(tx.conn())
    .await?;
    sqlx::query("update acs.twin_scan set position = $2 where territory_id = $1")
        .bind(tx.territory().0)
        .bind(fresh.try_get::<i64, _>("last")?)
        .execute(tx.conn())
        .await?;
    Ok(Some((looked, flagged.rows_affected())))
}

/// A scan that has seen everything begins again after six hours.
async fn begin_again(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.twin_scan set position = 0, began_at = now()
         where territory_id = $1 and began_at < now() - interval '6 hours'",
    )
    .bind(tx.territory().0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Up to `limit` other devices with the serial number of this one.
///
/// # Errors
/// When the database does not answer.
pub async fn others(
    tx: &mut Tx,
    device: DeviceId,
    limit: i64,
) -> Result<Vec<DeviceId>, StoreError> {
    let rows = sqlx::query(
        "select o.device_id from acs.device d
         join acs.device o on o.territory_id = d.territory_id
            and o.serial_number = d.serial_number and o.device_id <> d.device_id
         where d.territory_id = $1 and d.device_id = $2
         order by o.device_id limit $3",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| Ok(DeviceId(row.try_get("device_id")?)))
        .collect()
}

/// Holds both rows until the transaction ends; false when one is gone.
///
/// # Errors
/// When the database does not answer.
pub async fn lock(tx: &mut Tx, one: DeviceId, other: DeviceId) -> Result<bool, StoreError> {
    let rows = sqlx::query(
        "select from acs.device where territory_id = $1 and device_id in ($2, $3)
         order by device_id for update",
    )
    .bind(tx.territory().0)
    .bind(one.0)
    .bind(other.0)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.len() == 2)
}

/// Gives tags, notes, tasks, transfers, files and timeline of one device to another.
///
/// # Errors
/// When the database does not take it.
pub async fn give(tx: &mut Tx, from: DeviceId, to: DeviceId) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.device d set has_work = d.has_work or o.has_work,
            tags = (select coalesce(array_agg(tag order by first), '{}') from (
                select tag, min(place) as first
                from unnest(d.tags || o.tags) with ordinality as t (tag, place)
                group by tag order by first limit $4) kept),
            notes = left(concat_ws(E'\\n\\n', nullif(d.notes, ''), nullif(o.notes, '')), 10000)
         from acs.device o
         where d.territory_id = $1 and d.device_id = $3
           and o.territory_id = $1 and o.device_id = $2",
    )
    .bind(tx.territory().0)
    .bind(from.0)
    .bind(to.0)
    .bind(i64::try_from(MAX_TAGS).unwrap_or(i64::MAX))
    .execute(tx.conn())
    .await?;
    for statement in [
        // What was sent in a session of the other row belongs to no session of this one.
        "update acs.task t set device_id = d.device_id, area_id = d.area_id, sent_epoch = null
         from acs.device d
         where t.territory_id = $1 and t.device_id = $2
           and d.territory_id = $1 and d.device_id = $3",
        "update acs.transfer set device_id = $3 where territory_id = $1 and device_id = $2",
        "update acs.file set device_id = $3 where territory_id = $1 and device_id = $2",
        "update acs.timeline set device_id = $3 where territory_id = $1 and device_id = $2",
    ] {
        sqlx::query(statement)
            .bind(tx.territory().0)
            .bind(from.0)
            .bind(to.0)
            .execute(tx.conn())
            .await?;
    }
    Ok(())
}

/// The tasks of a device that hold sealed values.
///
/// # Errors
/// When the database does not answer.
pub async fn sealed_tasks(
    tx: &mut Tx,
    device: DeviceId,
) -> Result<Vec<(TaskId, Command)>, StoreError> {
    let rows = sqlx::query(
        "select task_id, arguments from acs.task
         where territory_id = $1 and device_id = $2 and kind = 'set'
           and arguments @> '{\"values\": [{\"sealed\": true}]}'",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            let Jsonb(command) = row.try_get::<Jsonb<Command>, _>("arguments")?;
            Ok((TaskId(row.try_get("task_id")?), command))
        })
        .collect()
}

/// Writes the command of a task anew.
///
/// # Errors
/// When the database does not take it.
pub async fn rewrite(tx: &mut Tx, task: TaskId, command: &Command) -> Result<(), StoreError> {
    sqlx::query("update acs.task set arguments = $3 where territory_id = $1 and task_id = $2")
        .bind(tx.territory().0)
        .bind(task.0)
        .bind(Jsonb(command))
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Says of all rows with the serial number of this one what they are to each other. One that stands
/// alone is no twin.
///
/// # Errors
/// When the database does not take it.
pub async fn note(tx: &mut Tx, device: DeviceId, twin: Twin) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.device d set twin = case when c.rows > 1 then $3 else '' end
         from (select o.device_id, count(*) over () as rows
               from acs.device s join acs.device o on o.territory_id = s.territory_id
                  and o.serial_number = s.serial_number
               where s.territory_id = $1 and s.device_id = $2) c
         where d.territory_id = $1 and d.device_id = c.device_id",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(twin.as_str())
    .execute(tx.conn())
    .await?;
    Ok(())
}
