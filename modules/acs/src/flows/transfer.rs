//! Transfers: offered to a device, reported by it, concluded once.
//!
//! The row of a transfer and its task say all: a report or an arrived file is recorded together with
//! what it means, under the lock of the device row, so that any node can go on after any end.

use regia_access::Principal;
use regia_cwmp::{AcsMessage, TransferComplete, TransferFault, Upload};
use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use serde_json::json;

use super::files::{self, Received};
use crate::context::Context;
use crate::fault::AcsError;
use crate::model::command::Command;
use crate::model::device::Device;
use crate::model::file::{Draft, File, FileId, is_download_type};
use crate::model::identity::DeviceId;
use crate::model::task::{Progress, Stage, Task, TaskFault, TaskState};
use crate::rules::plan::{Ask, ours};
use crate::rules::transfer::{self as rules, Conclusion};
use crate::store::file::{self, Lock};
use crate::store::session::Claim;
use crate::store::task::Ending;
use crate::store::timeline::{self, Happening};
use crate::store::transfer::{self, Report, Transfer};
use crate::store::{device, task};
use crate::wire::session::Session;

/// Characters of a token: 24 letters and digits of 5.8 bits are 139 bits.
const TOKEN_CHARS: usize = 24;

/// A token as it is stored: it is too long to be guessed, so no key is needed to hash it.
fn token_hash(token: &str) -> [u8; 32] {
    *blake3::hash(token.as_bytes()).as_bytes()
}

/// Checks that a file may be sent to a device, and keeps it from being deleted until the task is
/// queued.
///
/// # Errors
/// When there is no such file, or it is not for this device and that is not confirmed.
pub async fn check(tx: &mut Tx, id: DeviceId, command: &Command) -> Result<(), AcsError> {
    let Command::Download { file, confirm, .. } = command else {
        return Ok(());
    };
    let found = file::find(tx, *file, Lock::Keep)
        .await?
        .ok_or(AcsError::NoFile(*file))?;
    let device: Device = device::find(tx, id).await?.ok_or(AcsError::NoDevice(id))?;
    if found.draft.device.is_some() || !is_download_type(&found.draft.file_type) {
        return Err(AcsError::Field(
            "file",
            "a file that a device sent is not sent to devices",
        ));
    }
    let mismatches = found.draft.mismatches(&device);
    if mismatches.is_empty() || confirm.as_ref() == Some(&device.identity.serial_number) {
        return Ok(());
    }
    Err(AcsError::Misfit(*file, mismatches.join(", ")))
}

/// Makes the request of a transfer that is about to leave, with an address of its own.
///
/// # Errors
/// When the database does not take it.
pub async fn offer(
    context: &Context,
    tx: &mut Tx,
    session: &Session,
    task: &mut Task,
) -> Result<Ask, StoreError> {
    let found = match &task.command {
        Command::Download { file, .. } => match file::find(tx, *file, Lock::Keep).await? {
            Some(found) => Some(found),
            None => return Ok(Ask::Failed(ours("The file is gone."))),
        },
        _ => None,
    };
    let token = context.chance.secret(TOKEN_CHARS);
    let name = match (&found, &task.command) {
        (Some(file), _) => file.draft.name.clone(),
        (None, command) => upload_name(command, task),
    };
    let base = context
        .settings
        .public_url
        .as_ref()
        .or(session.base.as_ref());
    let url = base.and_then(|base| rules::address(base, &token, &name));
    let Some(url) = url else {
        return Ok(Ask::Failed(ours(
            "There is no address that the device could use: acs.public_url is not set or is no address of at most 256 characters.",
        )));
    };
    let file = found.as_ref().map(|file| file.id);
    let id = transfer::begin(tx, task, file, &token_hash(&token)).await?;
    task.command_key = transfer::key(id);
    let message = match (&found, &task.command) {
        (Some(file), _) => {
            task.progress
                .target_version
                .clone_from(&file.draft.target_version);
            rules::download(task, file, url)
        }
        (
            None,
            Command::Upload {
                file_type,
                delay_seconds,
            },
        ) => AcsMessage::Upload(Upload {
            command_key: task.command_key.clone(),
            file_type: file_type.clone(),
            url,
            delay_seconds: *delay_seconds,
            ..Upload::default()
        }),
        _ => return Ok(Ask::Failed(ours("This is no transfer."))),
    };
    Ok(Ask::Send(message))
}

/// The name of a file that a device sends: what it is, whose, by which task.
fn upload_name(command: &Command, task: &Task) -> String {
    let kind = match command {
        Command::Upload { file_type, .. } if file_type.contains("Configuration") => "config",
        Command::Upload { file_type, .. } if file_type.contains("Log") => "log",
        _ => "file",
    };
    format!("{kind}-{}-{}", task.device, task.id)
}

/// Takes a device's report in; whether it is news for the timeline. Runs under the lock of the
/// device row.
///
/// # Errors
/// When the database does not take it; the device then repeats it.
pub async fn report(
    tx: &mut Tx,
    claim: &Claim,
    report: &TransferComplete,
) -> Result<bool, StoreError> {
    let code = report.fault.code;
    match transfer::report(tx, claim.device, &report.command_key, code).await? {
        Report::Again => {
            crate::signals::transfer_reported("again");
            Ok(false)
        }
        Report::Unknown => {
            crate::signals::transfer_reported("unknown");
            Ok(true)
        }
        Report::New(transfer) => {
            crate::signals::transfer_reported(if code == 0 { "done" } else { "failed" });
            conclude(tx, &transfer, &report.fault).await?;
            Ok(true)
        }
    }
}

