//! The work on indexed parameters that are being built or removed, taken by one node at a time.

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::model::identity::DeviceId;
use crate::model::index::{IndexState, PathId};

/// An indexed parameter that is not ready, locked until the transaction ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unready {
    /// Where it belongs.
    pub(crate) territory: TerritoryId,
    /// Its number.
    pub(crate) id: PathId,
    /// Its path without root.
    pub(crate) key: String,
    /// What is to be done.
    pub(crate) state: IndexState,
    /// The last device that was read.
    pub(crate) position: DeviceId,
    /// Whether the transactions that it must wait for are known.
    pub(crate) barred: bool,
    /// Whether they have ended.
    pub(crate) clear: bool,
}

/// Takes one parameter that is not ready and that no other node works on. Runs over all
/// territories.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn take(tx: &mut Tx) -> Result<Option<Unready>, StoreError> {
    let row = sqlx::query(
        "select territory_id, path_id, path, state, position, barrier is not null as barred,
            coalesce(pg_snapshot_xmin(pg_current_snapshot()) >= barrier, false) as clear
         from acs.index_path where state <> 'ready'
         order by scanned, path_id limit 1 for update skip locked",
    )
    .fetch_optional(tx.conn())
    .await?;
    row.as_ref().map(read).transpose()
}

/// Takes also the other parameters that stand where this one stands, so that one reading of the
/// trees serves all.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn take_alike(tx: &mut Tx, one: &Unready) -> Result<Vec<Unready>, StoreError> {
    let rows = sqlx::query(
        "select territory_id, path_id, path, state, position, true as barred, true as clear
         from acs.index_path
         where territory_id = $1 and state = 'building' and position = $2
           and pg_snapshot_xmin(pg_current_snapshot()) >= barrier
         order by path_id for update skip locked",
    )
    .bind(one.territory.0)
    .bind(one.position.0)
    .fetch_all(tx.conn())
    .await?;
    rows.iter().map(read).collect()
}

fn read(row: &PgRow) -> Result<Unready, StoreError> {
    Ok(Unready {
        territory: TerritoryId(row.try_get("territory_id")?),
        id: PathId(row.try_get("path_id")?),
        key: row.try_get("path")?,
        state: IndexState::parse(row.try_get("state")?),
        position: DeviceId(row.try_get("position")?),
        barred: row.try_get("barred")?,
        clear: row.try_get("clear")?,
    })
}

/// Notes which transactions may not know yet what is to be done (all that run now), and how many
/// trees there are.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn bar(tx: &mut Tx, one: &Unready) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.index_path set barrier = pg_snapshot_xmax(pg_current_snapshot()),
            total = (select count(*) from acs.tree where territory_id = $1)
         where territory_id = $1 and path_id = $2",
    )
    .bind(one.territory.0)
    .bind(one.id.0)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Notes how far building has come, and whether that is the end.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn progress(
    tx: &mut Tx,
    paths: &[Unready],
    position: DeviceId,
    read: usize,
    ready: bool,
) -> Result<(), StoreError> {
    let territories: Vec<i64> = paths.iter().map(|path| path.territory.0).collect();
    let numbers: Vec<i64> = paths.iter().map(|path| path.id.0).collect();
    sqlx::query(
        "update acs.index_path p set position = $3, scanned = scanned + $4,
            total = greatest(total, scanned + $4),
            state = case when $5 then 'ready' else state end
         from unnest($1::bigint[], $2::bigint[]) as i (territory_id, path_id)
         where p.territory_id = i.territory_id and p.path_id = i.path_id",
    )
    .bind(territories)
    .bind(numbers)
    .bind(position.0)
    .bind(i64::try_from(read).unwrap_or(i64::MAX))
    .bind(ready)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Removes up to `limit` values of a parameter, and the parameter when none is left; how many.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn remove(tx: &mut Tx, one: &Unready, limit: i64) -> Result<u64, StoreError> {
    let done = sqlx::query(
        // By the rows' places: no plan can turn this into a search for each of them.
        "delete from acs.indexed_value
         where ctid = any (array(select ctid from acs.indexed_value
                                 where territory_id = $1 and path_id = $2 limit $3))",
    )
    .bind(one.territory.0)
    .bind(one.id.0)
    .bind(limit)
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 0 {
        sqlx::query("delete from acs.index_path where territory_id = $1 and path_id = $2")
            .bind(one.territory.0)
            .bind(one.id.0)
            .execute(tx.conn())
            .await?;
    }
    Ok(done.rows_affected())
}
