//! Files and their content, chunk by chunk.

mod filter;

use regia_store::page::{Limit, Page};
use regia_store::{StoreError, Tx};
use sqlx::postgres::PgRow;
use sqlx::{Postgres, QueryBuilder, Row as _};

use crate::model::file::{Draft, File, FileId};
use crate::model::identity::DeviceId;

pub use self::filter::FileFilter;
use self::filter::push_filter;

const COLUMNS: &str = "file_id, name, file_type, bytes, encode(sha256, 'hex') as sha256,
    target_version, oui, product_classes, hardware_versions, device_id, created_by, created_at";

/// Begins a file that nobody sees until it is published.
///
/// # Errors
/// When the database does not take it.
pub async fn begin(tx: &mut Tx, draft: &Draft, created_by: &str) -> Result<FileId, StoreError> {
    let row = sqlx::query(
        "insert into acs.file (territory_id, name, file_type, target_version, oui,
            product_classes, hardware_versions, device_id, created_by)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning file_id",
    )
    .bind(tx.territory().0)
    .bind(draft.name.trim())
    .bind(&draft.file_type)
    .bind(&draft.target_version)
    .bind(draft.oui.to_ascii_uppercase())
    .bind(&draft.product_classes)
    .bind(&draft.hardware_versions)
    .bind(draft.device.map(|device| device.0))
    .bind(created_by)
    .fetch_one(tx.conn())
    .await?;
    Ok(FileId(row.try_get("file_id")?))
}

/// Adds a chunk to a file that is being received; false when housekeeping has removed it.
///
/// # Errors
/// When the database does not take it.
pub async fn add_chunk(
    tx: &mut Tx,
    file: FileId,
    chunk_no: i32,
    body: &[u8],
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "with alive as (
            update acs.file set touched_at = now()
            where territory_id = $1 and file_id = $2 and state = 'receiving'
            returning territory_id, file_id)
         insert into acs.file_chunk (territory_id, file_id, chunk_no, body)
         select territory_id, file_id, $3, $4 from alive",
    )
    .bind(tx.territory().0)
    .bind(file.0)
    .bind(chunk_no)
    .bind(body)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Makes a received file visible; false when housekeeping has removed it.
///
/// # Errors
/// When the database does not take it.
pub async fn publish(
    tx: &mut Tx,
    file: FileId,
    bytes: u64,
    sha256: &[u8],
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update acs.file set state = 'ready', bytes = $3, sha256 = $4
         where territory_id = $1 and file_id = $2 and state = 'receiving'",
    )
    .bind(tx.territory().0)
    .bind(file.0)
    .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
    .bind(sha256)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Reads one file that is ready. With `lock` it cannot be deleted until the transaction ends.
///
/// # Errors
/// When the database does not answer.
pub async fn find(tx: &mut Tx, file: FileId, lock: Lock) -> Result<Option<File>, StoreError> {
    let mut query = QueryBuilder::<Postgres>::new("select ");
    query
        .push(COLUMNS)
        .push(" from acs.file where state = 'ready' and territory_id = ")
        .push_bind(tx.territory().0);
    query.push(" and file_id = ").push_bind(file.0);
    query.push(match lock {
        Lock::None => "",
        Lock::Keep => " for share",
        Lock::Change => " for update",
    });
    let row = query.build().fetch_optional(tx.conn()).await?;
    row.as_ref().map(read_file).transpose()
}

/// How a file is held while it is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Not at all.
    None,
    /// It stays until the transaction ends.
    Keep,
    /// Nobody else may hold it.
    Change,
}

/// The content of one chunk; nothing past the end or when the file is gone.
///
/// # Errors
/// When the database does not answer.
pub async fn chunk(
    tx: &mut Tx,
    file: FileId,
    chunk_no: i32,
) -> Result<Option<Vec<u8>>, StoreError> {
    let row = sqlx::query(
        "select body from acs.file_chunk
         where territory_id = $1 and file_id = $2 and chunk_no = $3",
    )
    .bind(tx.territory().0)
    .bind(file.0)
    .bind(chunk_no)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| row.try_get("body")).transpose()?)
}

