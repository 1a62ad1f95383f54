//! What operators look at.

use regia_access::Principal;
use regia_store::Tx;
use regia_store::page::{Cursor, Limit, Page};

use super::index;
use crate::context::Context;
use crate::fault::AcsError;
use crate::model::device::Device;
use crate::model::history::{History, Previous};
use crate::model::identity::DeviceId;
use crate::model::task::{Task, TaskId};
use crate::model::tree::{Node, Tree};
use crate::permissions;
use crate::store::device::{self, DeviceFilter, Sort};
use crate::store::task::{self, TaskFilter};
use crate::store::timeline::{self, Entry};
use crate::store::{grant, history, tree};

/// Which part of a list.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// The order.
    pub sort: Sort,
    /// The last row of the page before.
    pub after: Option<device::Key>,
    /// Rows.
    pub limit: Limit,
}

/// A page of devices.
///
/// # Errors
/// When the database does not answer.
pub async fn devices(
    context: &Context,
    principal: &Principal,
    filter: &DeviceFilter,
    part: Part,
) -> Result<Page<Device>, AcsError> {
    let Part { sort, after, limit } = part;
    let mut tx = context.begin(principal, &permissions::DEVICE_READ).await?;
    let filter = &searchable(&mut tx, filter).await?;
    let page = device::list(&mut tx, filter, sort, after, limit).await?;
    tx.commit().await?;
    Ok(page)
}

/// How many devices there are, counted up to `most`.
///
/// # Errors
/// When the database does not answer.
pub async fn count(
    context: &Context,
    principal: &Principal,
    filter: &DeviceFilter,
    most: i64,
) -> Result<i64, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_READ).await?;
    let filter = &searchable(&mut tx, filter).await?;
    let count = device::count(&mut tx, filter, most).await?;
    tx.commit().await?;
    Ok(count)
}

/// The filter with its parameter in the form that rows are compared with.
async fn searchable(tx: &mut Tx, filter: &DeviceFilter) -> Result<DeviceFilter, AcsError> {
    let mut filter = filter.clone();
    if let Some(parameter) = filter.parameter.take() {
        filter.parameter = Some(index::searchable(tx, &parameter).await?);
    }
    Ok(filter)
}

/// The numbers of all devices that match; one more than `most` when there are more.
///
/// # Errors
/// When the database does not answer.
pub async fn all_ids(
    context: &Context,
    principal: &Principal,
    filter: &DeviceFilter,
    most: usize,
) -> Result<Vec<DeviceId>, AcsError> {
    let limit = Limit::try_from(u16::from(Limit::MAX)).unwrap_or_default();
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = devices(
            context,
            principal,
            filter,
            Part {
                sort: Sort::Newest,
                after,
                limit,
            },
        )
        .await?;
        ids.extend(page.items.iter().map(|device| device.id));
        after = page.next.as_deref().map(Cursor::parse).transpose()?;
        if after.is_none() || ids.len() > most {
            return Ok(ids);
        }
    }
}

/// One device.
///
/// # Errors
/// When there is none of that number.
pub async fn device(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
) -> Result<Device, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_READ).await?;
    let found = device::find(&mut tx, id).await?;
    tx.commit().await?;
    found.ok_or(AcsError::NoDevice(id))
}

/// The level at which a device was handed to a person; none when it was not.
///
/// # Errors
/// When the database does not answer.
pub async fn handed_level(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
) -> Result<Option<i16>, AcsError> {
    let Principal::User { user_id, .. } = principal else {
        return Ok(None);
    };
    let mut tx = context.begin(principal, &permissions::DEVICE_READ).await?;
    Ok(grant::level_of(&mut tx, id, *user_id).await?)
}

/// The tree of one device; empty before its first inform was read.
///
/// # Errors
/// When there is no device of that number.
pub async fn tree(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
) -> Result<Tree, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_READ).await?;
    device::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoDevice(id))?;
    let tree = tree::load(&mut tx, id).await?;
    tx.commit().await?;
    Ok(tree)
}

/// What a parameter of one device was before, newest first; a secret's values are sealed.
///
/// # Errors
/// When there is no device of that number.
pub(crate) async fn history(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
    path: &str,
) -> Result<Vec<Previous>, AcsError> {
    Ok(histories(context, principal, id).await?.of(path).to_vec())
}

/// What all parameters of one device were before; secrets are sealed.
///
/// # Errors
/// When there is no device of that number.
pub(crate) async fn histories(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
) -> Result<History, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_READ).await?;
    device::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoDevice(id))?;
    let history = history::load(&mut tx, id).await?;
    tx.commit().await?;
    Ok(history)
}

/// Whether a path or its value contains a text in lower case; a secret's value never does.
#[must_use]
pub fn matches(path: &str, node: &Node, wanted: &str) -> bool {
    let value = || node.value.as_ref().filter(|value| !value.sealed);
    wanted.is_empty()
        || path.to_lowercase().contains(wanted)
        || value().is_some_and(|value| value.text.to_lowercase().contains(wanted))
}

/// A page of a device's timeline.
///
/// # Errors
/// When there is no device of that number.
pub async fn timeline(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
    after: Option<timeline::Key>,
    limit: Limit,
) -> Result<Page<Entry>, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_READ).await?;
    device::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoDevice(id))?;
    let page = timeline::list(&mut tx, id, after, limit).await?;
    tx.commit().await?;
    Ok(page)
}

/// A page of tasks.
///
/// # Errors
/// When the database does not answer.
pub async fn tasks(
    context: &Context,
    principal: &Principal,
    filter: &TaskFilter,
    after: Option<i64>,
    limit: Limit,
) -> Result<Page<Task>, AcsError> {
    let mut tx = context.begin(principal, &permissions::TASK_READ).await?;
    let page = task::list(&mut tx, filter, after, limit).await?;
    tx.commit().await?;
    Ok(page)
}

/// How many tasks there are, counted up to `most`.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn count_tasks(
    context: &Context,
    principal: &Principal,
    filter: &TaskFilter,
    most: i64,
) -> Result<i64, AcsError> {
    let mut tx = context.begin(principal, &permissions::TASK_READ).await?;
    let count = task::count(&mut tx, filter, most).await?;
    tx.commit().await?;
    Ok(count)
}

/// One task.
///
/// # Errors
/// When there is none of that number.
pub async fn task(context: &Context, principal: &Principal, id: TaskId) -> Result<Task, AcsError> {
    let mut tx = context.begin(principal, &permissions::TASK_READ).await?;
    let found = task::find(&mut tx, id).await?;
    tx.commit().await?;
    found.ok_or(AcsError::NoTask(id))
}
