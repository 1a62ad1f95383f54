//! Imports and their rows.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use regia_ident::TerritoryId;
use regia_store::page::{Limit, Page};
use regia_store::{StoreError, Tx};
use serde_json::{Value as Json, json};
use sqlx::Row as _;
use sqlx::postgres::PgRow;

use crate::model::identity::{DeviceId, Identity};
use crate::model::import::{Import, ImportId, ImportRow, ImportState, Verdict};
use crate::rules::announce::Announced;

const COLUMNS: &str = "import_id, state, ignored, rows, fresh, known, refused, registered,
    created_by, created_at, started_at, finished_at";

/// Begins an import that nobody sees yet.
///
/// # Errors
/// When the database does not take it.
pub async fn begin(tx: &mut Tx, by: &str) -> Result<ImportId, StoreError> {
    let row = sqlx::query(
        "insert into acs.import (territory_id, created_by, area_id) values ($1, $2, $3)
         returning import_id",
    )
    .bind(tx.territory().0)
    .bind(by)
    .bind(tx.home().0)
    .fetch_one(tx.conn())
    .await?;
    Ok(ImportId(row.try_get("import_id")?))
}

/// Adds rows to an import that is being read, each with its sealed password if it has one, and says
/// of each whether its device is known; false when the import is gone.
///
/// # Errors
/// When the database does not take them.
pub async fn add(
    tx: &mut Tx,
    id: ImportId,
    rows: &[(Announced, Option<Vec<u8>>)],
) -> Result<bool, StoreError> {
    let touched = sqlx::query(
        "update acs.import set touched_at = now(), rows = rows + $3
         where territory_id = $1 and import_id = $2 and state = 'reading'",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(i32::try_from(rows.len()).unwrap_or(i32::MAX))
    .execute(tx.conn())
    .await?;
    if touched.rows_affected() == 0 {
        return Ok(false);
    }
    let rows: Vec<Json> = rows
        .iter()
        .map(|(row, sealed)| as_json(row, sealed.as_deref()))
        .collect();
    sqlx::query(
        "insert into acs.import_row (territory_id, import_id, line, oui, product_class,
            serial_number, tags, notes, username, sealed_password, verdict, reason, detail,
            device_id)
         select $1, $2, i.line, i.oui, i.product_class, i.serial_number, i.tags, i.notes,
            i.username, decode(i.password, 'base64'),
            case when i.reason <> '' then 'refused'
                when d.device_id is not null then 'known' else 'new' end,
            i.reason, i.detail, d.device_id
         from jsonb_to_recordset($3) as i (line int, oui text, product_class text,
            serial_number text, tags text[], notes text, username text, password text,
            reason text, detail text)
         left join acs.device d on i.reason = '' and d.oui = i.oui
            and d.product_class = i.product_class and d.serial_number = i.serial_number",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(Json::Array(rows))
    .execute(tx.conn())
    .await?;
    Ok(true)
}

fn as_json(row: &Announced, sealed: Option<&[u8]>) -> Json {
    json!({
        "line": row.line,
        "oui": row.identity.oui,
        "product_class": row.identity.product_class,
        "serial_number": row.identity.serial_number,
        "tags": row.tags,
        "notes": row.notes,
        "username": row.username,
        "password": sealed.map(|sealed| BASE64.encode(sealed)),
        "reason": row.refused.map_or("", |reason| reason.as_str()),
        "detail": row.detail,
    })
}

/// Shows an import that was read whole; false when it is gone.
///
/// # Errors
/// When the database does not take it.
pub async fn publish(tx: &mut Tx, id: ImportId, ignored: &[String]) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update acs.import i set state = 'ready', ignored = $3, fresh = c.fresh, known = c.known,
            refused = c.refused
         from (select count(*) filter (where verdict = 'new') as fresh,
                count(*) filter (where verdict = 'known') as known,
                count(*) filter (where verdict = 'refused') as refused
               from acs.import_row where territory_id = $1 and import_id = $2) c
         where i.territory_id = $1 and i.import_id = $2 and i.state = 'reading'",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(ignored)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Reads an import that was read whole.
///
/// # Errors
/// When the database does not answer.
pub async fn find(tx: &mut Tx, id: ImportId) -> Result<Option<Import>, StoreError> {
    let mut found = read(tx, Some(id), i64::MAX, 1).await?;
    Ok(found.pop())
}

/// A page of imports, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    tx: &mut Tx,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<Import>, StoreError> {
    let before = after.unwrap_or(i64::MAX);
    let imports = read(tx, None, before, limit.rows_to_read()).await?;
    Ok(Page::from_rows(imports, limit, |import| import.id.0))
}

