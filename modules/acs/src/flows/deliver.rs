//! Files on their way, as operators look at them.

use std::collections::HashMap;

use regia_access::Principal;
use regia_store::Tx;
use regia_store::page::{Limit, Page};

use crate::context::Context;
use crate::fault::AcsError;
use crate::model::delivery::Shipment;
use crate::model::file::{File, FileId};
use crate::model::identity::DeviceId;
use crate::model::task::{Task, TaskId};
use crate::permissions;
use crate::store::task::TaskFilter;
use crate::store::{delivery, device, file, task};

/// The tasks, each with the file that it moves, if it moves one, and its device.
///
/// # Errors
/// When the database does not answer.
pub async fn shipments(
    context: &Context,
    principal: &Principal,
    tasks: Vec<Task>,
) -> Result<Vec<Shipment>, AcsError> {
    let mut tx = context.begin(principal, &permissions::TASK_READ).await?;
    let shipments = shipped(&mut tx, tasks).await?;
    tx.commit().await?;
    Ok(shipments)
}

/// The serial numbers of the devices that sent files.
///
/// # Errors
/// When the database does not answer.
pub async fn senders(
    context: &Context,
    principal: &Principal,
    files: &[File],
) -> Result<HashMap<DeviceId, String>, AcsError> {
    let devices: Vec<_> = files.iter().filter_map(|file| file.draft.device).collect();
    let mut tx = context.begin(principal, &permissions::TASK_READ).await?;
    let senders = device::serials(&mut tx, &devices).await?;
    tx.commit().await?;
    Ok(senders)
}

async fn shipped(tx: &mut Tx, tasks: Vec<Task>) -> Result<Vec<Shipment>, AcsError> {
    let ids: Vec<_> = tasks.iter().map(|task| task.id).collect();
    let mut devices: Vec<_> = tasks.iter().map(|task| task.device).collect();
    devices.sort_unstable_by_key(|device| device.0);
    devices.dedup();
    let mut deliveries = delivery::of_tasks(tx, &ids).await?;
    let serial_numbers = device::serials(tx, &devices).await?;
    let shipment = |task: Task| Shipment {
        delivery: deliveries.remove(&task.id),
        serial_number: serial_numbers
            .get(&task.device)
            .cloned()
            .unwrap_or_default(),
        task,
    };
    Ok(tasks.into_iter().map(shipment).collect())
}

/// The tasks that send a file, or sent it, newest first.
///
/// # Errors
/// When there is no such file.
pub async fn of_file(
    context: &Context,
    principal: &Principal,
    id: FileId,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<Shipment>, AcsError> {
    principal.scope(&permissions::FILE_READ)?;
    let mut tx = context.begin(principal, &permissions::TASK_READ).await?;
    file::find(&mut tx, id, file::Lock::None)
        .await?
        .ok_or(AcsError::NoFile(id))?;
    let filter = TaskFilter {
        file: Some(id),
        ..TaskFilter::default()
    };
    let Page { items, next } = task::list(&mut tx, &filter, after, limit).await?;
    let items = shipped(&mut tx, items).await?;
    tx.commit().await?;
    Ok(Page { items, next })
}

/// One task with the file that it moves.
///
/// # Errors
/// When there is no such task, or it moves no file.
pub async fn of_task(
    context: &Context,
    principal: &Principal,
    id: TaskId,
) -> Result<Shipment, AcsError> {
    let mut tx = context.begin(principal, &permissions::TASK_READ).await?;
    let task = task::find(&mut tx, id).await?.ok_or(AcsError::NoTask(id))?;
    let found = shipped(&mut tx, vec![task]).await?.pop();
    tx.commit().await?;
    found
        .filter(|shipment| shipment.delivery.is_some())
        .ok_or(AcsError::NoTransfer(id))
}
