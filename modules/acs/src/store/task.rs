//! Tasks: durable, in order for each device.

use regia_store::page::{Limit, Page};
use regia_store::{StoreError, Tx};
use serde_json::Value as Json;
use sqlx::postgres::PgRow;
use sqlx::types::Json as Jsonb;
use sqlx::{Postgres, QueryBuilder, Row as _};

use super::reach::List;
use crate::model::bulk::BulkId;
use crate::model::command::Command;
use crate::model::file::FileId;
use crate::model::identity::DeviceId;
use crate::model::task::{Progress, Task, TaskFault, TaskId, TaskState};
use crate::rules::plan::ours;

/// Open tasks that one session looks at.
const OPEN_TASKS: i64 = 64;

const TABLE: &str = "acs.task";

const COLUMNS: &str = "task_id, device_id, arguments, state, command_key, attempts, progress,
    result, fault, created_by, created_at, expires_at, sent_at, sent_epoch, finished_at";

/// Queues a command for each of the devices and marks them as having work. Devices that do not
/// exist or are retired are left out; the answer holds the tasks made.
///
/// # Errors
/// When the database does not take it.
pub async fn enqueue(
    tx: &mut Tx,
    devices: &[DeviceId],
    command: &Command,
    created_by: &str,
    lifetime_seconds: i64,
) -> Result<Vec<(TaskId, DeviceId)>, StoreError> {
    let rows = sqlx::query(
        "with chosen as (
            update acs.device set has_work = true
            where territory_id = $1 and device_id = any($2) and standing <> 'retired'
            returning area_id, device_id)
         insert into acs.task
            (territory_id, area_id, device_id, kind, arguments, created_by, expires_at)
         select $1, area_id, device_id, $3, $4, $5, now() + make_interval(secs => $6) from chosen
         order by device_id
         returning task_id, device_id",
    )
    .bind(tx.territory().0)
    .bind(devices.iter().map(|device| device.0).collect::<Vec<_>>())
    .bind(command.name())
    .bind(Jsonb(command))
    .bind(created_by)
    .bind(lifetime_seconds as f64)
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            Ok((
                TaskId(row.try_get("task_id")?),
                DeviceId(row.try_get("device_id")?),
            ))
        })
        .collect()
}

/// Tells all nodes, once this commits, that the devices have work.
///
/// # Errors
/// When the database does not answer.
pub async fn tell_nodes(
    tx: &mut Tx,
    channel: &str,
    devices: &[DeviceId],
) -> Result<(), StoreError> {
    sqlx::query("select pg_notify($1, device::text) from unnest($2::bigint[]) as device")
        .bind(channel)
        .bind(devices.iter().map(|device| device.0).collect::<Vec<_>>())
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// The tasks of a device that are not finished and may run now, oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list_open(tx: &mut Tx, device: DeviceId) -> Result<Vec<Task>, StoreError> {
    let mut query = QueryBuilder::<Postgres>::new("select ");
    query
        .push(COLUMNS)
        .push(" from acs.task where territory_id = ")
        .push_bind(tx.territory().0);
    query.push(" and device_id = ").push_bind(device.0);
    query.push(" and state in ('queued', 'sent', 'waiting', 'uncertain')");
    query
        .push(" and not_before <= now() order by task_id limit ")
        .push_bind(OPEN_TASKS);
    let rows = query.build().fetch_all(tx.conn()).await?;
    rows.iter().map(read_task).collect()
}

/// Records that an RPC of the task is about to leave. This commits before the RPC does.
///
/// # Errors
/// When the database does not take it.
pub async fn mark_sent(tx: &mut Tx, task: &Task) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.task set state = 'sent', attempts = $3, command_key = $4, progress = $5,
            sent_at = now(), sent_epoch = $6
         where territory_id = $1 and task_id = $2",
    )
    .bind(tx.territory().0)
    .bind(task.id.0)
    .bind(task.attempts)
    .bind(&task.command_key)
    .bind(Jsonb(&task.progress))
    .bind(task.sent_epoch)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Moves a task to a state that is no end: back to the queue, or to waiting, or to uncertain.
///
/// # Errors
/// When the database does not take it.
pub async fn move_to(tx: &mut Tx, task: &Task, state: TaskState) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.task set state = $3, progress = $4, fault = null
         where territory_id = $1 and task_id = $2",
    )
    .bind(tx.territory().0)
    .bind(task.id.0)
    .bind(state.as_str())
    .bind(Jsonb(&task.progress))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Puts a task whose answer was lost back into the queue; it may run again after `wait_seconds`.
