//! Rows that may be one device: the offer to merge them, and what an operator decides.

use regia_access::Principal;
use regia_access::audit::{self, Entry};
use regia_store::Tx;
use serde_json::json;

use crate::context::Context;
use crate::fault::AcsError;
use crate::model::command::Command;
use crate::model::device::{Device, Twin};
use crate::model::identity::DeviceId;
use crate::permissions;
use crate::store::timeline::{self, Happening};
use crate::store::{device, history, twin};

/// Devices of one serial number that are shown: more is a manufacturer who does not number.
const SHOWN: i64 = 20;

/// The other devices with the serial number of this one.
///
/// # Errors
/// When there is no device of that number.
pub async fn others(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
) -> Result<Vec<Device>, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_READ).await?;
    device::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoDevice(id))?;
    let mut found = Vec::new();
    for other in twin::others(&mut tx, id, SHOWN).await? {
        found.extend(device::find(&mut tx, other).await?);
    }
    tx.commit().await?;
    Ok(found)
}

/// Notes that the devices with this serial number are not one: they are flagged no more, until
/// another one appears.
///
/// # Errors
/// When there is no device of that number.
pub async fn distinct(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
) -> Result<(), AcsError> {
    let mut tx = context
        .begin_on(principal, &permissions::DEVICE_MERGE, id)
        .await?;
    let before = device::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoDevice(id))?;
    twin::note(&mut tx, id, Twin::Distinct).await?;
    let entry = Entry {
        action: "acs.device.distinct",
        object: format!("device:{id}").into(),
        before: Some(json!({ "twin": before.twin })),
        after: Some(json!({ "twin": Twin::Distinct })),
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    context.announce(id);
    Ok(())
}

/// Which two rows become one.
#[derive(Debug, Clone)]
pub struct Merge {
    /// The one that lives on.
    pub into: DeviceId,
    /// The one that goes away.
    pub from: DeviceId,
    /// The identity of the one that goes away, typed.
    pub confirmation: String,
}

/// Makes one device of two rows. Tags, notes, tasks, transfers, value history and timeline of the one
/// go to the other; identity, parameters and credentials of the other stay, and what the device says
/// at its next Inform decides the rest.
///
/// # Errors
/// When there is no such device, the serial numbers differ, or the confirmation is another.
pub async fn merge(context: &Context, principal: &Principal, merge: Merge) -> Result<(), AcsError> {
    let Merge {
        into,
        from,
        confirmation,
    } = merge;
    let mut tx = context
        .begin_on(principal, &permissions::DEVICE_MERGE, into)
        .await?;
    let both = twin::lock(&mut tx, into, from).await?;
    let kept = device::find(&mut tx, into).await?;
    let kept = kept.ok_or(AcsError::NoDevice(into))?;
    let gone = device::find(&mut tx, from).await?;
    let gone = gone.ok_or(AcsError::NoDevice(from))?;
    if !both || kept.identity.serial_number != gone.identity.serial_number {
        return Err(AcsError::Field(
            "other",
            "only two devices with the same serial number can be one",
        ));
    }
    if confirmation.trim() != gone.identity.to_string() {
        return Err(AcsError::Field(
            "confirmation",
            "type OUI, product class and serial number of the device that goes away",
        ));
    }
    reseal_tasks(context, &mut tx, (from, into)).await?;
    merge_histories(context, &mut tx, (from, into)).await?;
    twin::give(&mut tx, from, into).await?;
    device::delete(&mut tx, from).await?;
    twin::note(&mut tx, into, Twin::Suspected).await?;
    record(&mut tx, principal, &kept, &gone).await?;
    tx.commit().await?;
    context.announce(into);
    context.announce(from);
    Ok(())
}

async fn record(
    tx: &mut Tx,
    principal: &Principal,
    kept: &Device,
    gone: &Device,
) -> Result<(), AcsError> {
    let identity = gone.identity.to_string();
    let happening = Happening {
        territory: tx.territory(),
        device: kept.id,
        kind: "merged",
        detail: json!({ "from": identity, "by": principal.to_string() }),
    };
    timeline::append(tx, &[happening]).await?;
    let told = |device: &Device| {
        json!({
            "device": device.id,
            "identity": device.identity.to_string(),
            "tags": device.tags,
            "notes": device.notes,
        })
    };
    let entry = Entry {
        action: "acs.device.merge",
        object: format!("device:{}", kept.id).into(),
        before: Some(json!([told(kept), told(gone)])),
        after: Some(json!({ "device": kept.id, "identity": kept.identity.to_string() })),
    };
    Ok(audit::record(tx, principal, entry).await?)
}

/// Secrets are sealed for their device; those that go along are sealed anew.
fn reseal(
    context: &Context,
    (from, into): (DeviceId, DeviceId),
    path: &str,
    sealed: &str,
) -> Option<String> {
    let plain = context.secrecy.open(from, path, sealed)?;
    Some(context.secrecy.seal(into, path, &plain))
}

async fn reseal_tasks(
    context: &Context,
    tx: &mut Tx,
    way: (DeviceId, DeviceId),
) -> Result<(), AcsError> {
    for (task, mut command) in twin::sealed_tasks(tx, way.0).await? {
        if let Command::Set { values } = &mut command {
            for value in values.iter_mut().filter(|value| value.sealed) {
                if let Some(text) = reseal(context, way, &value.path, &value.value) {
                    value.value = text;
                }
            }
        }
        twin::rewrite(tx, task, &command).await?;
    }
    Ok(())
}

async fn merge_histories(
    context: &Context,
    tx: &mut Tx,
    way: (DeviceId, DeviceId),
) -> Result<(), AcsError> {
    let gone = history::load(tx, way.0).await?;
    let mut kept = history::load(tx, way.1).await?;
    kept.join(gone, |path, sealed| reseal(context, way, path, sealed));
    let territory = tx.territory();
    Ok(history::save_many(tx, &[(territory, way.1, kept)]).await?)
}

#[cfg(test)]
mod tests;
