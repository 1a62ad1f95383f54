//! Bulks and the tasks that belong to them.

use regia_ident::TerritoryId;
use regia_store::page::{Limit, Page};
use regia_store::{StoreError, Tx};
use serde_json::Value as Json;
use sqlx::postgres::PgRow;
use sqlx::types::Json as Jsonb;
use sqlx::{Postgres, QueryBuilder, Row as _};

use crate::model::bulk::{Bulk, BulkId, Tally};
use crate::model::command::Command;
use crate::model::identity::DeviceId;
use crate::model::task::TaskState;

const SHOWN: &str = "select bulk_id, kind, arguments, cardinality(targets) as selected, placed,
        retry_before is not null as retrying, created_by, created_at, stopped_at, stopped_by
    from acs.bulk
    where territory_id = $1 and ($2::bigint is null or bulk_id = $2) and bulk_id < $3
    order by bulk_id desc limit $4";

/// Tasks that are taken back when their bulk is stopped.
const WAITING: &str = "t.state = 'queued'";

/// Tasks that a retry queues again.
const ENDED_BADLY: &str = "t.state in ('failed', 'expired', 'cancelled') and t.finished_at <=
    (select b.retry_before from acs.bulk b
     where b.territory_id = t.territory_id and b.bulk_id = t.bulk_id)";

/// A bulk that begins.
#[derive(Debug)]
pub struct NewBulk<'a> {
    /// Name of the command.
    pub kind: &'static str,
    /// The command, secrets masked.
    pub shown: &'a Json,
    /// The whole command.
    pub sealed: &'a [u8],
    /// The devices.
    pub targets: &'a [DeviceId],
    /// Seconds for which its tasks wait.
    pub lifetime_seconds: i64,
    /// Who asks.
    pub created_by: &'a str,
}

/// Begins a bulk.
///
/// # Errors
/// When the database does not take it.
pub async fn insert(tx: &mut Tx, new: &NewBulk<'_>) -> Result<BulkId, StoreError> {
    let row = sqlx::query(
        "insert into acs.bulk (territory_id, kind, arguments, sealed_command, targets,
            lifetime_seconds, created_by, area_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8) returning bulk_id",
    )
    .bind(tx.territory().0)
    .bind(new.kind)
    .bind(new.shown)
    .bind(new.sealed)
    .bind(
        new.targets
            .iter()
            .map(|device| device.0)
            .collect::<Vec<_>>(),
    )
    .bind(new.lifetime_seconds as f64)
    .bind(new.created_by)
    .bind(tx.home().0)
    .fetch_one(tx.conn())
    .await?;
    Ok(BulkId(row.try_get("bulk_id")?))
}

/// Reads one bulk.
///
/// # Errors
/// When the database does not answer.
pub async fn find(tx: &mut Tx, id: BulkId) -> Result<Option<Bulk>, StoreError> {
    let mut found = read(tx, Some(id), i64::MAX, 1).await?;
    Ok(found.pop())
}

/// A page of bulks, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(tx: &mut Tx, after: Option<i64>, limit: Limit) -> Result<Page<Bulk>, StoreError> {
    let before = after.unwrap_or(i64::MAX);
    let bulks = read(tx, None, before, limit.rows_to_read()).await?;
    Ok(Page::from_rows(bulks, limit, |bulk| bulk.id.0))
}

