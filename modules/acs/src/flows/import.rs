//! Devices announced by a file: read into rows that say what they will do, then applied.

use std::collections::HashMap;

use axum::body::Body;
use futures_util::StreamExt as _;
use regia_access::Principal;
use regia_access::audit::{self, Entry};
use regia_store::page::{Limit, Page};
use serde_json::json;

use crate::context::Context;
use crate::fault::AcsError;
use crate::model::identity::Identity;
use crate::model::import::{
    Import, ImportId, ImportRow, ImportState, MAX_BYTES, MAX_ROWS, Reason, Verdict,
};
use crate::permissions;
use crate::rules::announce::{Announced, Columns, read};
use crate::rules::sheet::{Record, Sheet};
use crate::store::import;

mod round;

pub(crate) use round::round;

/// Rows that are written in one transaction while a file arrives.
const BATCH: usize = 500;

/// Context under which the password of a row is sealed until its device is registered.
fn seal_context(id: ImportId, line: i64) -> Vec<u8> {
    format!("import {id} {line}").into_bytes()
}

/// Reads a file, a piece in memory at a time; nobody sees its rows before it is whole.
///
/// # Errors
/// When it is no table of devices in UTF-8, has too many rows or bytes, breaks off, or the database
/// does not take it.
pub async fn upload(
    context: &Context,
    principal: &Principal,
    body: Body,
) -> Result<ImportId, AcsError> {
    let mut tx = context.begin(principal, &permissions::IMPORT_RUN).await?;
    let id = import::begin(&mut tx, &principal.to_string()).await?;
    tx.commit().await?;
    let mut reading = Reading::new(context, principal, id);
    let read = async {
        reading.take(body).await?;
        let mut tx = context.begin(principal, &permissions::IMPORT_RUN).await?;
        if !import::publish(&mut tx, id, &reading.ignored()).await? {
            return Err(AcsError::Interrupted);
        }
        let mut entry = Entry::new("acs.import.upload", format!("import:{id}"));
        entry.after = Some(json!({ "rows": reading.count }));
        audit::record(&mut tx, principal, entry).await?;
        Ok(tx.commit().await?)
    };
    if let Err(error) = read.await {
        // What is not removed here is removed by housekeeping.
        if let Ok(mut tx) = context.begin(principal, &permissions::IMPORT_RUN).await
            && import::delete(&mut tx, id).await.is_ok()
        {
            drop(tx.commit().await);
        }
        return Err(error);
    }
    Ok(id)
}

/// A file on its way into rows.
struct Reading<'a> {
    context: &'a Context,
    principal: &'a Principal,
    id: ImportId,
    columns: Option<Columns>,
    /// The line that first named a device.
    seen: HashMap<Identity, u32>,
    waiting: Vec<(Announced, Option<Vec<u8>>)>,
    count: usize,
}

impl<'a> Reading<'a> {
    fn new(context: &'a Context, principal: &'a Principal, id: ImportId) -> Self {
        Self {
            context,
            principal,
            id,
            columns: None,
            seen: HashMap::new(),
            waiting: Vec::new(),
            count: 0,
        }
    }

    fn ignored(&self) -> Vec<String> {
        let columns = self.columns.as_ref();
        columns.map_or_else(Vec::new, |columns| columns.ignored.clone())
    }

    async fn take(&mut self, body: Body) -> Result<(), AcsError> {
        let mut stream = body.into_data_stream();
        let (mut sheet, mut records, mut bytes) = (Sheet::default(), Vec::new(), 0_u64);
        while let Some(piece) = stream.next().await {
            let piece = piece.map_err(|_| AcsError::Interrupted)?;
            bytes = bytes.saturating_add(piece.len().try_into().unwrap_or(u64::MAX));
            if bytes > MAX_BYTES {
                return Err(AcsError::FileTooLarge(MAX_BYTES));
            }
            sheet.feed(&piece, &mut records)?;
            self.note(records.drain(..)).await?;
        }
        sheet.finish(&mut records)?;
        self.note(records.drain(..)).await?;
        if self.count == 0 {
            return Err(AcsError::Import("the file has no rows".to_owned()));
        }
        self.write().await
    }

    async fn note(&mut self, records: impl Iterator<Item = Record>) -> Result<(), AcsError> {
        for record in records {
            let Some(columns) = &self.columns else {
                self.columns = Some(Columns::of(&record)?);
                continue;
            };
            let row = read(columns, &record);
            self.add(row)?;
            if self.waiting.len() >= BATCH {
                self.write().await?;
            }
        }
        Ok(())
    }

    fn add(&mut self, mut row: Announced) -> Result<(), AcsError> {
        self.count += 1;
        if self.count > MAX_ROWS {
            let reason = format!("it has more than {MAX_ROWS} rows; cut it into several files");
            return Err(AcsError::Import(reason));
        }
        if row.refused.is_none() {
            let first = *self.seen.entry(row.identity.clone()).or_insert(row.line);
            if first != row.line {
                row.refused = Some(Reason::Twice);
                row.detail = first.to_string();
                row.password.clear();
            }
        }
        let context = self.context;
        let sealed = (!row.password.is_empty()).then(|| {
            let place = seal_context(self.id, row.line.into());
            let key = &context.credential_key;
            key.seal(row.password.as_bytes(), &place, &context.chance)
        });
        self.waiting.push((row, sealed));
        Ok(())
    }