async fn read(
    tx: &mut Tx,
    id: Option<ImportId>,
    before: i64,
    limit: i64,
) -> Result<Vec<Import>, StoreError> {
    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new("select ");
    query
        .push(COLUMNS)
        .push(" from acs.import where state <> 'reading' and territory_id = ")
        .push_bind(tx.territory().0)
        .push(" and import_id < ")
        .push_bind(before);
    if let Some(id) = id {
        query.push(" and import_id = ").push_bind(id.0);
    }
    query
        .push(" order by import_id desc limit ")
        .push_bind(limit);
    let rows = query.build().fetch_all(tx.conn()).await?;
    rows.iter().map(read_import).collect()
}

fn read_import(row: &PgRow) -> Result<Import, StoreError> {
    Ok(Import {
        id: ImportId(row.try_get("import_id")?),
        state: ImportState::parse(row.try_get("state")?),
        ignored: row.try_get("ignored")?,
        rows: row.try_get("rows")?,
        fresh: row.try_get("fresh")?,
        known: row.try_get("known")?,
        refused: row.try_get("refused")?,
        registered: row.try_get("registered")?,
        created_by: row.try_get("created_by")?,
        created_at: row.try_get("created_at")?,
        started_at: row.try_get("started_at")?,
        finished_at: row.try_get("finished_at")?,
    })
}

/// A page of an import's rows in the order of the file, of one verdict or all.
///
/// # Errors
/// When the database does not answer.
pub async fn list_rows(
    tx: &mut Tx,
    id: ImportId,
    verdict: Option<Verdict>,
    after: Option<i32>,
    limit: Limit,
) -> Result<Page<ImportRow>, StoreError> {
    let mut query = sqlx::QueryBuilder::<sqlx::Postgres>::new(
        "select line, oui, product_class, serial_number, tags, notes, username, verdict, reason,
            detail, device_id
         from acs.import_row where territory_id = ",
    );
    query
        .push_bind(tx.territory().0)
        .push(" and import_id = ")
        .push_bind(id.0)
        .push(" and line > ")
        .push_bind(after.unwrap_or(0));
    if let Some(verdict) = verdict {
        query.push(" and verdict = ").push_bind(verdict.as_str());
    }
    query
        .push(" order by line limit ")
        .push_bind(limit.rows_to_read());
    let rows = query.build().fetch_all(tx.conn()).await?;
    let rows = rows.iter().map(read_row).collect::<Result<Vec<_>, _>>()?;
    Ok(Page::from_rows(rows, limit, |row| row.line))
}

fn read_row(row: &PgRow) -> Result<ImportRow, StoreError> {
    let device: Option<i64> = row.try_get("device_id")?;
    Ok(ImportRow {
        line: row.try_get("line")?,
        oui: row.try_get("oui")?,
        product_class: row.try_get("product_class")?,
        serial_number: row.try_get("serial_number")?,
        tags: row.try_get("tags")?,
        notes: row.try_get("notes")?,
        username: row.try_get("username")?,
        verdict: Verdict::parse(row.try_get("verdict")?).unwrap_or(Verdict::Refused),
        reason: row.try_get("reason")?,
        detail: row.try_get("detail")?,
        device: device.map(DeviceId),
    })
}

/// Moves an import from one state to another; false when it is in another one.
///
/// # Errors
/// When the database does not take it.
pub async fn turn(
    tx: &mut Tx,
    id: ImportId,
    (from, to): (ImportState, ImportState),
    by: &str,
) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update acs.import set state = $4,
            started_by = case when $4 = 'applying' then $5 else started_by end,
            started_at = case when $4 = 'applying' then now() else started_at end,
            finished_at = case when $4 in ('done', 'stopped') then now() end
         where territory_id = $1 and import_id = $2 and state = $3",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(from.as_str())
    .bind(to.as_str())
    .bind(by)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Removes an import that does not run; false when it runs or is gone.
///
/// # Errors
/// When the database does not take it.
pub async fn delete(tx: &mut Tx, id: ImportId) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "delete from acs.import
         where territory_id = $1 and import_id = $2 and state <> 'applying'",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An import that this transaction applies, and its next rows.
#[derive(Debug)]
pub struct Taken {
    /// Its number.
    pub id: ImportId,
    /// Who applies it.
    pub by: String,
    /// Lines of the next rows that name new devices.
    pub lines: Vec<i32>,
}

