//! Files: received in chunks, shown once they are whole, read in chunks.

use axum::body::{Body, Bytes};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use regia_access::Principal;
use regia_access::audit::{self, Entry};
use regia_ident::TerritoryId;
use regia_store::page::{Limit, Page};
use regia_store::{Store, StoreError};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use crate::context::Context;
use crate::fault::AcsError;
use crate::model::file::{CHUNK_BYTES, Draft, File, FileId};
use crate::permissions;
use crate::store::file::{self, FileFilter, Lock};

/// A file whose content is stored, which nobody sees yet.
#[derive(Debug)]
pub struct Received {
    /// Its number.
    pub file: FileId,
    /// How long it is.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: [u8; 32],
}

/// Stores a file that an operator sends.
///
/// # Errors
/// When a field is wrong, the body is empty, too large or cut off, or the database does not take it.
pub async fn store(
    context: &Context,
    principal: &Principal,
    draft: &Draft,
    body: Body,
) -> Result<File, AcsError> {
    draft
        .check()
        .map_err(|(field, reason)| AcsError::Field(field, reason))?;
    let tenant = principal.scope(&permissions::FILE_WRITE)?.tenant;
    let sender = principal.to_string();
    let received = receive(context, tenant, (draft, &sender), body).await?;
    let mut tx = context.begin(principal, &permissions::FILE_WRITE).await?;
    let Received {
        file: id,
        bytes,
        sha256,
    } = received;
    if !file::publish(&mut tx, id, bytes, &sha256).await? {
        return Err(AcsError::Interrupted);
    }
    let stored = file::find(&mut tx, id, Lock::None)
        .await?
        .ok_or(AcsError::NoFile(id))?;
    let after = json!({ "name": stored.draft.name, "bytes": bytes, "sha256": stored.sha256 });
    let entry = Entry {
        action: "acs.file.create",
        object: format!("file:{id}").into(),
        before: None,
        after: Some(after),
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    Ok(stored)
}

/// Stores the content of a file, a chunk in memory at a time and a transaction each: nothing waits
/// for a slow sender. What is cut off here is removed at once, what dies with the process by
/// housekeeping.
///
/// # Errors
/// When the body is empty, too large or cut off, or the database does not take it.
pub async fn receive(
    context: &Context,
    tenant: TerritoryId,
    (draft, created_by): (&Draft, &str),
    body: Body,
) -> Result<Received, AcsError> {
    let mut tx = context.store.ingest(tenant).await?;
    let id = file::begin(&mut tx, draft, created_by).await?;
    tx.commit().await?;
    match receive_chunks(context, (tenant, id), body).await {
        Ok((bytes, sha256)) => Ok(Received {
            file: id,
            bytes,
            sha256,
        }),
        Err(error) => {
            discard(context, tenant, id).await;
            Err(error)
        }
    }
}

async fn receive_chunks(
    context: &Context,
    file: (TerritoryId, FileId),
    body: Body,
) -> Result<(u64, [u8; 32]), AcsError> {
    let most = context.settings.files.max_bytes;
    let mut stream = body.into_data_stream();
    let mut digest = Sha256::new();
    let mut waiting: Vec<u8> = Vec::with_capacity(CHUNK_BYTES);
    let (mut bytes, mut chunk_no) = (0_u64, 0_i32);
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| AcsError::Interrupted)?;
        bytes = bytes.saturating_add(piece.len().try_into().unwrap_or(u64::MAX));
        if bytes > most {
            return Err(AcsError::FileTooLarge(most));
        }
        digest.update(&piece);
        waiting.extend_from_slice(&piece);
        while waiting.len() >= CHUNK_BYTES {
            let rest = waiting.split_off(CHUNK_BYTES);
            keep(context, file, chunk_no, &waiting).await?;
            waiting = rest;
            chunk_no = chunk_no.saturating_add(1);
        }
    }
    if bytes == 0 {
        return Err(AcsError::Field("body", "a file has at least one byte"));
    }
    if !waiting.is_empty() {
        keep(context, file, chunk_no, &waiting).await?;
    }
    Ok((bytes, digest.finalize().into()))
}

