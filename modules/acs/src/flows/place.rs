//! Where devices stand, and in whose hands single ones are.

use regia_access::audit::{self, Entry};
use regia_access::{Principal, UserId};
use regia_ident::TerritoryId;
use regia_territories::TerritoryError;
use serde_json::json;

use crate::context::Context;
use crate::fault::AcsError;
use crate::model::grant::{Grant, HOW_MANY, Level, MAX_DEVICES, MAX_HELD};
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
    let stood = move_all(context, principal, (&[id], area), None).await?;
    // It may have gone meanwhile.
    stood.first().map(|_| ()).ok_or(AcsError::NoDevice(id))
}

/// Moves devices to a territory, each with its tasks. Answers with those that the principal may move,
/// and where each stood: those that stood there already among them.
///
/// # Errors
/// When no device is named or too many are, the principal may move none of them, there is no such
/// territory for them, or not as many are moved as were confirmed.
pub async fn move_all(
    context: &Context,
    principal: &Principal,
    (devices, area): (&[DeviceId], TerritoryId),
    expected: Option<usize>,
) -> Result<Vec<(DeviceId, TerritoryId)>, AcsError> {
    let first = first_of(devices)?;
    let mut tx = context.begin(principal, &permissions::DEVICE_MOVE).await?;
    if device::areas_of(&mut tx, devices).await?.is_empty() {
        drop(tx);
        // Whoever may not move the first one is told that.
        let tx = context.begin_on(principal, &permissions::DEVICE_MOVE, first);
        drop(tx.await?);
        return Err(AcsError::NoDevice(first));
    }
    if device::paths_of(&mut tx, &[area]).await?.is_empty() {
        return Err(AcsError::NoTerritory(area));
    }
    let stood = device::move_to(&mut tx, devices, area).await?;
    let moves = stood.iter().filter(|(_, before)| *before != area);
    let moved: Vec<(DeviceId, TerritoryId)> = moves.copied().collect();
    check_expected(expected, moved.len())?;
    if moved.is_empty() {
        return Ok(stood);
    }
    for (id, before) in &moved {
        let entry = Entry {
            before: Some(json!({ "territory": before })),
            after: Some(json!({ "territory": area })),
            ..Entry::new("acs.device.move", format!("device:{id}"))
        };
        audit::record(&mut tx, principal, entry).await?;
    }
    tx.commit().await?;
    for (id, _) in moved {
        context.announce(id);
    }
    Ok(stood)
}

/// The first of the devices, which are neither none nor too many.
fn first_of(devices: &[DeviceId]) -> Result<DeviceId, AcsError> {
    let first = devices.first().filter(|_| devices.len() <= MAX_DEVICES);
    first.copied().ok_or(AcsError::Field("devices", HOW_MANY))
}

/// As many as were confirmed, if somebody confirmed any number.
pub(super) fn check_expected(expected: Option<usize>, found: usize) -> Result<(), AcsError> {
    match expected {
        Some(expected) if expected != found => Err(AcsError::SelectionChanged { expected, found }),
        _ => Ok(()),
    }
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
    Ok(device::paths_of(&mut tx, &[area]).await?.remove(&area))
}

/// The territory that a field names and to which the principal may move devices, and the way down to
/// it.
///
/// # Errors
/// [`AcsError::NoTerritory`] when there is none, or the name does not say which one.
pub async fn destination(
    context: &Context,
    principal: &Principal,
    text: &str,
) -> Result<(TerritoryId, String), AcsError> {
    let none = AcsError::NoTerritory(TerritoryId(0));
    let area = match regia_territories::chosen(&context.store, principal, text).await {
        Ok(Some(area)) => area,
        Err(TerritoryError::Store(error)) => return Err(error.into()),
        // Whoever may not look at the tree names a territory by its number.
        Ok(None) | Err(_) => return Err(none),
    };
    let mut tx = context.begin(principal, &permissions::DEVICE_MOVE).await?;
    let path = device::paths_of(&mut tx, &[area]).await?.remove(&area);
    Ok((area, path.ok_or(none)?))
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
    let (area, _) = destination(context, principal, text).await?;
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
    let tx = context.begin_on(principal, &permissions::DEVICE_GRANT, id);
    drop(tx.await?);
    let (user, _) = user_named(context, principal, name).await?;
    hand(context, principal, user, (&[id], Some(level)), None).await?;
    Ok(())
}

/// The user who logs in with a name, for whoever may hand devices to them, and the name as it is
/// spelled.
///
/// # Errors
/// [`AcsError::Field`] when there is none.
pub async fn user_named(
    context: &Context,
    principal: &Principal,
    name: &str,
) -> Result<(UserId, String), AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_GRANT).await?;
    let user = grant::user_named(&mut tx, name.trim()).await?;
    user.ok_or(AcsError::Field("name", "nobody logs in with this name"))
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
/// done to, and the level at which the user had each: devices that the principal may not hand on are
/// left alone.
///
/// # Errors
/// When no device is named or too many are, it was done to none, or not as many change hands or level
/// as were confirmed.
pub async fn hand(
    context: &Context,
    principal: &Principal,
    user: UserId,
    (devices, level): (&[DeviceId], Option<Level>),
    expected: Option<usize>,
) -> Result<Vec<(DeviceId, Option<Level>)>, AcsError> {
    let first = first_of(devices)?;
    let mut tx = context.begin(principal, &permissions::DEVICE_GRANT).await?;
    let mut before = grant::hold_levels_of(&mut tx, user, devices).await?;
    let (action, done) = match level {
        Some(level) => {
            let by = principal.to_string();
            let done = grant::give(&mut tx, user, (devices, level), &by).await?;
            if grant::has_more_than(&mut tx, user, MAX_HELD).await? {
                let too_many = "A user has at most 2,000 devices: more is a role in a territory";
                return Err(AcsError::Field("devices", too_many));
            }
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
        let tx = context.begin_on(principal, &permissions::DEVICE_GRANT, first);
        drop(tx.await?);
        return Err(AcsError::NoGrant(user));
    }
    before.retain(|device, _| done.contains(device));
    let had: Vec<_> = done
        .iter()
        .map(|device| (*device, before.get(device).copied()))
        .collect();
    let changed = had.iter().filter(|(_, before)| *before != level).count();
    check_expected(expected, changed)?;
    let held = |(device, level): (&DeviceId, &Level)| json!({ "device": device, "level": level });
    let entry = Entry {
        action,
        object: format!("user:{user}").into(),
        before: Some(before.iter().map(held).collect()),
        after: Some(json!({ "devices": done, "level": level })),
    };
    audit::record(&mut tx, principal, entry).await?;
    tx.commit().await?;
    Ok(had)
}
