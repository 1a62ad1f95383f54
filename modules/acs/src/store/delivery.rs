//! What tasks that move files are about, and how far they are.

use std::collections::HashMap;

use regia_store::{StoreError, Tx};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use time::OffsetDateTime;

use crate::model::delivery::{Delivery, Transferred};
use crate::model::file::FileId;
use crate::model::task::TaskId;

/// The deliveries of those of the tasks that move a file.
///
/// # Errors
/// When the database does not answer.
pub async fn of_tasks(
    tx: &mut Tx,
    tasks: &[TaskId],
) -> Result<HashMap<TaskId, Delivery>, StoreError> {
    let rows = sqlx::query(
        "select t.task_id, t.kind = 'upload' as is_upload, coalesce(f.file_id, moved.file_id) as file_id,
            f.name, coalesce(f.bytes, 0) as bytes, coalesce(f.target_version, '') as target_version,
            x.created_at, x.moved_bytes, x.reported_at, x.fault_code
         from acs.task t
         left join lateral (
            select * from acs.transfer l
            where l.territory_id = t.territory_id and l.task_id = t.task_id
            order by l.transfer_id desc limit 1) x on true
         cross join lateral (select case t.kind
            when 'download' then (t.arguments ->> 'file')::bigint
            else coalesce(x.file_id, (t.result ->> 'file')::bigint) end as file_id) moved
         left join acs.file f on f.territory_id = t.territory_id and f.file_id = moved.file_id
         where t.territory_id = $1 and t.task_id = any($2) and t.kind in ('download', 'upload')",
    )
    .bind(tx.territory().0)
    .bind(tasks.iter().map(|task| task.0).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(read_delivery)
        .map(|read| read.map(|delivery| (delivery.task, delivery)))
        .collect()
}

fn read_delivery(row: &PgRow) -> Result<Delivery, StoreError> {
    let began_at: Option<OffsetDateTime> = row.try_get("created_at")?;
    let transfer = match began_at {
        None => None,
        Some(began_at) => Some(Transferred {
            began_at,
            moved_bytes: u64::try_from(row.try_get::<i64, _>("moved_bytes")?).unwrap_or_default(),
            reported_at: row.try_get("reported_at")?,
            fault_code: row.try_get("fault_code")?,
        }),
    };
    Ok(Delivery {
        task: TaskId(row.try_get("task_id")?),
        is_upload: row.try_get("is_upload")?,
        file: row.try_get::<Option<i64>, _>("file_id")?.map(FileId),
        name: row.try_get("name")?,
        bytes: u64::try_from(row.try_get::<i64, _>("bytes")?).unwrap_or_default(),
        target_version: row.try_get("target_version")?,
        transfer,
    })
}
