//! One step of the oldest bulk with work: a short transaction that locks it, so several nodes never
//! do the same work, sessions do not wait long for their rows, and a killed node leaves what its last
//! round did.

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};

use super::open;
use crate::context::{Context, WORK_CHANNEL};
use crate::flows::operate::sealed;
use crate::model::identity::DeviceId;
use crate::store::bulk::{self, Taken};
use crate::store::task;

/// Devices in one round: their rows stay locked while it lasts, and sessions wait for them.
pub(crate) const DEVICES: i32 = 200;

/// One round; false when nothing is to be done.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn round(context: &Context) -> Result<bool, StoreError> {
    let mut tx = context.store.upkeep(TerritoryId::ROOT).await?;
    let Some(taken) = bulk::take(&mut tx, DEVICES).await? else {
        return Ok(false);
    };
    let (called, touched) = step(context, &mut tx, &taken).await?;
    task::tell_nodes(&mut tx, WORK_CHANNEL, &called).await?;
    let territory = tx.territory();
    tx.commit().await?;
    // Also when no task moved: it may have come to rest.
    context.publish("tasks");
    for device in called.iter().chain(&touched) {
        context.announce(*device);
    }
    for device in called {
        context.call(territory, device);
    }
    Ok(true)
}

/// Devices that have work now, and those that have less.
async fn step(
    context: &Context,
    tx: &mut Tx,
    taken: &Taken,
) -> Result<(Vec<DeviceId>, Vec<DeviceId>), StoreError> {
    if taken.stopped {
        let touched = bulk::take_back(tx, taken.id, DEVICES.into()).await?;
        if touched.is_empty() {
            bulk::rest(tx, taken.id).await?;
        }
        return Ok((Vec::new(), touched));
    }
    if !taken.next.is_empty() {
        let Some(command) = open(context, &taken.sealed) else {
            tracing::error!(acs.bulk = %taken.id, "the command of a bulk cannot be opened");
            bulk::rest(tx, taken.id).await?;
            return Ok((Vec::new(), Vec::new()));
        };
        let commands: Vec<_> = taken
            .next
            .iter()
            .map(|device| (*device, sealed(context, *device, command.clone())))
            .collect();
        return Ok((bulk::place(tx, taken, &commands).await?, Vec::new()));
    }
    let called = if taken.retrying {
        bulk::queue_again(tx, taken.id, DEVICES.into()).await?
    } else {
        Vec::new()
    };
    if called.is_empty() {
        bulk::rest(tx, taken.id).await?;
    }
    Ok((called, Vec::new()))
}
