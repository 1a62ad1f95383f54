//! What operators do with devices and tasks. Each change and its audit line are one transaction.

use regia_access::Principal;
use regia_access::audit::{self, Entry};
use regia_store::Tx;
use serde_json::{Value as Json, json};

use super::{rpc, transfer};
use crate::context::{Context, WORK_CHANNEL};
use crate::fault::AcsError;
use crate::model::command::{Assignment, Command};
use crate::model::device::Standing;
use crate::model::identity::DeviceId;
use crate::model::note::{notes_fit, tags_fit};
use crate::model::task::{Task, TaskId, TaskState};
use crate::permissions;
use crate::store::device::Change;
use crate::store::task::Ending;
use crate::store::{device, task, trace, tree};

/// Seconds for which a task waits for its device, unless said otherwise: a week.
pub const DEFAULT_LIFETIME_SECONDS: i64 = 7 * 24 * 3_600;

/// Seconds for which a task may wait at most.
pub const MAX_LIFETIME_SECONDS: i64 = 90 * 24 * 3_600;

/// Queues a command for one device and has it called in.
///
/// # Errors
/// When the command is wrong or there is no such device in service.
pub async fn queue(
    context: &Context,
    principal: &Principal,
    device: DeviceId,
    command: Command,
    lifetime_seconds: i64,
) -> Result<TaskId, AcsError> {
    command.check().map_err(AcsError::Command)?;
    if !(1..=MAX_LIFETIME_SECONDS).contains(&lifetime_seconds) {
        return Err(AcsError::Field(
            "lifetime_seconds",
            "a task waits 1 second to 90 days",
        ));
    }
    let command = sealed(context, device, command);
    let mut tx = context
        .begin_on(principal, permissions::of(&command), device)
        .await?;
    transfer::check(&mut tx, device, &command).await?;
    let name = principal.to_string();
    let made = task::enqueue(&mut tx, &[device], &command, &name, lifetime_seconds).await?;
    let Some((task, _)) = made.first().copied() else {
        return Err(AcsError::NoDevice(device));
    };
    let entry = Entry {
        action: "acs.task.create",
        object: format!("device:{device}").into(),
        before: None,
        after: Some(json!({ "task": task, "command": masked(&command) })),
    };
    audit::record(&mut tx, principal, entry).await?;
    task::tell_nodes(&mut tx, WORK_CHANNEL, &[device]).await?;
    let territory = tx.territory();
    tx.commit().await?;
    context.announce(device);
    context.call(territory, device);
    Ok(task)
}

/// Seals the secrets of a command before it is stored.
#[must_use]
pub fn sealed(context: &Context, device: DeviceId, command: Command) -> Command {
    let values = match command {
        Command::Set { values } => values,
        Command::Rpc {
            method, content, ..
        } => return rpc::sealed(context, device, method, &content),
        other => return other,
    };
    let seal = |value: Assignment| {
        if !context.secrecy.covers(&value.path) {
            return value;
        }
        let text = context.secrecy.seal(device, &value.path, &value.value);
        Assignment {
            value: text,
            sealed: true,
            ..value
        }
    };
    Command::Set {
        values: values.into_iter().map(seal).collect(),
    }
}

/// A command as it may be shown: secrets masked.
#[must_use]
pub fn masked(command: &Command) -> Json {
    let mut shown = command.clone();
    if let Command::Rpc { sealed, .. } = &mut shown {
        *sealed = None;
    }
    if let Command::Set { values } = &mut shown {
        for value in values.iter_mut().filter(|value| value.sealed) {
            crate::rules::secrecy::MASK.clone_into(&mut value.value);
            value.sealed = false;
        }
    }
    serde_json::to_value(shown).unwrap_or_default()
}

