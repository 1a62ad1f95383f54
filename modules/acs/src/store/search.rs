//! Searches in the background and what they found.

use regia_ident::TerritoryId;
use regia_store::page::{Limit, Page};
use regia_store::{StoreError, Tx};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::model::identity::{DeviceId, Identity};
use crate::model::index::{Match, ParameterFilter};
use crate::model::search::{Hit, Search, SearchId, SearchState};

/// Begins a search; nothing when `most` run already.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn start(
    tx: &mut Tx,
    wanted: &ParameterFilter,
    by: &str,
    most: i64,
) -> Result<Option<SearchId>, StoreError> {
    let areas: Vec<i64> = tx.areas().iter().map(|area| area.0).collect();
    let row = sqlx::query(
        "insert into acs.search
            (territory_id, path, matching, value, created_by, total, area_id, areas)
         select $1, $2, $3, $4, $5, (select count(*) from acs.tree where territory_id = $1), $7, $8
         where (select count(*) from acs.search
                where territory_id = $1 and state = 'running') < $6
         returning search_id",
    )
    .bind(tx.territory().0)
    .bind(&wanted.path)
    .bind(wanted.matching.as_str())
    .bind(&wanted.value)
    .bind(by)
    .bind(most)
    .bind(tx.home().0)
    .bind(areas)
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| Ok(SearchId(row.try_get("search_id")?)))
        .transpose()
}

/// Reads one search.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn find(tx: &mut Tx, id: SearchId) -> Result<Option<Search>, StoreError> {
    let row = sqlx::query(
        "select search_id, path, matching, value, state, scanned, total, hits, created_by,
            created_at, expires_at
         from acs.search where territory_id = $1 and search_id = $2",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .fetch_optional(tx.conn())
    .await?;
    row.as_ref().map(read_search).transpose()
}

/// A page of searches, newest first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(
    tx: &mut Tx,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<Search>, StoreError> {
    let rows = sqlx::query(
        "select search_id, path, matching, value, state, scanned, total, hits, created_by,
            created_at, expires_at
         from acs.search where territory_id = $1 and search_id < $2
         order by search_id desc limit $3",
    )
    .bind(tx.territory().0)
    .bind(after.unwrap_or(i64::MAX))
    .bind(limit.rows_to_read())
    .fetch_all(tx.conn())
    .await?;
    let searches = rows
        .iter()
        .map(read_search)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Page::from_rows(searches, limit, |search| search.id.0))
}

fn read_search(row: &PgRow) -> Result<Search, StoreError> {
    Ok(Search {
        id: SearchId(row.try_get("search_id")?),
        path: row.try_get("path")?,
        matching: Match::parse(row.try_get("matching")?),
        value: row.try_get("value")?,
        state: SearchState::parse(row.try_get("state")?),
        scanned: row.try_get("scanned")?,
        total: row.try_get("total")?,
        hits: row.try_get("hits")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        expires_at: row.try_get("expires_at")?,
    })
}

/// A page of what a search found, by device.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list_hits(
    tx: &mut Tx,
    id: SearchId,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<Hit>, StoreError> {
    let rows = sqlx::query(
        "select h.device_id, h.value, d.oui, d.product_class, d.serial_number
         from acs.search_hit h join acs.device d using (territory_id, device_id)
         where h.territory_id = $1 and h.search_id = $2 and h.device_id > $3
         order by h.device_id limit $4",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(after.unwrap_or(i64::MIN))
    .bind(limit.rows_to_read())
    .fetch_all(tx.conn())
    .await?;
    let read = |row: &PgRow| -> Result<Hit, StoreError> {
        let identity = Identity {
            oui: row.try_get("oui")?,
            product_class: row.try_get("product_class")?,
            serial_number: row.try_get("serial_number")?,
        };
        Ok(Hit {
            device: DeviceId(row.try_get("device_id")?),
            identity,
            value: row.try_get("value")?,
        })
    };
    let hits = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::from_rows(hits, limit, |hit| hit.device.0))
}

/// Stops a search; false when it does not run.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn cancel(tx: &mut Tx, id: SearchId) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update acs.search set state = 'cancelled'
         where territory_id = $1 and search_id = $2 and state = 'running'",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Deletes searches whose time is over, each with its hits; how many. Runs over all territories.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn forget(tx: &mut Tx, limit: i64) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "delete from acs.search s
         using (select territory_id, search_id from acs.search where expires_at < now()
                limit $1 for update skip locked) old
         where s.territory_id = old.territory_id and s.search_id = old.search_id",
    )
    .bind(limit)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// A running search that this transaction works on.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    /// Where it looks.
    pub(crate) territory: TerritoryId,
    /// The territories at the top of where it looks.
    pub(crate) areas: Vec<i64>,
    /// The last device that was read.
    pub(crate) position: DeviceId,
    /// The search.
    pub(crate) search: Search,
}

/// Takes the running search that is least far and that no other node works on. Runs over all
/// territories.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn take(tx: &mut Tx) -> Result<Option<Running>, StoreError> {
    let row = sqlx::query(
        "select territory_id, search_id, path, matching, value, state, scanned, total, hits,
            created_by, created_at, expires_at, position, areas
         from acs.search where state = 'running'
         order by scanned, search_id limit 1 for update skip locked",
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Running {
        territory: TerritoryId(row.try_get("territory_id")?),
        areas: row.try_get("areas")?,
        position: DeviceId(row.try_get("position")?),
        search: read_search(&row)?,
    }))
}

/// What one round of a search came to.
#[derive(Debug, Clone)]
pub(crate) struct Round {
    /// Trees read.
    pub(crate) read: usize,
    /// The last device that was read.
    pub(crate) position: DeviceId,
    /// Devices found, with their values.
    pub(crate) found: Vec<(DeviceId, String)>,
    /// Whether this was the last round.
    pub(crate) last: bool,
}

/// Notes what a round came to.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn note(tx: &mut Tx, running: &Running, round: &Round) -> Result<(), StoreError> {
    let (devices, values): (Vec<i64>, Vec<&str>) = round
        .found
        .iter()
        .map(|(device, value)| (device.0, value.as_str()))
        .unzip();
    sqlx::query(
        "insert into acs.search_hit (territory_id, search_id, device_id, value)
         select $1, $2, i.device_id, i.value
         from unnest($3::bigint[], $4::text[]) as i (device_id, value)",
    )
    .bind(running.territory.0)
    .bind(running.search.id.0)
    .bind(devices)
    .bind(values)
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "update acs.search set position = $3, scanned = scanned + $4, hits = hits + $5,
            total = greatest(total, scanned + $4),
            state = case when $6 then 'done' else state end
         where territory_id = $1 and search_id = $2",
    )
    .bind(running.territory.0)
    .bind(running.search.id.0)
    .bind(round.position.0)
    .bind(i64::try_from(round.read).unwrap_or(i64::MAX))
    .bind(i64::try_from(round.found.len()).unwrap_or(i64::MAX))
    .bind(round.last)
    .execute(tx.conn())
    .await?;
    Ok(())
}