/// A page of files, newest first; `after` is the number of the last file of the page before.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    tx: &mut Tx,
    filter: &FileFilter,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<File>, StoreError> {
    let mut query = QueryBuilder::<Postgres>::new("select ");
    query
        .push(COLUMNS)
        .push(" from acs.file where state = 'ready' and territory_id = ")
        .push_bind(tx.territory().0);
    push_filter(&mut query, filter);
    if let Some(after) = after {
        query.push(" and file_id < ").push_bind(after);
    }
    query
        .push(" order by file_id desc limit ")
        .push_bind(limit.rows_to_read());
    let rows = query.build().fetch_all(tx.conn()).await?;
    let files = rows.iter().map(read_file).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::from_rows(files, limit, |file| file.id.0))
}

/// How many files there are, counted up to `most`.
///
/// # Errors
/// When the database does not answer.
pub async fn count(tx: &mut Tx, filter: &FileFilter, most: i64) -> Result<i64, StoreError> {
    let mut query = QueryBuilder::<Postgres>::new(
        "select count(*) as found from (select from acs.file where state = 'ready' and territory_id = ",
    );
    query.push_bind(tx.territory().0);
    push_filter(&mut query, filter);
    query.push(" limit ").push_bind(most).push(") f");
    let row = query.build().fetch_one(tx.conn()).await?;
    Ok(row.try_get("found")?)
}

/// Changes whom a file fits and what it makes of a device.
///
/// # Errors
/// When the database does not take it.
pub async fn change(tx: &mut Tx, file: FileId, draft: &Draft) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.file set target_version = $3, oui = $4, product_classes = $5,
            hardware_versions = $6
         where territory_id = $1 and file_id = $2",
    )
    .bind(tx.territory().0)
    .bind(file.0)
    .bind(&draft.target_version)
    .bind(draft.oui.to_ascii_uppercase())
    .bind(&draft.product_classes)
    .bind(&draft.hardware_versions)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Whether an open task still wants a file.
///
/// # Errors
/// When the database does not answer.
pub async fn is_wanted(tx: &mut Tx, file: FileId) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "select exists (select from acs.task where territory_id = $1 and kind = 'download'
            and state in ('queued', 'sent', 'waiting', 'uncertain')
            and arguments ->> 'file' = $2) as wanted",
    )
    .bind(tx.territory().0)
    .bind(file.to_string())
    .fetch_one(tx.conn())
    .await?;
    Ok(row.try_get("wanted")?)
}

/// Deletes a file with its content, ready or not.
///
/// # Errors
/// When the database does not take it.
pub async fn delete(tx: &mut Tx, file: FileId) -> Result<(), StoreError> {
    sqlx::query("delete from acs.file where territory_id = $1 and file_id = $2")
        .bind(tx.territory().0)
        .bind(file.0)
        .execute(tx.conn())
        .await?;
    Ok(())
}

/// Deletes up to `limit` files whose sender has been silent for that long. Runs over all
/// territories.
///
/// # Errors
/// When the database does not answer.
pub async fn forget_interrupted(
    tx: &mut Tx,
    silent_seconds: u32,
    limit: i64,
) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "delete from acs.file f using (
            select territory_id, file_id from acs.file
            where state = 'receiving' and touched_at < now() - make_interval(secs => $1)
            order by touched_at limit $2 for update skip locked) old
         where f.territory_id = old.territory_id and f.file_id = old.file_id",
    )
    .bind(f64::from(silent_seconds))
    .bind(limit)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

fn read_file(row: &PgRow) -> Result<File, StoreError> {
    Ok(File {
        id: FileId(row.try_get("file_id")?),
        draft: Draft {
            name: row.try_get("name")?,
            file_type: row.try_get("file_type")?,
            target_version: row.try_get("target_version")?,
            oui: row.try_get("oui")?,
            product_classes: row.try_get("product_classes")?,
            hardware_versions: row.try_get("hardware_versions")?,
            device: row.try_get::<Option<i64>, _>("device_id")?.map(DeviceId),
        },
        bytes: u64::try_from(row.try_get::<i64, _>("bytes")?).unwrap_or_default(),
        sha256: row.try_get("sha256")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
    })
}

/// What breaks a transfer off whose file was deleted meanwhile.
#[must_use]
pub fn gone() -> StoreError {
    sqlx::Error::RowNotFound.into()
}