/// Takes a queued task back.
///
/// # Errors
/// When there is no such task or it is under way or over.
pub async fn cancel(context: &Context, principal: &Principal, id: TaskId) -> Result<(), AcsError> {
    let mut tx = context.begin_on_task(principal, id).await?;
    let found = task::find_locked(&mut tx, id)
        .await?
        .ok_or(AcsError::NoTask(id))?;
    if !matches!(
        found.state,
        TaskState::Queued | TaskState::Waiting | TaskState::Uncertain
    ) {
        return Err(AcsError::TaskState(id, found.state));
    }
    let ending = Ending {
        state: TaskState::Cancelled,
        result: None,
        fault: None,
    };
    task::finish(&mut tx, id, &ending).await?;
    let after = TaskState::Cancelled;
    record_task(&mut tx, principal, "acs.task.cancel", &found, after).await?;
    tx.commit().await?;
    context.announce(found.device);
    Ok(())
}

/// Puts an ended or uncertain task back into the queue.
///
/// # Errors
/// When there is no such task, or it is still on its way or done.
pub async fn retry(context: &Context, principal: &Principal, id: TaskId) -> Result<(), AcsError> {
    let mut tx = context.begin_on_task(principal, id).await?;
    let found = task::find_locked(&mut tx, id)
        .await?
        .ok_or(AcsError::NoTask(id))?;
    if !task::requeue(&mut tx, id, DEFAULT_LIFETIME_SECONDS).await? {
        return Err(AcsError::TaskState(id, found.state));
    }
    let after = TaskState::Queued;
    record_task(&mut tx, principal, "acs.task.retry", &found, after).await?;
    task::tell_nodes(&mut tx, WORK_CHANNEL, &[found.device]).await?;
    let territory = tx.territory();
    tx.commit().await?;
    context.announce(found.device);
    context.call(territory, found.device);
    Ok(())
}

/// Declares a task done whose outcome nobody but the operator knows.
///
/// # Errors
/// When there is no such task or it is not uncertain.
pub async fn settle(context: &Context, principal: &Principal, id: TaskId) -> Result<(), AcsError> {
    let mut tx = context.begin_on_task(principal, id).await?;
    let found = task::find_locked(&mut tx, id)
        .await?
        .ok_or(AcsError::NoTask(id))?;
    if found.state != TaskState::Uncertain {
        return Err(AcsError::TaskState(id, found.state));
    }
    let result = json!({ "evidence": "operator", "by": principal.to_string() });
    let ending = Ending {
        state: TaskState::Done,
        result: Some(result),
        fault: None,
    };
    task::finish(&mut tx, id, &ending).await?;
    let after = TaskState::Done;
    record_task(&mut tx, principal, "acs.task.settle", &found, after).await?;
    tx.commit().await?;
    context.announce(found.device);
    Ok(())
}

/// A line that tells the device too, on whose page the task is shown.
async fn record_task(
    tx: &mut Tx,
    principal: &Principal,
    action: &'static str,
    task: &Task,
    after: TaskState,
) -> Result<(), AcsError> {
    let told = |state: TaskState| Some(json!({ "device": task.device, "state": state }));
    let entry = Entry {
        action,
        object: format!("task:{}", task.id).into(),
        before: told(task.state),
        after: told(after),
    };
    Ok(audit::record(tx, principal, entry).await?)
}

/// Changes what operators note about a device.
///
/// # Errors
/// When a text is too long or there is no such device.
pub async fn annotate(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
    tags: Option<Vec<String>>,
    notes: Option<String>,
) -> Result<(), AcsError> {
    if tags.as_ref().is_some_and(|tags| !tags_fit(tags)) {
        return Err(AcsError::Field(
            "tags",
            "at most 32 tags of 1 to 64 characters",
        ));
    }
    if notes.as_ref().is_some_and(|notes| !notes_fit(notes)) {
        return Err(AcsError::Field(
            "notes",
            "at most 10,000 characters and no control characters",
        ));
    }
    let mut tx = context
        .begin_on(principal, &permissions::DEVICE_ANNOTATE, id)
        .await?;
    let before = device::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoDevice(id))?;
    let change = Change {
        tags,
        notes,
        standing: None,
    };
    device::change(&mut tx, id, &change).await?;
    let entry = Entry {
        action: "acs.device.annotate",
        object: format!("device:{id}").into(),
        before: Some(json!({ "tags": before.tags, "notes": before.notes })),
        after: Some(json!({
            "tags": change.tags.as_ref().unwrap_or(&before.tags),
            "notes": change.notes.as_ref().unwrap_or(&before.notes),
        })),
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    context.announce(id);
    Ok(())
}

