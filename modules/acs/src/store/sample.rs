//! The fleet over time: one row a minute.

use std::collections::BTreeMap;

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use sqlx::Row as _;
use sqlx::postgres::PgRow;
use time::OffsetDateTime;

use crate::model::sample::{Outcomes, Sample};

/// Fault codes that one minute keeps apart; devices may answer with any number.
const MAX_CODES: i64 = 20;

/// What one node counted itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counted {
    /// Sessions that began.
    pub(crate) sessions: i64,
    /// Devices that registered.
    pub(crate) registrations: i64,
}

/// All tenants.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list_tenants(tx: &mut Tx) -> Result<Vec<TerritoryId>, StoreError> {
    let rows: Vec<(i64,)> = sqlx::query_as(
        "select territory_id from kernel.territory where parent_id is null order by territory_id",
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(id,)| TerritoryId(id)).collect())
}

/// Adds a node's part to a minute, and holds the minute until the transaction ends. True when
/// nobody has counted the devices and tasks of it yet.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn add(
    tx: &mut Tx,
    minute: OffsetDateTime,
    counted: Counted,
) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "insert into acs.sample as s (territory_id, began_at, sessions, registrations)
         values ($1, $2, $3, $4)
         on conflict (territory_id, began_at) do update set
            sessions = s.sessions + excluded.sessions,
            registrations = s.registrations + excluded.registrations
         returning online is null",
    )
    .bind(tx.territory().0)
    .bind(minute)
    .bind(counted.sessions)
    .bind(counted.registrations)
    .fetch_one(tx.conn())
    .await?;
    Ok(row.try_get(0)?)
}

/// Writes what is counted once for all nodes: the devices as they are now, and the tasks that
/// ended in that minute.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn complete(
    tx: &mut Tx,
    minute: OffsetDateTime,
    online: i64,
    offline: i64,
) -> Result<(), StoreError> {
    sqlx::query(
        "with ended as materialized (
            select state, coalesce(fault->>'code', '') as code from acs.task
            where territory_id = $1 and finished_at >= $2
              and finished_at < $2 + interval '1 minute'),
         codes as (
            select code, count(*) as failed from ended where state = 'failed'
            group by 1 order by 2 desc, 1 limit $5),
         outcomes as (
            select count(*) filter (where state = 'done') as done,
                count(*) filter (where state = 'failed') as failed,
                count(*) filter (where state = 'cancelled') as cancelled,
                count(*) filter (where state = 'expired') as expired
            from ended)
         update acs.sample s set online = $3, offline = $4, tasks_done = o.done,
            tasks_failed = o.failed, tasks_cancelled = o.cancelled, tasks_expired = o.expired,
            faults = (select coalesce(jsonb_object_agg(code, failed), '{}') from codes)
         from outcomes o where s.territory_id = $1 and s.began_at = $2",
    )
    .bind(tx.territory().0)
    .bind(minute)
    .bind(online)
    .bind(offline)
    .bind(MAX_CODES)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// The minutes since `begin`, added up in steps; only steps of which something is known, by time.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(
    tx: &mut Tx,
    begin: OffsetDateTime,
    step_seconds: i64,
) -> Result<Vec<Sample>, StoreError> {
    let rows = sqlx::query(
        "select date_bin(make_interval(secs => $3), began_at, timestamptz 'epoch') as began_at,
            count(*) as minutes, round(avg(online))::bigint as online,
            round(avg(offline))::bigint as offline, sum(sessions)::bigint as sessions,
            sum(registrations)::bigint as registrations, sum(tasks_done)::bigint as done,
            sum(tasks_failed)::bigint as failed, sum(tasks_cancelled)::bigint as cancelled,
            sum(tasks_expired)::bigint as expired
         from acs.sample where territory_id = $1 and began_at >= $2 group by 1 order by 1",
    )
    .bind(tx.territory().0)
    .bind(begin)
    .bind(step_seconds as f64)
    .fetch_all(tx.conn())
    .await?;
    let mut faults = list_faults(tx, begin, step_seconds).await?;
    let read = |row: &PgRow| -> Result<Sample, StoreError> {
        let began_at = row.try_get("began_at")?;
        Ok(Sample {
            began_at,
            minutes: row.try_get("minutes")?,
            online: row.try_get("online")?,
            offline: row.try_get("offline")?,
            sessions: row.try_get("sessions")?,
            registrations: row.try_get("registrations")?,
            outcomes: Outcomes {
                done: row.try_get("done")?,
                failed: row.try_get("failed")?,
                cancelled: row.try_get("cancelled")?,
                expired: row.try_get("expired")?,
            },
            faults: faults.remove(&began_at).unwrap_or_default(),
        })
    };
    rows.iter().map(read).collect()
}

type Faults = BTreeMap<OffsetDateTime, BTreeMap<Option<u32>, i64>>;

async fn list_faults(
    tx: &mut Tx,
    begin: OffsetDateTime,
    step_seconds: i64,
) -> Result<Faults, StoreError> {
    let rows: Vec<(OffsetDateTime, String, i64)> = sqlx::query_as(
        "select date_bin(make_interval(secs => $3), began_at, timestamptz 'epoch'), code,
            sum(failed::bigint)::bigint
         from acs.sample, jsonb_each_text(faults) as f (code, failed)
         where territory_id = $1 and began_at >= $2 and faults <> '{}' group by 1, 2",
    )
    .bind(tx.territory().0)
    .bind(begin)
    .bind(step_seconds as f64)
    .fetch_all(tx.conn())
    .await?;
    let mut faults = Faults::new();
    for (began_at, code, failed) in rows {
        let codes = faults.entry(began_at).or_default();
        *codes.entry(code.parse().ok()).or_default() += failed;
    }
    Ok(faults)
}

/// Deletes up to `limit` minutes older than the retention; how many. Runs over all territories.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn forget(
    tx: &mut Tx,
    retention_days: u32,
    limit: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "delete from acs.sample s using (
            select territory_id, began_at from acs.sample
            where began_at < now() - make_interval(days => $1)
            limit $2 for update skip locked) old
         where s.territory_id = old.territory_id and s.began_at = old.began_at",
    )
    .bind(i32::try_from(retention_days).unwrap_or(i32::MAX))
    .bind(limit)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}
