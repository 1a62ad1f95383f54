//! Many devices that were chosen: which of them somebody may move or hand on, what that changes, and
//! what it changed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use regia_access::{Permission, Principal, UserId};
use regia_ident::TerritoryId;

use super::{inspect, place};
use crate::context::Context;
use crate::fault::AcsError;
use crate::model::bulk::Selection;
use crate::model::grant::{Holder, Level};
use crate::model::identity::DeviceId;
use crate::permissions;
use crate::store::device::{self, DeviceFilter};
use crate::store::grant;

/// Devices that were chosen, by what somebody may do to them.
#[derive(Debug, Default)]
pub struct Reach {
    /// They may do it to these.
    pub own: Vec<DeviceId>,
    /// They only see these.
    pub others: Vec<DeviceId>,
    /// So many are not there for them.
    pub gone: usize,
}

/// What becomes of devices, or became of them.
#[derive(Debug)]
pub struct Fate<B> {
    /// These change, and what was before.
    pub changed: Vec<(DeviceId, B)>,
    /// These are like that already.
    pub same: Vec<DeviceId>,
    /// What could not be reached.
    pub reach: Reach,
}

impl<B: PartialEq> Fate<B> {
    fn new(mut reach: Reach, before: impl IntoIterator<Item = (DeviceId, B)>, after: &B) -> Self {
        let (changed, same): (Vec<_>, Vec<_>) =
            before.into_iter().partition(|(_, before)| before != after);
        // Whatever went away since they were looked for.
        reach.gone += reach.own.len() - changed.len() - same.len();
        Self {
            same: same.into_iter().map(|(id, _)| id).collect(),
            changed,
            reach,
        }
    }

    fn ids(&self) -> Vec<DeviceId> {
        self.changed.iter().map(|(id, _)| *id).collect()
    }
}

/// The numbers of the devices that were chosen, in order, each once; more than `most` when there are
/// more.
///
/// # Errors
/// When the database does not answer.
pub async fn numbers(
    context: &Context,
    principal: &Principal,
    selection: Selection<DeviceFilter>,
    most: usize,
) -> Result<Vec<DeviceId>, AcsError> {
    let mut devices = match selection {
        Selection::Devices(devices) => devices,
        Selection::Matching(filter) => inspect::all_ids(context, principal, &filter, most).await?,
    };
    devices.sort_unstable();
    devices.dedup();
    Ok(devices)
}

/// Those of these devices that the principal sees.
///
/// # Errors
/// When the principal sees none anywhere, or the database does not answer.
pub async fn seen(
    context: &Context,
    principal: &Principal,
    devices: &[DeviceId],
) -> Result<Vec<DeviceId>, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_READ).await?;
    let seen = device::among(&mut tx, devices).await?;
    tx.commit().await?;
    Ok(seen)
}

/// What somebody may do to each of these devices.
///
/// # Errors
/// When they may do it to none of them: the first one says why.
pub async fn reach(
    context: &Context,
    principal: &Principal,
    permission: &Permission,
    devices: &[DeviceId],
) -> Result<Reach, AcsError> {
    let seen = seen(context, principal, devices).await?;
    let mut tx = context.begin(principal, permission).await?;
    let own = device::among(&mut tx, &seen).await?;
    drop(tx);
    if let Some(first) = devices.first().filter(|_| own.is_empty()) {
        drop(context.begin_on(principal, permission, *first).await?);
    }
    Ok(Reach {
        gone: devices.len() - seen.len(),
        others: seen.into_iter().filter(|id| !own.contains(id)).collect(),
        own,
    })
}

/// What moving them there changes.
///
/// # Errors
/// When the database does not answer.
pub async fn of_move(
    context: &Context,
    principal: &Principal,
    reach: Reach,
    area: TerritoryId,
) -> Result<Fate<TerritoryId>, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_MOVE).await?;
    let stand = device::areas_of(&mut tx, &reach.own).await?;
    Ok(Fate::new(reach, stand, &area))
}

/// Moves them there.
///
/// # Errors
/// As [`place::move_all`].
pub async fn move_them(
    context: &Context,
    principal: &Principal,
    (reach, area): (Reach, TerritoryId),
    expected: usize,
) -> Result<Fate<TerritoryId>, AcsError> {
    let mut fate = of_move(context, principal, reach, area).await?;
    let (devices, expected) = (fate.ids(), Some(expected));
    place::check_expected(expected, devices.len())?;
    if !devices.is_empty() {
        fate.changed = place::move_all(context, principal, (&devices, area), expected).await?;
    }
    Ok(fate)
}

/// What handing them to a user, or with no level taking them back, changes.
///
/// # Errors
/// When the database does not answer.
pub async fn of_hand(
    context: &Context,
    principal: &Principal,
    reach: Reach,
    (user, level): (UserId, Option<Level>),
) -> Result<Fate<Option<Level>>, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_GRANT).await?;
    let levels = grant::levels_of(&mut tx, user, &reach.own).await?;
    let held: Vec<_> = reach
        .own
        .iter()
        .map(|id| (*id, levels.get(id).copied()))
        .collect();
    Ok(Fate::new(reach, held, &level))
}

/// Hands them over, or takes them back.
///
/// # Errors
/// As [`place::hand`].
pub async fn hand_them(
    context: &Context,
    principal: &Principal,
    (reach, user, level): (Reach, UserId, Option<Level>),
    expected: usize,
) -> Result<Fate<Option<Level>>, AcsError> {
    let mut fate = of_hand(context, principal, reach, (user, level)).await?;
    let (devices, expected) = (fate.ids(), Some(expected));
    place::check_expected(expected, devices.len())?;
    if !devices.is_empty() {
        let what = (&*devices, level);
        fate.changed = place::hand(context, principal, user, what, expected).await?;
    }
    Ok(fate)
}

/// Where devices stand that the principal may move, and how many there; the most first.
///
/// # Errors
/// When the database does not answer.
pub async fn stands(
    context: &Context,
    principal: &Principal,
    devices: &[DeviceId],
) -> Result<Vec<(TerritoryId, usize)>, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_MOVE).await?;
    let areas = device::areas_of(&mut tx, devices).await?;
    Ok(tally(areas.into_iter().map(|(_, area)| area)))
}

/// How often each comes; the most frequent first.
pub fn tally<T: Ord + Copy>(items: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_insert(0) += 1;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by_key(|(item, count)| (Reverse(*count), *item));
    counts
}

/// The ways down to territories, as far as the principal may move devices there.
///
/// # Errors
/// When the database does not answer.
pub async fn paths_of(
    context: &Context,
    principal: &Principal,
    areas: &[TerritoryId],
) -> Result<HashMap<TerritoryId, String>, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_MOVE).await?;
    Ok(device::paths_of(&mut tx, areas).await?)
}

/// Who has some of the devices that the principal may hand on, and how many at which level.
///
/// # Errors
/// When the database does not answer.
pub async fn holders(
    context: &Context,
    principal: &Principal,
    devices: &[DeviceId],
) -> Result<Vec<Holder>, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_GRANT).await?;
    Ok(grant::holders(&mut tx, devices).await?)
}

/// Serial numbers of devices that the principal sees.
///
/// # Errors
/// When the database does not answer.
pub async fn serials(
    context: &Context,
    principal: &Principal,
    devices: &[DeviceId],
) -> Result<HashMap<DeviceId, String>, AcsError> {
    let mut tx = context.begin(principal, &permissions::DEVICE_READ).await?;
    Ok(device::serials(&mut tx, devices).await?)
}