/// What a transfer that the device has reported means for its task, if the task still waits for it.
async fn conclude(
    tx: &mut Tx,
    transfer: &Transfer,
    fault: &TransferFault,
) -> Result<(), StoreError> {
    let Some(mut task) = task::find(tx, transfer.task).await? else {
        return Ok(());
    };
    let waits = matches!(
        task.state,
        TaskState::Sent | TaskState::Waiting | TaskState::Uncertain
    );
    if !waits || task.command_key != transfer.key() || task.progress.stage != Stage::Start {
        return Ok(());
    }
    let arrived = transfer.file.filter(|_| transfer.is_upload);
    match rules::conclude(&task, fault, arrived.map(|file| file.0)) {
        Conclusion::Wait => task::move_to(tx, &task, TaskState::Waiting).await,
        Conclusion::Verify => {
            task.progress = Progress {
                stage: Stage::Values,
                ..task.progress
            };
            task::move_to(tx, &task, TaskState::Queued).await
        }
        Conclusion::Done(result) => {
            let ending = Ending {
                state: TaskState::Done,
                result: Some(result),
                fault: None,
            };
            end(tx, transfer, &task, ending).await
        }
        Conclusion::Failed(fault) => {
            let ending = Ending {
                state: TaskState::Failed,
                result: None,
                fault: Some(fault),
            };
            end(tx, transfer, &task, ending).await
        }
    }
}

async fn end(
    tx: &mut Tx,
    transfer: &Transfer,
    task: &Task,
    ending: Ending,
) -> Result<(), StoreError> {
    task::finish(tx, task.id, &ending).await?;
    crate::signals::task_ended(task.command.name(), ending.state);
    let kind = match ending.state {
        TaskState::Done => "task_done",
        _ => "task_failed",
    };
    let fault: Option<&TaskFault> = ending.fault.as_ref();
    let happening = Happening {
        territory: transfer.territory,
        device: transfer.device,
        kind,
        detail: json!({ "task": task.id, "command": task.command.name(), "fault": fault }),
    };
    timeline::append(tx, &[happening]).await
}

/// The transfer that a token opens, while it does.
///
/// # Errors
/// When the database does not answer.
pub async fn find(context: &Context, token: &str) -> Result<Option<Transfer>, StoreError> {
    if token.len() != TOKEN_CHARS {
        return Ok(None);
    }
    let mut tx = context.store.ingest(TerritoryId::ROOT).await?;
    let found = transfer::find_open(&mut tx, &token_hash(token)).await?;
    tx.commit().await?;
    Ok(found)
}

/// The file that a download offers.
///
/// # Errors
/// When the database does not answer.
pub async fn offered(context: &Context, transfer: &Transfer) -> Result<Option<File>, StoreError> {
    let Some(id) = transfer.file else {
        return Ok(None);
    };
    let mut tx = context.store.ingest(transfer.territory).await?;
    let found = file::find(&mut tx, id, Lock::None).await?;
    tx.commit().await?;
    Ok(found)
}

/// Stores what a device sends. When this returns, the file is durable and its task knows it.
///
/// # Errors
/// When the body is empty, too large or cut off, the transfer ended meanwhile, or the database does
/// not take it.
pub async fn take_in(
    context: &Context,
    transfer: &Transfer,
    body: axum::body::Body,
) -> Result<FileId, AcsError> {
    let mut tx = context.store.ingest(transfer.territory).await?;
    let task = task::find(&mut tx, transfer.task)
        .await?
        .ok_or(AcsError::NoTask(transfer.task))?;
    tx.commit().await?;
    let file_type = match &task.command {
        Command::Upload { file_type, .. } => file_type.clone(),
        _ => String::new(),
    };
    let draft = Draft {
        name: upload_name(&task.command, &task),
        file_type,
        device: Some(transfer.device),
        ..Draft::default()
    };
    let sender = Principal::System("device").to_string();
    let received = files::receive(context, transfer.territory, (&draft, &sender), body).await?;
    let id = received.file;
    let attached = attach(context, transfer, received).await;
    if attached.is_err() {
        files::discard(context, transfer.territory, id).await;
    }
    attached.map(|()| id)
}

async fn attach(
    context: &Context,
    transfer: &Transfer,
    received: Received,
) -> Result<(), AcsError> {
    let mut tx = context.store.ingest(transfer.territory).await?;
    // The device row first, as sessions do.
    let task = task::find_locked(&mut tx, transfer.task).await?;
    let open = task.is_some_and(|task| {
        task.command_key == transfer.key()
            && matches!(
                task.state,
                TaskState::Sent | TaskState::Waiting | TaskState::Uncertain
            )
    });
    if !open || !file::publish(&mut tx, received.file, received.bytes, &received.sha256).await? {
        return Err(AcsError::Interrupted);
    }
    let Some((transfer, replaced)) = transfer::attach(&mut tx, transfer.id, received.file).await?
    else {
        return Err(AcsError::Interrupted);
    };
    if let Some(replaced) = replaced {
        file::delete(&mut tx, replaced).await?;
    }
    if transfer.reported && transfer.fault_code == 0 {
        conclude(&mut tx, &transfer, &TransferFault::default()).await?;
    }
    tx.commit().await?;
    context.announce(transfer.device);
    Ok(())
}