async fn keep(
    context: &Context,
    (tenant, id): (TerritoryId, FileId),
    chunk_no: i32,
    body: &[u8],
) -> Result<(), AcsError> {
    let mut tx = context.store.ingest(tenant).await?;
    if !file::add_chunk(&mut tx, id, chunk_no, body).await? {
        return Err(AcsError::Interrupted);
    }
    Ok(tx.commit().await?)
}

/// Removes what was received of a file.
pub async fn discard(context: &Context, tenant: TerritoryId, id: FileId) {
    let remove = async {
        let mut tx = context.store.ingest(tenant).await?;
        file::delete(&mut tx, id).await?;
        tx.commit().await
    };
    let removed: Result<(), StoreError> = remove.await;
    if let Err(error) = removed {
        let fault = regia_fault::Fault::from(error);
        tracing::warn!(error = fault.chain(), acs.file = %id, "housekeeping will remove a file");
    }
}

/// A page of files, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    context: &Context,
    principal: &Principal,
    filter: &FileFilter,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<File>, AcsError> {
    let mut tx = context.begin(principal, &permissions::FILE_READ).await?;
    let page = file::list(&mut tx, filter, after, limit).await?;
    tx.commit().await?;
    Ok(page)
}

/// How many files there are, counted up to `most`.
///
/// # Errors
/// When the database does not answer.
pub async fn count(
    context: &Context,
    principal: &Principal,
    filter: &FileFilter,
    most: i64,
) -> Result<i64, AcsError> {
    let mut tx = context.begin(principal, &permissions::FILE_READ).await?;
    let count = file::count(&mut tx, filter, most).await?;
    tx.commit().await?;
    Ok(count)
}

/// Whom a file fits from now on; what is absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Fitting {
    /// The software version that a device has after it; empty when it makes none.
    pub target_version: Option<String>,
    /// The OUI of the devices that it fits; empty fits all.
    pub oui: Option<String>,
    /// The product classes that it fits; none fits all.
    pub product_classes: Option<Vec<String>>,
    /// The hardware versions that it fits; none fits all.
    pub hardware_versions: Option<Vec<String>>,
}

