//! One command for many devices: begun here, carried on in the background.

use regia_access::Principal;
use regia_access::audit::{self, Entry};
use regia_store::page::{Limit, Page};
use serde_json::{Value as Json, json};

use super::many;
use super::operate::MAX_LIFETIME_SECONDS;
use crate::context::Context;
use crate::fault::AcsError;
use crate::model::bulk::{Bulk, BulkId, BulkState, MAX_DEVICES, Selection, suits};
use crate::model::command::Command;
use crate::model::device::Device;
use crate::model::identity::DeviceId;
use crate::permissions;
use crate::rules::secrecy::MASK;
use crate::store::bulk::{self, NewBulk};
use crate::store::device::{self, DeviceFilter};

mod round;

pub(crate) use round::round;

/// Context under which a bulk's command is sealed until every device has its task.
const SEAL_CONTEXT: &[u8] = b"bulk command";

/// What an operator wants of many devices.
#[derive(Debug, Clone)]
pub struct Wish {
    /// What to do.
    pub command: Command,
    /// On which devices.
    pub selection: Selection<DeviceFilter>,
    /// How many devices the operator confirmed.
    pub expected: Option<usize>,
    /// Seconds for which each task waits for its device.
    pub lifetime_seconds: i64,
}

/// Begins a bulk; the first devices have their tasks when this returns.
///
/// # Errors
/// When the command is wrong or not for many devices, or the selection is empty, too large, or not
/// what was confirmed.
pub async fn begin(
    context: &Context,
    principal: &Principal,
    wish: Wish,
) -> Result<BulkId, AcsError> {
    let Wish {
        command,
        selection,
        expected,
        lifetime_seconds,
    } = wish;
    principal.scope(&permissions::BULK_RUN)?;
    check(&command)?;
    if !(1..=MAX_LIFETIME_SECONDS).contains(&lifetime_seconds) {
        return Err(AcsError::Field(
            "lifetime_seconds",
            "a task waits 1 second to 90 days",
        ));
    }
    let mut targets = targets(context, principal, selection).await?;
    // What somebody may see is more than what they may do this to.
    for permission in [&permissions::BULK_RUN, permissions::of(&command)] {
        let mut tx = context.begin(principal, permission).await?;
        targets = device::among(&mut tx, &targets).await?;
        tx.commit().await?;
    }
    if targets.is_empty() {
        return Err(AcsError::Field(
            "selection",
            "none of these devices is yours to command",
        ));
    }
    if let Some(expected) = expected.filter(|expected| *expected != targets.len()) {
        return Err(AcsError::SelectionChanged {
            expected,
            found: targets.len(),
        });
    }
    let plain = serde_json::to_vec(&command).unwrap_or_default();
    let name = principal.to_string();
    let new = NewBulk {
        kind: command.name(),
        shown: &shown(context, &command),
        sealed: &context
            .credential_key
            .seal(&plain, SEAL_CONTEXT, &context.chance),
        targets: &targets,
        lifetime_seconds,
        created_by: &name,
    };
    let mut tx = context.begin(principal, &permissions::BULK_RUN).await?;
    let id = bulk::insert(&mut tx, &new).await?;
    let mut entry = Entry::new("acs.bulk.begin", format!("bulk:{id}"));
    entry.after = Some(json!({ "devices": targets.len(), "command": new.shown }));
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    carry_on(context).await;
    Ok(id)
}

/// Checks that a command may be given to many devices.
///
/// # Errors
/// When it is wrong, or not one of those.
pub fn check(command: &Command) -> Result<(), AcsError> {
    command.check().map_err(AcsError::Command)?;
    if suits(command) {
        return Ok(());
    }
    Err(AcsError::Field(
        "command",
        "many devices at a time can be refreshed, read, set or restarted",
    ))
}

/// The devices that are meant, in order, each once.
///
/// # Errors
/// When there are none or too many.
pub async fn targets(
    context: &Context,
    principal: &Principal,
    selection: Selection<DeviceFilter>,
) -> Result<Vec<DeviceId>, AcsError> {
    let mut targets = many::numbers(context, principal, selection, MAX_DEVICES).await?;
    if (1..=MAX_DEVICES).contains(&targets.len()) {
        targets = many::seen(context, principal, &targets).await?;
        if !targets.is_empty() {
            return Ok(targets);
        }
    }
    Err(AcsError::Field("devices", "select 1 to 10,000 devices"))
}