///
/// # Errors
/// When the database does not take it.
pub async fn put_back(tx: &mut Tx, task: &Task, wait_seconds: u32) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.task set state = 'queued', progress = $3,
            not_before = now() + make_interval(secs => $4)
         where territory_id = $1 and task_id = $2",
    )
    .bind(tx.territory().0)
    .bind(task.id.0)
    .bind(Jsonb(&task.progress))
    .bind(f64::from(wait_seconds))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Makes a task uncertain, with the reason.
///
/// # Errors
/// When the database does not take it.
pub async fn doubt(tx: &mut Tx, task: &Task, reason: &TaskFault) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.task set state = 'uncertain', fault = $3
         where territory_id = $1 and task_id = $2",
    )
    .bind(tx.territory().0)
    .bind(task.id.0)
    .bind(Jsonb(reason))
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// Done, failed, cancelled or expired.
    pub state: TaskState,
    /// What came of it.
    pub result: Option<Json>,
    /// Why it failed.
    pub fault: Option<TaskFault>,
}

/// Ends a task that is still open; false when it had ended already.
///
/// # Errors
/// When the database does not take it.
pub async fn finish(tx: &mut Tx, task: TaskId, ending: &Ending) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update acs.task set state = $3, result = $4, fault = $5, finished_at = now(),
            progress = null
         where territory_id = $1 and task_id = $2
           and state in ('queued', 'sent', 'waiting', 'uncertain')",
    )
    .bind(tx.territory().0)
    .bind(task.0)
    .bind(ending.state.as_str())
    .bind(&ending.result)
    .bind(ending.fault.as_ref().map(Jsonb))
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Puts a task that failed, or that nobody knows the outcome of, back into the queue; false when
/// it is in another state.
///
/// # Errors
/// When the database does not take it.
pub async fn requeue(tx: &mut Tx, task: TaskId, lifetime_seconds: i64) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "with again as (
            update acs.task set state = 'queued', attempts = 0, progress = null, result = null,
                fault = null, finished_at = null, sent_at = null, sent_epoch = null,
                expires_at = now() + make_interval(secs => $3)
            where territory_id = $1 and task_id = $2
              and state in ('failed', 'uncertain', 'expired', 'cancelled')
            returning territory_id, device_id)
         update acs.device d set has_work = true from again a
         where d.territory_id = a.territory_id and d.device_id = a.device_id",
    )
    .bind(tx.territory().0)
    .bind(task.0)
    .bind(lifetime_seconds as f64)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Reads one task.
///
/// # Errors
/// When the database does not answer.
pub async fn find(tx: &mut Tx, task: TaskId) -> Result<Option<Task>, StoreError> {
    let mut query = QueryBuilder::<Postgres>::new("select ");
    query
        .push(COLUMNS)
        .push(" from acs.task where territory_id = ")
        .push_bind(tx.territory().0);
    query.push(" and task_id = ").push_bind(task.0);
    query
        .build()
        .fetch_optional(tx.conn())
        .await?
        .as_ref()
        .map(read_task)
        .transpose()
}

/// Reads one task and locks it until the transaction ends.
///
/// # Errors
/// When the database does not answer.
pub async fn find_locked(tx: &mut Tx, task: TaskId) -> Result<Option<Task>, StoreError> {
    // The device row first, as sessions do, so that the two never wait for each other.
    sqlx::query(
        "select from acs.device d join acs.task t using (territory_id, device_id)
         where t.territory_id = $1 and t.task_id = $2 for update of d",
    )
    .bind(tx.territory().0)
    .bind(task.0)
    .execute(tx.conn())
    .await?;
    find(tx, task).await
}

/// Which tasks a list shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Of one device only.
    pub device: Option<DeviceId>,
    /// In one state only.
    pub state: Option<TaskState>,
    /// Only those that are not finished.
    pub open: bool,
    /// Of one kind only, such as `reboot`.
    pub kind: Option<String>,
    /// Of one bulk only.
    pub bulk: Option<BulkId>,
    /// Only those that send this file.
    pub file: Option<FileId>,
}

/// A page of tasks, newest first; `after` is the number of the last task of the page before.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    tx: &mut Tx,
    filter: &TaskFilter,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<Task>, StoreError> {
    let list = List {
        columns: COLUMNS,
        order: Some("task_id desc"),
        table: TABLE,
        rows: limit.rows_to_read(),
    };
    let mut query = QueryBuilder::new("");
    list.push(&mut query, tx, |query| {
        push_filter(query, filter);
        if let Some(after) = after {
            query.push(" and task_id < ").push_bind(after);
        }
    });
    // With a filter it is planned for its very values each time: how many tasks are in a state depends
    // on the state.
    let rows = query
        .build()
        .persistent(*filter == TaskFilter::default())
        .fetch_all(tx.conn())
        .await?;
    let tasks = rows.iter().map(read_task).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::from_rows(tasks, limit, |task| task.id.0))
}