/// Changes whom a file fits. A transfer that is under way keeps the version that it was sent with.
///
/// # Errors
/// When there is no such file, a device sent it, or a field is wrong.
pub async fn change(
    context: &Context,
    principal: &Principal,
    id: FileId,
    fitting: Fitting,
) -> Result<File, AcsError> {
    let mut tx = context.begin(principal, &permissions::FILE_WRITE).await?;
    let mut found = file::find(&mut tx, id, Lock::Change)
        .await?
        .ok_or(AcsError::NoFile(id))?;
    if found.draft.device.is_some() {
        let reason = "a file that a device sent is not sent to devices";
        return Err(AcsError::Field("file", reason));
    }
    let before = told(&found.draft);
    let draft = &mut found.draft;
    let Fitting {
        target_version,
        oui,
        product_classes,
        hardware_versions,
    } = fitting;
    draft.target_version = target_version.unwrap_or_else(|| draft.target_version.clone());
    draft.oui = oui.map_or_else(|| draft.oui.clone(), |oui| oui.to_ascii_uppercase());
    draft.product_classes = product_classes.unwrap_or_else(|| draft.product_classes.clone());
    draft.hardware_versions = hardware_versions.unwrap_or_else(|| draft.hardware_versions.clone());
    let checked = draft.check();
    checked.map_err(|(field, reason)| AcsError::Field(field, reason))?;
    file::change(&mut tx, id, draft).await?;
    let entry = Entry {
        action: "acs.file.change",
        object: format!("file:{id}").into(),
        before: Some(before),
        after: Some(told(draft)),
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    Ok(found)
}

/// Whom a file fits, for the audit trail.
fn told(draft: &Draft) -> Json {
    json!({
        "version": draft.target_version,
        "oui": draft.oui,
        "product_classes": draft.product_classes,
        "hardware_versions": draft.hardware_versions,
    })
}

/// A file and its content for an operator; that they read it is on record before the first byte.
///
/// # Errors
/// When there is no such file.
pub async fn open(
    context: &Context,
    principal: &Principal,
    id: FileId,
) -> Result<(File, impl Stream<Item = Result<Bytes, StoreError>> + use<>), AcsError> {
    let mut tx = context.begin(principal, &permissions::FILE_READ).await?;
    let found = file::find(&mut tx, id, Lock::None)
        .await?
        .ok_or(AcsError::NoFile(id))?;
    let entry = Entry {
        action: "acs.file.read",
        object: format!("file:{id}").into(),
        before: None,
        after: Some(json!({ "name": found.draft.name, "sha256": found.sha256 })),
    };
    audit::record(&mut tx, principal, entry).await?;
    let territory = tx.territory();
    tx.commit().await?;
    let whole = (0, found.bytes.saturating_sub(1));
    let content = read(context.store.clone(), territory, id, whole);
    Ok((found, content))
}

/// One file without its content.
///
/// # Errors
/// When there is no such file.
pub async fn get(context: &Context, principal: &Principal, id: FileId) -> Result<File, AcsError> {
    let mut tx = context.begin(principal, &permissions::FILE_READ).await?;
    let found = file::find(&mut tx, id, Lock::None).await?;
    tx.commit().await?;
    found.ok_or(AcsError::NoFile(id))
}

/// Whether an open task wants a file, so that it cannot be deleted.
///
/// # Errors
/// When the database does not answer.
pub async fn is_wanted(
    context: &Context,
    principal: &Principal,
    id: FileId,
) -> Result<bool, AcsError> {
    let mut tx = context.begin(principal, &permissions::FILE_READ).await?;
    let wanted = file::is_wanted(&mut tx, id).await?;
    tx.commit().await?;
    Ok(wanted)
}

/// Deletes a file.
///
/// # Errors
/// When there is no such file or an open task wants it.
pub async fn delete(context: &Context, principal: &Principal, id: FileId) -> Result<(), AcsError> {
    let mut tx = context.begin(principal, &permissions::FILE_DELETE).await?;
    let found = file::find(&mut tx, id, Lock::Change)
        .await?
        .ok_or(AcsError::NoFile(id))?;
    if file::is_wanted(&mut tx, id).await? {
        return Err(AcsError::FileInUse(id));
    }
    file::delete(&mut tx, id).await?;
    let entry = Entry {
        action: "acs.file.delete",
        object: format!("file:{id}").into(),
        before: Some(json!({ "name": found.draft.name, "sha256": found.sha256 })),
        after: None,
    };
    audit::record(&mut tx, principal, entry).await?;
    Ok(tx.commit().await?)
}

/// The bytes `first..=last` of a file, a chunk in memory at a time.
pub fn read(
    store: Store,
    territory: TerritoryId,
    file: FileId,
    (first, last): (u64, u64),
) -> impl Stream<Item = Result<Bytes, StoreError>> {
    let next = move |at: u64| {
        let store = store.clone();
        async move {
            if at > last {
                return Ok(None);
            }
            let chunk_no = i32::try_from(at / CHUNK_LENGTH).unwrap_or(i32::MAX);
            let mut tx = store.begin(territory).await?;
            let body = file::chunk(&mut tx, file, chunk_no).await?;
            tx.commit().await?;
            let begins_at = at - at % CHUNK_LENGTH;
            let from = usize::try_from(at - begins_at).unwrap_or(usize::MAX);
            let to = usize::try_from(last - begins_at + 1).unwrap_or(usize::MAX);
            let mut body = Bytes::from(body.unwrap_or_default());
            body.truncate(to);
            if from >= body.len() {
                // The file was deleted meanwhile: the transfer breaks off.
                return Err(file::gone());
            }
            let piece = body.split_off(from);
            let reached = at.saturating_add(piece.len().try_into().unwrap_or(u64::MAX));
            Ok(Some((piece, reached)))
        }
    };
    stream::try_unfold(first, next).into_stream()
}

const CHUNK_LENGTH: u64 = CHUNK_BYTES as u64;
