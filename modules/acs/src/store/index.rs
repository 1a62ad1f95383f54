//! Indexed parameters: which they are, how far they are, and the values of the devices.

use std::collections::HashMap;

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::model::identity::DeviceId;
use crate::model::index::{IndexPath, IndexState, PathId};

/// What a device has at an indexed parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Where the device belongs.
    pub(crate) territory: TerritoryId,
    /// The device.
    pub(crate) device: DeviceId,
    /// The parameter.
    pub(crate) path: PathId,
    /// Its value in comparable form; nothing removes the entry.
    pub(crate) value: Option<String>,
}

/// Every indexed parameter, by path.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(tx: &mut Tx) -> Result<Vec<IndexPath>, StoreError> {
    let rows = sqlx::query(
        "select path_id, path, state, scanned, total, created_by, created_at
         from acs.index_path where territory_id = $1 order by path",
    )
    .bind(tx.territory().0)
    .fetch_all(tx.conn())
    .await?;
    rows.iter().map(read_path).collect()
}

/// The indexed parameter of that key.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn find(tx: &mut Tx, key: &str) -> Result<Option<IndexPath>, StoreError> {
    let row = sqlx::query(
        "select path_id, path, state, scanned, total, created_by, created_at
         from acs.index_path where territory_id = $1 and path = $2",
    )
    .bind(tx.territory().0)
    .bind(key)
    .fetch_optional(tx.conn())
    .await?;
    row.as_ref().map(read_path).transpose()
}

fn read_path(row: &PgRow) -> Result<IndexPath, StoreError> {
    Ok(IndexPath {
        id: PathId(row.try_get("path_id")?),
        path: row.try_get("path")?,
        state: IndexState::parse(row.try_get("state")?),
        scanned: row.try_get("scanned")?,
        total: row.try_get("total")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
    })
}

/// Numbers of the parameters whose values are to be kept, by territory and key.
///
/// Whoever writes values asks this after it has written its first row. Then it is either older
/// than the marking of a path, and the backfill waits for its end; or it sees the path.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list_kept(
    tx: &mut Tx,
    territories: &[i64],
) -> Result<HashMap<i64, HashMap<String, PathId>>, StoreError> {
    let rows = sqlx::query(
        "select territory_id, path, path_id from acs.index_path
         where territory_id = any ($1) and state <> 'removing'",
    )
    .bind(territories)
    .fetch_all(tx.conn())
    .await?;
    let mut kept: HashMap<i64, HashMap<String, PathId>> = HashMap::new();
    for row in &rows {
        let paths = kept.entry(row.try_get("territory_id")?).or_default();
        paths.insert(row.try_get("path")?, PathId(row.try_get("path_id")?));
    }
    Ok(kept)
}

/// Writes values in one statement; each pair of device and path is there once.
///
/// # Errors
/// When the database does not take them.
pub(crate) async fn write(tx: &mut Tx, entries: &[Entry]) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let column = |pick: fn(&Entry) -> i64| entries.iter().map(pick).collect::<Vec<_>>();
    let values: Vec<Option<&str>> = entries.iter().map(|entry| entry.value.as_deref()).collect();
    sqlx::query(
        "with i as (select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[])
                        as i (territory_id, device_id, path_id, value)),
              gone as (delete from acs.indexed_value v using i
                       where i.value is null and v.territory_id = i.territory_id
                         and v.device_id = i.device_id and v.path_id = i.path_id)
         insert into acs.indexed_value as v (territory_id, device_id, path_id, value)
         select * from i where value is not null
         on conflict (territory_id, device_id, path_id) do update set value = excluded.value
         where v.value <> excluded.value",
    )
    .bind(column(|entry| entry.territory.0))
    .bind(column(|entry| entry.device.0))
    .bind(column(|entry| entry.path.0))
    .bind(values)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Lets nobody else mark a parameter until this transaction ends.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn lock(tx: &mut Tx) -> Result<(), StoreError> {
    sqlx::query("lock table acs.index_path in share row exclusive mode")
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Adds a parameter, to be built.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn mark(tx: &mut Tx, key: &str, by: &str) -> Result<(), StoreError> {
    sqlx::query("insert into acs.index_path (territory_id, path, created_by) values ($1, $2, $3)")
        .bind(tx.territory().0)
        .bind(key)
        .bind(by)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Has a parameter's values removed, and then the parameter; false when it is not indexed.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn unmark(tx: &mut Tx, key: &str) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update acs.index_path set state = 'removing', barrier = null
         where territory_id = $1 and path = $2 and state <> 'removing'",
    )
    .bind(tx.territory().0)
    .bind(key)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
