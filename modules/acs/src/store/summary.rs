//! The fleet in numbers.

use regia_store::{StoreError, Tx};
use sqlx::Row as _;

use crate::model::device::ONLINE_GRACE_SECONDS;

/// See the module sentence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// All devices but those out of service.
    pub devices: i64,
    /// Called within twice their interval and a minute.
    pub online: i64,
    /// The others in service.
    pub offline: i64,
    /// Quarantined.
    pub quarantined: i64,
    /// Registered within 24 hours.
    pub new_today: i64,
    /// Tasks that are not finished.
    pub open_tasks: i64,
    /// Tasks that failed within 24 hours.
    pub failed_today: i64,
    /// The most frequent software versions.
    pub versions: Vec<(String, i64)>,
    /// The most frequent product classes.
    pub classes: Vec<(String, i64)>,
}

/// Counts everything: one pass over the devices, so its cost grows with the fleet; callers keep
/// the answer for a while.
///
/// # Errors
/// When the database does not answer.
pub async fn count(tx: &mut Tx) -> Result<Summary, StoreError> {
    let row = sqlx::query(
        "select count(*) filter (where standing <> 'retired') as devices,
            count(*) filter (where standing = 'active' and online) as online,
            count(*) filter (where standing = 'active' and not online) as offline,
            count(*) filter (where standing = 'quarantined') as quarantined,
            count(*) filter (where registered_at > now() - interval '1 day') as new_today
         from (select standing, registered_at, coalesce(last_inform_at >
                now() - make_interval(secs => $2 + 2 * inform_interval_seconds), false) as online
               from acs.device where territory_id = $1) d",
    )
    .bind(tx.territory().0)
    .bind(ONLINE_GRACE_SECONDS as f64)
    .fetch_one(tx.conn())
    .await?;
    let tasks = sqlx::query(
        "select (select count(*) from acs.task
                 where territory_id = $1 and state in ('queued', 'sent', 'waiting', 'uncertain')),
            (select count(*) from acs.task
             where territory_id = $1 and state = 'failed' and finished_at > now() - interval '1 day')",
    )
    .bind(tx.territory().0)
    .fetch_one(tx.conn())
    .await?;
    Ok(Summary {
        devices: row.try_get("devices")?,
        online: row.try_get("online")?,
        offline: row.try_get("offline")?,
        quarantined: row.try_get("quarantined")?,
        new_today: row.try_get("new_today")?,
        open_tasks: tasks.try_get(0)?,
        failed_today: tasks.try_get(1)?,
        versions: frequent(
            tx,
            "select software_version, count(*) from acs.device
             where territory_id = $1 group by 1 order by 2 desc, 1 limit 10",
        )
        .await?,
        classes: frequent(
            tx,
            "select product_class, count(*) from acs.device
             where territory_id = $1 group by 1 order by 2 desc, 1 limit 10",
        )
        .await?,
    })
}

async fn frequent(tx: &mut Tx, sql: &'static str) -> Result<Vec<(String, i64)>, StoreError> {
    let territory = tx.territory().0;
    Ok(sqlx::query_as(sql)
        .bind(territory)
        .fetch_all(tx.conn())
        .await?)
}
