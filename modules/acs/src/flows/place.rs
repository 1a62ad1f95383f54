//! Where devices stand, and in whose hands single ones are.

use regia_access::audit::{self, Entry};
use regia_access::{Principal, UserId};
use regia_ident::TerritoryId;
use regia_territories::TerritoryError;
use serde_json::json;

use crate::context::Context;
use crate::fault::AcsError;
use crate::model::grant::{Grant, Level, MAX_DEVICES};
use crate::model::identity::DeviceId;
use crate::permissions;
use crate::store::{device, grant};

/// Moves a device to another territory, with its tasks.
///
/// # Errors
/// When there is no such device or territory for the principal.
pub async fn move_to(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
    area: TerritoryId,
) -> Result<(), AcsError> {
    let mut tx = context
        .begin_on(principal, &permissions::DEVICE_MOVE, id)
        .await?;
    let before = device::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoDevice(id))?;
    if !device::move_to(&mut tx, id, area).await? {
        return Err(AcsError::NoTerritory(area));
    }
    let entry = Entry {
        action: "acs.device.move",
        object: format!("device:{id}").into(),
        before: Some(json!({ "territory": before.area })),
        after: Some(json!({ "territory": area })),
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    context.announce(id);
    Ok(())
}

/// Where a territory is, as the way down to it; none when the principal does not reach it.
///
/// # Errors
/// When the database does not answer.
pub async fn path_of(
    context: &Context,
    principal: &Principal,
    area: TerritoryId,
) -> Result<Option<String>, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_READ).await?;
    Ok(device::path_of(&mut tx, area).await?)
}

/// Moves a device to the territory that a field names.
///
/// # Errors
/// As [`move_to`].
pub async fn move_to_chosen(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
    text: &str,
) -> Result<(), AcsError> {
    let tx = context.begin_on(principal, &permissions::DEVICE_MOVE, id);
    drop(tx.await?);
    let none = AcsError::NoTerritory(TerritoryId(0));
    let area = match regia_territories::chosen(&context.store, principal, text).await {
        Ok(area) => area.ok_or(none)?,
        Err(TerritoryError::Store(error)) => return Err(error.into()),
        // Whoever may not look at the tree names a territory by its number.
        Err(_) => return Err(none),
    };
    move_to(context, principal, id, area).await
}

/// Hands a device to the user who logs in with a name.
///
/// # Errors
/// [`AcsError::Field`] when there is none; else as [`hand`].
pub async fn hand_to_named(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
    (name, level): (&str, Level),
) -> Result<(), AcsError> {
    let mut tx = context
        .begin_on(principal, &permissions::DEVICE_GRANT, id)
        .await?;
    let user = grant::user_named(&mut tx, name.trim()).await?;
    drop(tx);
    let user = user.ok_or(AcsError::Field("name", "nobody logs in with this name"))?;
    hand(context, principal, user, (&[id], Some(level))).await?;
    Ok(())
}

/// Who has a device.
///
/// # Errors
/// When there is no such device for the principal.
pub async fn grants(
    context: &Context,
    principal: &Principal,
    id: DeviceId,
) -> Result<Vec<Grant>, AcsError> {
    let mut tx = context
        .begin_on(principal, &permissions::DEVICE_GRANT, id)
        .await?;
    device::find(&mut tx, id)
        .await?
        .ok_or(AcsError::NoDevice(id))?;
    let grants = grant::list(&mut tx, id).await?;
    tx.commit().await?;
    Ok(grants)
}

/// Hands devices to a user; none, when `level` is, takes them back. Answers with those that it was
/// done to: devices that the principal may not hand on are left alone.
///
/// # Errors
/// When no device is named or too many are, or it was done to none.
pub async fn hand(
    context: &Context,
    principal: &Principal,
    user: UserId,
    (devices, level): (&[DeviceId], Option<Level>),
) -> Result<Vec<DeviceId>, AcsError> {
    let (Some(first), true) = (devices.first(), devices.len() <= MAX_DEVICES) else {
        return Err(AcsError::Field("devices", "1 to 1,000 devices at a time"));
    };
    let mut tx = context.begin(principal, &permissions::DEVICE_GRANT).await?;
    let mut before = grant::levels_of(&mut tx, user, devices).await?;
    let (action, done) = match level {
        Some(level) => {
            let by = principal.to_string();
            let done = grant::give(&mut tx, user, (devices, level), &by).await?;
            ("acs.device.grant", done)
        }
        None => (
            "acs.device.ungrant",
            grant::take_back(&mut tx, user, devices).await?,
        ),
    };
    if done.is_empty() {
        drop(tx);
        // Whoever may not hand the first one on is told that.
        context
            .begin_on(principal, &permissions::DEVICE_GRANT, *first)
            .await?;
        return Err(AcsError::NoGrant(user));
    }
    before.retain(|(device, _)| done.contains(device));
    let held = |(device, level): &(DeviceId, Level)| json!({ "device": device, "level": level });
    let entry = Entry {
        action,
        object: format!("user:{user}").into(),
        before: Some(before.iter().map(held).collect()),
        after: Some(json!({ "devices": done, "level": level })),
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    Ok(done)
}