/// Lets a quarantined device start anew with the fleet credential.
///
/// # Errors
/// When there is no such device or it is not quarantined.
pub async fn readmit(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
) -> Result<(), AcsError> {
    let mut tx = context
        .begin_on(principal, &permissions::DEVICE_READMIT, id)
        .await?;
    let before = device::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoDevice(id))?;
    if !device::readmit(&mut tx, id).await? {
        return Err(AcsError::NotQuarantined(id));
    }
    let turn = (before.standing, Standing::Active);
    record_standing(&mut tx, principal, "acs.device.readmit", id, turn).await?;
    tx.commit().await?;
    context.announce(id);
    Ok(())
}

/// Takes a device out of service, or back into it: a retired device is refused and gets no tasks.
///
/// # Errors
/// When there is no such device.
pub async fn retire(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
    retired: bool,
) -> Result<(), AcsError> {
    let standing = if retired {
        Standing::Retired
    } else {
        Standing::Active
    };
    let mut tx = context
        .begin_on(principal, &permissions::DEVICE_RETIRE, id)
        .await?;
    let change = Change {
        standing: Some(standing),
        ..Change::default()
    };
    let before = device::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoDevice(id))?;
    if !device::change(&mut tx, id, &change).await? {
        return Err(AcsError::NoDevice(id));
    }
    let turn = (before.standing, standing);
    record_standing(&mut tx, principal, "acs.device.retire", id, turn).await?;
    tx.commit().await?;
    context.announce(id);
    Ok(())
}

async fn record_standing(
    tx: &mut Tx,
    principal: &Principal,
    action: &'static str,
    id: DeviceId,
    (before, after): (Standing, Standing),
) -> Result<(), AcsError> {
    let entry = Entry {
        action,
        object: format!("device:{id}").into(),
        before: Some(json!({ "standing": before })),
        after: Some(json!({ "standing": after })),
    };
    Ok(audit::record(tx, principal, entry).await?)
}

/// Deletes a device with its tree and tasks.
///
/// # Errors
/// When there is no such device.
pub async fn delete(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
) -> Result<(), AcsError> {
    let mut tx = context
        .begin_on(principal, &permissions::DEVICE_DELETE, id)
        .await?;
    let before = device::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoDevice(id))?;
    trace::forget(&mut tx, id).await?;
    device::delete(&mut tx, id).await?;
    let entry = Entry {
        action: "acs.device.delete",
        object: format!("device:{id}").into(),
        before: Some(json!({ "identity": before.identity.to_string() })),
        after: None,
    };
    audit::record(&mut tx, principal, entry).await?;
    Ok(tx.commit().await?)
}

/// Opens one secret of a device, with an audit line.
///
/// # Errors
/// When there is no such device, or no secret at that path.
pub async fn reveal(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
    path: &str,
) -> Result<String, AcsError> {
    let mut tx = context
        .begin_on(principal, &permissions::SECRET_REVEAL, id)
        .await?;
    device::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoDevice(id))?;
    let tree = tree::load(&mut tx, id).await?;
    let value = tree
        .nodes
        .get(path)
        .and_then(|node| node.value.as_ref())
        .filter(|v| v.sealed);
    let text = value.and_then(|value| context.secrecy.open(id, path, &value.text));
    let text = text.ok_or_else(|| AcsError::NoSecret(path.to_owned()))?;
    let entry = Entry {
        action: "acs.parameter.reveal",
        object: format!("device:{id}").into(),
        before: None,
        after: Some(json!({ "path": path })),
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    Ok(text)
}