/// Reads bulks with their tallies. Each holds 10,000 tasks at most, counted from an index.
async fn read(
    tx: &mut Tx,
    id: Option<BulkId>,
    before: i64,
    limit: i64,
) -> Result<Vec<Bulk>, StoreError> {
    let rows = sqlx::query(SHOWN)
        .bind(tx.territory().0)
        .bind(id.map(|id| id.0))
        .bind(before)
        .bind(limit)
        .fetch_all(tx.conn())
        .await?;
    let mut bulks = rows.iter().map(read_bulk).collect::<Result<Vec<_>, _>>()?;
    let counts = sqlx::query(
        "select bulk_id, state, count(*) as tasks from acs.task
         where territory_id = $1 and bulk_id = any($2) group by bulk_id, state",
    )
    .bind(tx.territory().0)
    .bind(bulks.iter().map(|bulk| bulk.id.0).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    for row in counts {
        let id = BulkId(row.try_get("bulk_id")?);
        let state = TaskState::parse(row.try_get("state")?).unwrap_or(TaskState::Uncertain);
        if let Some(bulk) = bulks.iter_mut().find(|bulk| bulk.id == id) {
            bulk.tally.add(state, row.try_get("tasks")?);
        }
    }
    Ok(bulks)
}

fn read_bulk(row: &PgRow) -> Result<Bulk, StoreError> {
    let stopped_at: Option<time::OffsetDateTime> = row.try_get("stopped_at")?;
    let stopped_by: String = row.try_get("stopped_by")?;
    Ok(Bulk {
        id: BulkId(row.try_get("bulk_id")?),
        command: row.try_get("arguments")?,
        kind: row.try_get("kind")?,
        selected: row.try_get::<i32, _>("selected")?.into(),
        placed: row.try_get::<i32, _>("placed")?.into(),
        tally: Tally::default(),
        retrying: row.try_get("retrying")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        stopped: stopped_at.map(|at| (at, stopped_by)),
    })
}

/// Stops a bulk; false when it was stopped already or there is none of that number.
///
/// # Errors
/// When the database does not take it.
pub async fn stop(tx: &mut Tx, id: BulkId, by: &str) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update acs.bulk set stopped_at = now(), stopped_by = $3, retry_before = null, work = true
         where territory_id = $1 and bulk_id = $2 and stopped_at is null",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(by)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Has the tasks of a bulk that ended badly queued again, and a stopped one go on.
///
/// # Errors
/// When the database does not take it.
pub async fn retry(tx: &mut Tx, id: BulkId) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.bulk set stopped_at = null, stopped_by = '', retry_before = now(), work = true
         where territory_id = $1 and bulk_id = $2",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// A bulk that this transaction works on.
#[derive(Debug)]
pub struct Taken {
    /// Its number.
    pub id: BulkId,
    /// The whole command, sealed.
    pub sealed: Vec<u8>,
    /// The next devices without a task.
    pub next: Vec<DeviceId>,
    /// Seconds for which its tasks wait.
    pub lifetime_seconds: f64,
    /// Who asked.
    pub created_by: String,
    /// Whether it was stopped.
    pub stopped: bool,
    /// Whether tasks are to be queued again.
    pub retrying: bool,
}

/// Takes the oldest bulk with work that no other node works on, and up to `limit` of its devices.
/// Looks at all tenants; from then on the transaction works for the bulk's.
///
/// # Errors
/// When the database does not answer.
pub async fn take(tx: &mut Tx, limit: i32) -> Result<Option<Taken>, StoreError> {
    let row = sqlx::query(
        "select territory_id, bulk_id, sealed_command,
            targets[placed + 1 : placed + $1] as next,
            lifetime_seconds, created_by, stopped_at is not null as stopped,
            retry_before is not null as retrying
         from acs.bulk where work
         order by bulk_id limit 1 for update skip locked",
    )
    .bind(limit)
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    tx.turn_to(TerritoryId(row.try_get("territory_id")?));
    Ok(Some(Taken {
        id: BulkId(row.try_get("bulk_id")?),
        sealed: row
            .try_get::<Option<Vec<u8>>, _>("sealed_command")?
            .unwrap_or_default(),
        next: row
            .try_get::<Vec<i64>, _>("next")?
            .into_iter()
            .map(DeviceId)
            .collect(),
        lifetime_seconds: row.try_get("lifetime_seconds")?,
        created_by: row.try_get("created_by")?,
        stopped: row.try_get("stopped")?,
        retrying: row.try_get("retrying")?,
    }))
}

/// Gives devices their tasks, all those of `commands`; the answer names the devices that took it.
///
/// # Errors
/// When the database does not take it.
pub async fn place(
    tx: &mut Tx,
    taken: &Taken,
    commands: &[(DeviceId, Command)],
) -> Result<Vec<DeviceId>, StoreError> {
    let kind = commands.first().map_or("", |(_, command)| command.name());
    let rows = sqlx::query(
        "with chosen as (
            update acs.device set has_work = true
            where territory_id = $1 and device_id = any($2) and standing <> 'retired'
            returning area_id, device_id)
         insert into acs.task
            (territory_id, area_id, device_id, kind, arguments, created_by, expires_at, bulk_id)
         select $1, chosen.area_id, i.device_id, $4, i.arguments, $5, now() + make_interval(secs => $6), $7
         from unnest($2::bigint[], $3::jsonb[]) as i (device_id, arguments)
         join chosen using (device_id)
         order by i.device_id
         returning device_id",
    )
    .bind(tx.territory().0)
    .bind(
        commands
            .iter()
            .map(|(device, _)| device.0)
            .collect::<Vec<_>>(),
    )
    .bind(
        commands
            .iter()
            .map(|(_, command)| Jsonb(command))
            .collect::<Vec<_>>(),
    )
    .bind(kind)
    .bind(&taken.created_by)
    .bind(taken.lifetime_seconds)
    .bind(taken.id.0)
    .fetch_all(tx.conn())
    .await?;
    sqlx::query(
        "update acs.bulk set placed = placed + $3 where territory_id = $1 and bulk_id = $2",
    )
    .bind(tx.territory().0)
    .bind(taken.id.0)
    .bind(i32::try_from(commands.len()).unwrap_or(i32::MAX))
    .execute(tx.conn())
    .await?;
    devices(&rows)
}

