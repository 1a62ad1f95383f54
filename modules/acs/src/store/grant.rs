//! Single devices that are handed to users.

use std::collections::BTreeMap;

use regia_access::UserId;
use regia_store::{StoreError, Tx};
use sqlx::{AssertSqlSafe, Row as _};

use crate::model::grant::{Grant, Holder, Level};
use crate::model::identity::DeviceId;

/// Who has a device, at most as many as the page shows.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(tx: &mut Tx, device: DeviceId) -> Result<Vec<Grant>, StoreError> {
    let rows = sqlx::query(
        "select g.user_id, u.name, g.level, g.granted_by, g.granted_at
         from acs.device_grant g join access.user_account u using (territory_id, user_id)
         where g.territory_id = $1 and g.device_id = $2 order by g.user_id limit 200",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .fetch_all(tx.conn())
    .await?;
    rows.iter()
        .map(|row| {
            Ok(Grant {
                user: UserId(row.try_get("user_id")?),
                name: row.try_get("name")?,
                level: Level::of(row.try_get("level")?).unwrap_or(Level::Viewer),
                granted_by: row.try_get("granted_by")?,
                granted_at: row.try_get("granted_at")?,
            })
        })
        .collect()
}

/// The user of the tenant who logs in with this name, and the name as they spell it.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn user_named(
    tx: &mut Tx,
    name: &str,
) -> Result<Option<(UserId, String)>, StoreError> {
    // PostgreSQL refuses the character in text, so nobody has it in their name.
    if name.contains('\0') {
        return Ok(None);
    }
    let row: Option<(i64, String)> = sqlx::query_as(
        "select user_id, name from access.user_account
         where territory_id = $1 and lower(name) = lower($2)",
    )
    .bind(tx.territory().0)
    .bind(name)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|(user, name)| (UserId(user), name)))
}

/// The level at which a user has a device.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn level_of(
    tx: &mut Tx,
    device: DeviceId,
    user: UserId,
) -> Result<Option<i16>, StoreError> {
    Ok(sqlx::query_scalar(
        "select level from acs.device_grant
         where territory_id = $1 and device_id = $2 and user_id = $3",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(user.0)
    .fetch_optional(tx.conn())
    .await?)
}

/// Whether a user has more devices than this.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn has_more_than(
    tx: &mut Tx,
    user: UserId,
    most: i64,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar(
        "select count(*) > $3 from acs.device_grant where territory_id = $1 and user_id = $2",
    )
    .bind(tx.territory().0)
    .bind(user.0)
    .bind(most)
    .fetch_one(tx.conn())
    .await?)
}

/// Which of these devices a user has, and at which level.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn levels_of(
    tx: &mut Tx,
    user: UserId,
    devices: &[DeviceId],
) -> Result<BTreeMap<DeviceId, Level>, StoreError> {
    levels(tx, user, devices, "").await
}

/// The same, and they stay so until the end of the transaction.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn hold_levels_of(
    tx: &mut Tx,
    user: UserId,
    devices: &[DeviceId],
) -> Result<BTreeMap<DeviceId, Level>, StoreError> {
    levels(tx, user, devices, "order by device_id for update").await
}

async fn levels(
    tx: &mut Tx,
    user: UserId,
    devices: &[DeviceId],
    end: &'static str,
) -> Result<BTreeMap<DeviceId, Level>, StoreError> {
    let statement = format!(
        "select device_id, level from acs.device_grant
         where territory_id = $1 and user_id = $2 and device_id = any ($3) {end}"
    );
    let rows: Vec<(i64, i16)> = sqlx::query_as(AssertSqlSafe(statement))
        .bind(tx.territory().0)
        .bind(user.0)
        .bind(devices.iter().map(|device| device.0).collect::<Vec<_>>())
        .fetch_all(tx.conn())
        .await?;
    let level = |(device, level)| Some((DeviceId(device), Level::of(level)?));
    Ok(rows.into_iter().filter_map(level).collect())
}

/// Users who have some of these devices, at each level, and how many: at most as many rows as a page
/// shows.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn holders(tx: &mut Tx, devices: &[DeviceId]) -> Result<Vec<Holder>, StoreError> {
    let rows: Vec<(String, i16, i64)> = sqlx::query_as(
        "select u.name, g.level, count(*)
         from acs.device_grant g join access.user_account u using (territory_id, user_id)
         join acs.device d using (territory_id, device_id)
         where g.territory_id = $1 and g.device_id = any ($2)
         group by u.user_id, u.name, g.level order by lower(u.name), u.user_id, g.level limit 200",
    )
    .bind(tx.territory().0)
    .bind(devices.iter().map(|device| device.0).collect::<Vec<_>>())
    .fetch_all(tx.conn())
    .await?;
    let holder = |(name, level, devices)| Holder {
        name,
        level: Level::of(level).unwrap_or(Level::Viewer),
        devices,
    };
    Ok(rows.into_iter().map(holder).collect())
}

/// Hands devices to a user, or changes the level; those that were handed. None when there is no such
/// user.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn give(
    tx: &mut Tx,
    user: UserId,
    (devices, level): (&[DeviceId], Level),
    by: &str,
) -> Result<Vec<DeviceId>, StoreError> {
    let rows: Vec<(i64,)> = sqlx::query_as(
        "insert into acs.device_grant (territory_id, device_id, user_id, level, granted_by)
         select d.territory_id, d.device_id, u.user_id, $4, $5
         from acs.device d join access.user_account u using (territory_id)
         where d.territory_id = $1 and d.device_id = any ($2) and u.user_id = $3
         order by d.device_id
         on conflict (territory_id, device_id, user_id) do update
         set level = excluded.level, granted_by = excluded.granted_by, granted_at = now()
         returning device_id",
    )
    .bind(tx.territory().0)
    .bind(devices.iter().map(|device| device.0).collect::<Vec<_>>())
    .bind(user.0)
    .bind(level.number())
    .bind(by)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(id,)| DeviceId(id)).collect())
}

/// Takes devices back from a user; those that were taken.
///
/// # Errors
/// When the database does not take it.
pub(crate) async fn take_back(
    tx: &mut Tx,
    user: UserId,
    devices: &[DeviceId],
) -> Result<Vec<DeviceId>, StoreError> {
    let rows: Vec<(i64,)> = sqlx::query_as(
        "delete from acs.device_grant g using acs.device d
         where g.territory_id = $1 and g.device_id = any ($2) and g.user_id = $3
           and d.territory_id = $1 and d.device_id = g.device_id
         returning g.device_id",
    )
    .bind(tx.territory().0)
    .bind(devices.iter().map(|device| device.0).collect::<Vec<_>>())
    .bind(user.0)
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|(id,)| DeviceId(id)).collect())
}