/// The first of the devices that are meant.
///
/// # Errors
/// When the database does not answer.
pub async fn sample(
    context: &Context,
    principal: &Principal,
    targets: &[DeviceId],
) -> Result<Vec<Device>, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_READ).await?;
    let mut devices = Vec::with_capacity(targets.len());
    for id in targets {
        devices.extend(device::find(&mut tx, *id).await?);
    }
    tx.commit().await?;
    Ok(devices)
}

/// Stops a bulk: what has not been sent is cancelled, what is under way ends by itself.
///
/// # Errors
/// When there is none of that number, or it was stopped before.
pub async fn stop(context: &Context, principal: &Principal, id: BulkId) -> Result<(), AcsError> {
    let mut tx = context.begin(principal, &permissions::BULK_RUN).await?;
    let before = bulk::find(&mut tx, id).await?.ok_or(AcsError::NoBulk(id))?;
    if !bulk::stop(&mut tx, id, &principal.to_string()).await? {
        return Err(AcsError::BulkState(id, "was stopped already"));
    }
    let entry = Entry {
        before: Some(json!({ "state": before.state() })),
        after: Some(json!({ "state": BulkState::Stopped })),
        ..Entry::new("acs.bulk.stop", format!("bulk:{id}"))
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    carry_on(context).await;
    Ok(())
}

/// Queues the tasks of a bulk again that failed, expired or were cancelled.
///
/// # Errors
/// When there is none of that number, or nothing to retry.
pub async fn retry(context: &Context, principal: &Principal, id: BulkId) -> Result<(), AcsError> {
    let mut tx = context.begin(principal, &permissions::BULK_RUN).await?;
    let found = bulk::find(&mut tx, id).await?.ok_or(AcsError::NoBulk(id))?;
    if found.tally.retriable() == 0 && found.placed == found.selected {
        return Err(AcsError::BulkState(id, "has nothing to retry"));
    }
    bulk::retry(&mut tx, id).await?;
    let entry = Entry {
        before: Some(json!({ "state": found.state() })),
        after: Some(json!({ "state": BulkState::Running, "tasks": found.tally.retriable() })),
        ..Entry::new("acs.bulk.retry", format!("bulk:{id}"))
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    carry_on(context).await;
    Ok(())
}

/// One bulk with its tally.
///
/// # Errors
/// When there is none of that number.
pub async fn get(context: &Context, principal: &Principal, id: BulkId) -> Result<Bulk, AcsError> {
    let mut tx = context.begin(principal, &permissions::BULK_READ).await?;
    let found = bulk::find(&mut tx, id).await?;
    tx.commit().await?;
    found.ok_or(AcsError::NoBulk(id))
}

/// A page of bulks, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(
    context: &Context,
    principal: &Principal,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<Bulk>, AcsError> {
    let mut tx = context.begin(principal, &permissions::BULK_READ).await?;
    let page = bulk::list(&mut tx, after, limit).await?;
    tx.commit().await?;
    Ok(page)
}

/// The command of a bulk; nothing when its key is gone.
#[must_use]
pub fn open(context: &Context, sealed: &[u8]) -> Option<Command> {
    let plain = context.credential_key.open(sealed, SEAL_CONTEXT).ok()?;
    serde_json::from_slice(&plain).ok()
}

/// A command as it may be shown.
fn shown(context: &Context, command: &Command) -> Json {
    let mut shown = command.clone();
    if let Command::Set { values } = &mut shown {
        for value in values {
            if context.secrecy.covers(&value.path) {
                MASK.clone_into(&mut value.value);
            }
        }
    }
    serde_json::to_value(shown).unwrap_or_default()
}

/// A first round at once. When it fails, the background makes it up.
async fn carry_on(context: &Context) {
    if let Err(error) = round(context).await {
        let fault = regia_fault::Fault::from(error);
        tracing::warn!(error = fault.chain(), "a bulk is carried on later");
    }
}

#[cfg(test)]
mod tests;