/// Takes the oldest import that is applied and that no other node works on. Looks at all tenants;
/// from then on the transaction works for the import's.
///
/// # Errors
/// When the database does not answer.
pub async fn take(tx: &mut Tx, limit: i64) -> Result<Option<Taken>, StoreError> {
    let row = sqlx::query(
        "select territory_id, import_id, position, started_by from acs.import
         where state = 'applying'
         order by import_id limit 1 for update skip locked",
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    tx.turn_to(TerritoryId(row.try_get("territory_id")?));
    let id = ImportId(row.try_get("import_id")?);
    let lines = sqlx::query(
        "select line from acs.import_row
         where territory_id = $1 and import_id = $2 and verdict = 'new' and line > $3
         order by line limit $4",
    )
    .bind(tx.territory().0)
    .bind(id.0)
    .bind(row.try_get::<i32, _>("position")?)
    .bind(limit)
    .fetch_all(tx.conn())
    .await?;
    Ok(Some(Taken {
        id,
        by: row.try_get("started_by")?,
        lines: lines
            .iter()
            .map(|row| row.try_get("line"))
            .collect::<Result<_, _>>()?,
    }))
}

/// A device that an import made.
#[derive(Debug)]
pub struct Made {
    /// Its number.
    pub device: DeviceId,
    /// The line that made it.
    pub line: i32,
    /// Who it is.
    pub identity: Identity,
    /// User name of its own credential; empty for the usual one.
    pub username: String,
    /// Password of its own credential, sealed for the import.
    pub sealed_password: Option<Vec<u8>>,
}

/// Makes the devices of these lines. One that exists after all stays as it is, and its row says so.
///
/// # Errors
/// When the database does not take them.
pub async fn register(tx: &mut Tx, taken: &Taken) -> Result<Vec<Made>, StoreError> {
    let rows = sqlx::query(
        "with made as (
            insert into acs.device (territory_id, oui, product_class, serial_number, manufacturer,
                standing, tags, notes, area_id)
            select r.territory_id, r.oui, r.product_class, r.serial_number, '', 'expected', r.tags,
                r.notes, i.area_id
            from acs.import_row r join acs.import i using (territory_id, import_id)
            where r.territory_id = $1 and r.import_id = $2 and r.line = any($3)
            order by r.line
            on conflict (oui, product_class, serial_number) do nothing
            returning device_id, oui, product_class, serial_number)
         update acs.import_row r set verdict = 'registered', device_id = made.device_id
         from made
         where r.territory_id = $1 and r.import_id = $2 and r.line = any($3) and r.oui = made.oui
           and r.product_class = made.product_class and r.serial_number = made.serial_number
         returning made.device_id, r.line, r.oui, r.product_class, r.serial_number, r.username,
            r.sealed_password",
    )
    .bind(tx.territory().0)
    .bind(taken.id.0)
    .bind(&taken.lines)
    .fetch_all(tx.conn())
    .await?;
    sqlx::query(
        "update acs.import_row r set verdict = 'known', sealed_password = null,
            device_id = (select d.device_id from acs.device d
                where d.territory_id = $1 and d.oui = r.oui and d.product_class = r.product_class and d.serial_number = r.serial_number)
         where r.territory_id = $1 and r.import_id = $2 and r.line = any($3)
           and r.verdict = 'new'",
    )
    .bind(tx.territory().0)
    .bind(taken.id.0)
    .bind(&taken.lines)
    .execute(tx.conn())
    .await?;
    rows.iter().map(read_made).collect()
}

fn read_made(row: &PgRow) -> Result<Made, StoreError> {
    Ok(Made {
        device: DeviceId(row.try_get("device_id")?),
        line: row.try_get("line")?,
        identity: Identity {
            oui: row.try_get("oui")?,
            product_class: row.try_get("product_class")?,
            serial_number: row.try_get("serial_number")?,
        },
        username: row.try_get("username")?,
        sealed_password: row.try_get("sealed_password")?,
    })
}

/// Notes how far an import is; its passwords up to there are forgotten.
///
/// # Errors
/// When the database does not take it.
pub async fn note(tx: &mut Tx, taken: &Taken, registered: usize) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.import set position = $3, registered = registered + $4, touched_at = now()
         where territory_id = $1 and import_id = $2",
    )
    .bind(tx.territory().0)
    .bind(taken.id.0)
    .bind(taken.lines.last())
    .bind(i32::try_from(registered).unwrap_or(i32::MAX))
    .execute(tx.conn())
    .await?;
    sqlx::query(
        "update acs.import_row set sealed_password = null
         where territory_id = $1 and import_id = $2 and line = any($3)",
    )
    .bind(tx.territory().0)
    .bind(taken.id.0)
    .bind(&taken.lines)
    .execute(tx.conn())
    .await?;
    Ok(())
}

/// Deletes up to `limit` imports whose file broke off an hour ago, that were not applied within a
/// day, or that ended before the retention; how many. Runs over all territories.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(tx: &mut Tx, retention_days: u32, limit: i64) -> Result<u64, StoreError> {
    let done = sqlx::query(
        "delete from acs.import i using (
            select territory_id, import_id from acs.import
            where (state = 'reading' and touched_at < now() - interval '1 hour')
               or (state = 'ready' and touched_at < now() - interval '1 day')
               or finished_at < now() - make_interval(days => $1)
            order by import_id limit $2 for update skip locked) old
         where i.territory_id = old.territory_id and i.import_id = old.import_id",
    )
    .bind(i32::try_from(retention_days).unwrap_or(i32::MAX))
    .bind(limit)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}