    async fn write(&mut self) -> Result<(), AcsError> {
        let rows = std::mem::take(&mut self.waiting);
        let mut tx = self
            .context
            .begin(self.principal, &permissions::IMPORT_RUN)
            .await?;
        if !import::add(&mut tx, self.id, &rows).await? {
            return Err(AcsError::Interrupted);
        }
        Ok(tx.commit().await?)
    }
}

/// Begins to register the new devices of an import.
///
/// # Errors
/// When there is none of that number, it does not wait for this, or it names no new device.
pub async fn apply(context: &Context, principal: &Principal, id: ImportId) -> Result<(), AcsError> {
    let mut tx = context.begin(principal, &permissions::IMPORT_RUN).await?;
    let found = import::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoImport(id))?;
    let turn = (ImportState::Ready, ImportState::Applying);
    let by = principal.to_string();
    if found.fresh == 0 || !import::turn(&mut tx, id, turn, &by).await? {
        return Err(AcsError::ImportState(id, "cannot be applied"));
    }
    let entry = Entry {
        before: Some(json!({ "state": found.state })),
        after: Some(json!({ "state": ImportState::Applying, "devices": found.fresh })),
        ..Entry::new("acs.import.apply", format!("import:{id}"))
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    // A first round at once. When it fails, the background makes it up.
    if let Err(error) = round(context).await {
        let fault = regia_fault::Fault::from(error);
        tracing::warn!(error = fault.chain(), "an import is carried on later");
    }
    Ok(())
}

/// Stops an import; the devices registered until then stay.
///
/// # Errors
/// When there is none of that number, or it does not run.
pub async fn stop(context: &Context, principal: &Principal, id: ImportId) -> Result<(), AcsError> {
    let mut tx = context.begin(principal, &permissions::IMPORT_RUN).await?;
    let before = import::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoImport(id))?;
    let turn = (ImportState::Applying, ImportState::Stopped);
    if !import::turn(&mut tx, id, turn, "").await? {
        return Err(AcsError::ImportState(id, "does not run"));
    }
    let entry = Entry {
        before: Some(json!({ "state": turn.0, "registered": before.registered })),
        after: Some(json!({ "state": turn.1 })),
        ..Entry::new("acs.import.stop", format!("import:{id}"))
    };
    audit::record(&mut tx, principal, entry).await?;
    Ok(tx.commit().await?)
}

/// Removes an import with its rows; the devices that it registered stay.
///
/// # Errors
/// When there is none of that number, or it runs.
pub async fn discard(
    context: &Context,
    principal: &Principal,
    id: ImportId,
) -> Result<(), AcsError> {
    let mut tx = context.begin(principal, &permissions::IMPORT_RUN).await?;
    let before = import::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoImport(id))?;
    if !import::delete(&mut tx, id).await? {
        return Err(AcsError::ImportState(id, "runs; stop it first"));
    }
    let entry = Entry {
        before: Some(json!({ "state": before.state, "rows": before.rows })),
        ..Entry::new("acs.import.discard", format!("import:{id}"))
    };
    audit::record(&mut tx, principal, entry).await?;
    Ok(tx.commit().await?)
}

/// One import.
///
/// # Errors
/// When there is none of that number.
pub async fn get(
    context: &Context,
    principal: &Principal,
    id: ImportId,
) -> Result<Import, AcsError> {
    let mut tx = context.begin(principal, &permissions::IMPORT_READ).await?;
    let found = import::find(&mut tx, id).await?;
    tx.commit().await?;
    found.ok_or(AcsError::NoImport(id))
}

/// A page of imports, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    context: &Context,
    principal: &Principal,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<Import>, AcsError> {
    let mut tx = context.begin(principal, &permissions::IMPORT_READ).await?;
    let page = import::list(&mut tx, after, limit).await?;
    tx.commit().await?;
    Ok(page)
}

/// Which rows of an import.
#[derive(Debug, Clone, Copy, Default)]
pub struct Part {
    /// Of one verdict only.
    pub verdict: Option<Verdict>,
    /// The last line of the page before.
    pub after: Option<i32>,
    /// Rows.
    pub limit: Limit,
}

/// A page of an import's rows, in the order of the file.
///
/// # Errors
/// When there is none of that number.
pub async fn rows(
    context: &Context,
    principal: &Principal,
    id: ImportId,
    part: Part,
) -> Result<Page<ImportRow>, AcsError> {
    let mut tx = context.begin(principal, &permissions::IMPORT_READ).await?;
    import::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoImport(id))?;
    let page = import::list_rows(&mut tx, id, part.verdict, part.after, part.limit).await?;
    tx.commit().await?;
    Ok(page)
}

#[cfg(test)]
mod tests;
