//! Transfers that were sent to devices.

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::model::file::FileId;
use crate::model::identity::DeviceId;
use crate::model::task::{Task, TaskId};

regia_ident::id! {
    /// A transfer.
    TransferId
}

/// A transfer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Where the device belongs.
    pub territory: TerritoryId,
    /// Its number, also its CommandKey behind a `t`.
    pub id: TransferId,
    /// Whose it is.
    pub task: TaskId,
    /// The device.
    pub device: DeviceId,
    /// From the device, not to it.
    pub is_upload: bool,
    /// What is fetched, or has arrived.
    pub file: Option<FileId>,
    /// Whether the device said that it is over.
    pub reported: bool,
    /// How: 0 for well.
    pub fault_code: i64,
}

impl Transfer {
    /// Its CommandKey.
    #[must_use]
    pub fn key(&self) -> String {
        key(self.id)
    }
}

/// The CommandKey of a transfer.
#[must_use]
pub fn key(id: TransferId) -> String {
    format!("t{id}")
}

/// Records a transfer that is about to be sent.
///
/// # Errors
/// When the database does not take it.
pub async fn begin(
    tx: &mut Tx,
    task: &Task,
    file: Option<FileId>,
    token_hash: &[u8; 32],
) -> Result<TransferId, StoreError> {
    let row = sqlx::query(
        "insert into acs.transfer (territory_id, task_id, device_id, is_upload, file_id, token_hash)
         values ($1, $2, $3, $4, $5, $6) returning transfer_id",
    )
    .bind(tx.territory().0)
    .bind(task.id.0)
    .bind(task.device.0)
    .bind(file.is_none())
    .bind(file.map(|file| file.0))
    .bind(token_hash.as_slice())
    .fetch_one(tx.conn())
    .await?;
    Ok(TransferId(row.try_get("transfer_id")?))
}

/// Notes that a file has left up to this byte, while the device has not said that it is over. The
/// number only grows: a device that goes on where it broke off is as far as it says.
///
/// # Errors
/// When the database does not take it.
pub async fn note_moved(tx: &mut Tx, id: TransferId, bytes: u64) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.transfer set moved_bytes = greatest(moved_bytes, $3)
         where territory_id = $1 and transfer_id = $2 and reported_at is null",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// What a report of a device is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Report {
    /// A transfer that was open until now.
    New(Transfer),
    /// One that it has reported before.
    Again,
    /// None that was sent to this device.
    Unknown,
}

/// Records that a device said how a transfer ended; only the first report counts.
///
/// # Errors
/// When the database does not take it.
pub async fn report(
    tx: &mut Tx,
    device: DeviceId,
    command_key: &str,
    fault_code: u32,
) -> Result<Report, StoreError> {
    let id = command_key.strip_prefix('t').map(str::parse::<i64>);
    let Some(Ok(id)) = id else {
        return Ok(Report::Unknown);
    };
    let row = sqlx::query(
        "with known as (
            select territory_id, transfer_id, reported_at is not null as before
            from acs.transfer
            where territory_id = $1 and transfer_id = $2 and device_id = $3 for update)
         update acs.transfer x set reported_at = coalesce(x.reported_at, now()),
            fault_code = case when known.before then x.fault_code else $4 end
         from known
         where x.territory_id = known.territory_id and x.transfer_id = known.transfer_id
         returning x.territory_id, x.transfer_id, x.task_id, x.device_id, x.is_upload, x.file_id,
            true as reported, x.fault_code, known.before",
    )
    .bind(tx.territory().0)
    .bind(id)
    .bind(device.0)
    .bind(i64::from(fault_code))
    .fetch_optional(tx.conn())
    .await?;
    match row {
        None => Ok(Report::Unknown),
        Some(row) if row.try_get("before")? => Ok(Report::Again),
        Some(row) => Ok(Report::New(read_transfer(&row)?)),
    }
}

/// The transfer of a token while it may still be used: its task is under way, a download has not been
/// reported, and it is no older than a task may wait at most.
///
/// # Errors
/// When the database does not answer.
pub async fn find_open(tx: &mut Tx, token_hash: &[u8; 32]) -> Result<Option<Transfer>, StoreError> {
    let row = sqlx::query(
        "select x.territory_id, x.transfer_id, x.task_id, x.device_id, x.is_upload, x.file_id,
            x.reported_at is not null as reported, x.fault_code
         from acs.transfer x
         join acs.task t on t.territory_id = x.territory_id and t.task_id = x.task_id
         where x.token_hash = $1 and t.state in ('sent', 'waiting', 'uncertain')
           and t.command_key = 't' || x.transfer_id
           and x.created_at > now() - interval '90 days'
           and (x.reported_at is null or (x.is_upload and x.fault_code = 0))",
    )
    .bind(token_hash.as_slice())
    .fetch_optional(tx.conn())
    .await?;
    row.as_ref().map(read_transfer).transpose()
}

/// Notes the file that arrived for an upload; the one that it replaces.
///
/// # Errors
/// When the database does not take it.
pub async fn attach(
    tx: &mut Tx,
    transfer: TransferId,
    file: FileId,
) -> Result<Option<(Transfer, Option<FileId>)>, StoreError> {
    let row = sqlx::query(
        "with known as (
            select territory_id, transfer_id, file_id as before from acs.transfer
            where territory_id = $1 and transfer_id = $2 for update)
         update acs.transfer x set file_id = $3 from known
         where x.territory_id = known.territory_id and x.transfer_id = known.transfer_id
         returning x.territory_id, x.transfer_id, x.task_id, x.device_id, x.is_upload, x.file_id,
            x.reported_at is not null as reported, x.fault_code, known.before",
    )
    .bind(tx.territory().0)
    .bind(transfer.0)
    .bind(file.0)
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        let before: Option<i64> = row.try_get("before")?;
        Ok((read_transfer(&row)?, before.map(FileId)))
    })
    .transpose()
}

/// Deletes up to `limit` transfers that are a week old and whose task is over. A report that comes
/// later still is acknowledged, and stands in the timeline alone. Runs over all territories.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_ended(tx: &mut Tx, limit: i64) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "delete from acs.transfer x using (
            select o.territory_id, o.transfer_id from acs.transfer o
            join acs.task t on t.territory_id = o.territory_id and t.task_id = o.task_id
            where o.created_at < now() - interval '7 days' and t.finished_at is not null
            order by o.created_at limit $1 for update of o skip locked) old
         where x.territory_id = old.territory_id and x.transfer_id = old.transfer_id",
    )
    .bind(limit)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

fn read_transfer(row: &PgRow) -> Result<Transfer, StoreError> {
    Ok(Transfer {
        territory: TerritoryId(row.try_get("territory_id")?),
        id: TransferId(row.try_get("transfer_id")?),
        task: TaskId(row.try_get("task_id")?),
        device: DeviceId(row.try_get("device_id")?),
        is_upload: row.try_get("is_upload")?,
        file: row.try_get::<Option<i64>, _>("file_id")?.map(FileId),
        reported: row.try_get("reported")?,
        fault_code: row.try_get("fault_code")?,
    })
}