/// Cancels up to `limit` tasks of a bulk that wait for their devices; the answer names the devices.
///
/// # Errors
/// When the database does not take it.
pub async fn take_back(tx: &mut Tx, id: BulkId, limit: i64) -> Result<Vec<DeviceId>, StoreError> {
    let locked = lock(tx, id, WAITING, limit).await?;
    let rows = sqlx::query(
        "update acs.task set state = 'cancelled', finished_at = now(), progress = null
         where territory_id = $1 and bulk_id = $2 and state = 'queued' and device_id = any($3)
         returning device_id",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(locked)
    .fetch_all(tx.conn())
    .await?;
    devices(&rows)
}

/// Queues up to `limit` tasks of a bulk again that ended badly before the retry was asked for; the
/// answer names the devices. What may have happened already, an uncertain task, stays.
///
/// # Errors
/// When the database does not take it.
pub async fn queue_again(tx: &mut Tx, id: BulkId, limit: i64) -> Result<Vec<DeviceId>, StoreError> {
    let locked = lock(tx, id, ENDED_BADLY, limit).await?;
    let rows = sqlx::query(
        "with again as (
            update acs.task t set state = 'queued', attempts = 0, progress = null, result = null,
                fault = null, finished_at = null, sent_at = null, sent_epoch = null,
                expires_at = now() + make_interval(secs => b.lifetime_seconds)
            from acs.bulk b
            where t.territory_id = $1 and t.bulk_id = $2 and t.device_id = any($3)
              and t.state in ('failed', 'expired', 'cancelled')
              and b.territory_id = $1 and b.bulk_id = $2 and t.finished_at <= b.retry_before
            returning t.device_id)
         update acs.device d set has_work = true from again
         where d.territory_id = $1 and d.device_id = again.device_id
         returning d.device_id",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(locked)
    .fetch_all(tx.conn())
    .await?;
    devices(&rows)
}

/// Locks the rows of devices before their tasks, as sessions do, so that the two never wait for
/// each other.
async fn lock(
    tx: &mut Tx,
    id: BulkId,
    which: &'static str,
    limit: i64,
) -> Result<Vec<i64>, StoreError> {
    let mut query = QueryBuilder::<Postgres>::new(
        "select d.device_id from acs.device d where d.standing <> 'retired' and d.territory_id = ",
    );
    query
        .push_bind(tx.territory().0)
        .push(" and d.device_id in (select t.device_id from acs.task t where t.territory_id = ")
        .push_bind(tx.territory().0)
        .push(" and t.bulk_id = ")
        .push_bind(id.0)
        .push(" and ")
        .push(which)
        .push(" limit ")
        .push_bind(limit)
        .push(") order by d.device_id for update");
    let rows = query.build().fetch_all(tx.conn()).await?;
    Ok(devices(&rows)?.into_iter().map(|device| device.0).collect())
}

/// Nothing is left to do for a bulk now; when it is placed whole, its command is forgotten.
///
/// # Errors
/// When the database does not take it.
pub async fn rest(tx: &mut Tx, id: BulkId) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.bulk set work = false, retry_before = null,
            sealed_command = case when placed < cardinality(targets) then sealed_command end
         where territory_id = $1 and bulk_id = $2",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Deletes up to `limit` bulks that began before the retention and whose tasks are gone; how many.
/// Runs over all territories.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &mut Tx, retention_days: u32, limit: i64) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "delete from acs.bulk b using (
            select territory_id, bulk_id from acs.bulk o
            where created_at < now() - make_interval(days => $1) and not work
              and not exists (select from acs.task t
                  where t.territory_id = o.territory_id and t.bulk_id = o.bulk_id)
            order by bulk_id limit $2 for update skip locked) old
         where b.territory_id = old.territory_id and b.bulk_id = old.bulk_id",
    )
    .bind(i32::try_from(retention_days).unwrap_or(i32::MAX))
    .bind(limit)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

fn devices(rows: &[PgRow]) -> Result<Vec<DeviceId>, StoreError> {
    rows.iter()
        .map(|row| Ok(DeviceId(row.try_get("device_id")?)))
        .collect()
}