/// How many tasks a list shows in all, counted up to `most`.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn count(tx: &mut Tx, filter: &TaskFilter, most: i64) -> Result<i64, StoreError> {
    let list = List {
        columns: "1",
        order: None,
        table: TABLE,
        rows: most,
    };
    let mut query = QueryBuilder::new("select count(*) from (");
    list.push(&mut query, tx, |query| push_filter(query, filter));
    query.push(") counted");
    let row = query.build().persistent(false).fetch_one(tx.conn()).await?;
    Ok(row.try_get(0)?)
}

/// Adds what the filter asks for to a query on `acs.task` that has a `where`.
fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &TaskFilter) {
    if let Some(device) = filter.device {
        query.push(" and device_id = ").push_bind(device.0);
    }
    if let Some(state) = filter.state {
        query.push(" and state = ").push_bind(state.as_str());
    }
    if filter.open {
        query.push(" and state in ('queued', 'sent', 'waiting', 'uncertain')");
    }
    if let Some(kind) = &filter.kind {
        query.push(" and kind = ").push_bind(kind.clone());
    }
    if let Some(bulk) = filter.bulk {
        query.push(" and bulk_id = ").push_bind(bulk.0);
    }
    if let Some(file) = filter.file {
        query
            .push(" and task_id in (select acs.tasks_of_file(")
            .push_bind(file.to_string())
            .push("))");
    }
}

/// Expires up to `limit` tasks whose time ran out before they were sent; those that the device
/// accepted and never proved become uncertain, a restart after 15 minutes: it holds the queue. Runs over all territories.
///
/// # Errors
/// When the database does not answer.
pub async fn expire(tx: &mut Tx, limit: i64) -> Result<u64, StoreError> {
    let unproven = ours("The device accepted it and did not tell in time that it was carried out.");
    let done = sqlx::query(
        "update acs.task t set
            state = case when late.unsent then 'expired' else 'uncertain' end,
            fault = case when late.unsent then fault else $2 end,
            finished_at = case when late.unsent then now() end
         from (select territory_id, task_id, state = 'queued'
                      -- A transfer that only waits for its version to be read was sent.
                      and (sent_at is null or kind <> 'download') as unsent
               from acs.task
               where (state in ('queued', 'waiting') and expires_at < now())
                  or (state = 'waiting' and kind in ('reboot', 'factory_reset')
                      and sent_at < now() - interval '15 minutes')
               order by expires_at limit $1 for update skip locked) late
         where t.territory_id = late.territory_id and t.task_id = late.task_id",
    )
    .bind(limit)
    .bind(Jsonb(&unproven))
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Deletes up to `limit` tasks that ended before the retention began. Runs over all territories.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &mut Tx, retention_days: u32, limit: i64) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "delete from acs.task t using (
            select territory_id, task_id from acs.task
            where finished_at < now() - make_interval(days => $1)
            order by finished_at limit $2 for update skip locked) old
         where t.territory_id = old.territory_id and t.task_id = old.task_id",
    )
    .bind(i32::try_from(retention_days).unwrap_or(i32::MAX))
    .bind(limit)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

fn read_task(row: &PgRow) -> Result<Task, StoreError> {
    let Jsonb(command) = row.try_get::<Jsonb<Command>, _>("arguments")?;
    let progress = row.try_get::<Option<Jsonb<Progress>>, _>("progress")?;
    let fault = row.try_get::<Option<Jsonb<TaskFault>>, _>("fault")?;
    Ok(Task {
        id: TaskId(row.try_get("task_id")?),
        device: DeviceId(row.try_get("device_id")?),
        command,
        state: TaskState::parse(row.try_get("state")?).unwrap_or(TaskState::Uncertain),
        command_key: row.try_get("command_key")?,
        attempts: row.try_get("attempts")?,
        progress: progress.map(|Jsonb(progress)| progress).unwrap_or_default(),
        result: row.try_get("result")?,
        fault: fault.map(|Jsonb(fault)| fault),
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
        sent_at: row.try_get("sent_at")?,
        sent_epoch: row.try_get("sent_epoch")?,
        finished_at: row.try_get("finished_at")?,
    })
}
