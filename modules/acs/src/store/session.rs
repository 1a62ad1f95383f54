//! The session columns of the device row: who holds the device, and since which epoch.

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use sqlx::Row as _;

use super::arrival::Node;
use crate::model::device::Standing;
use crate::model::identity::DeviceId;

/// The session that a write belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Claim {
    /// Where the device belongs.
    pub territory: TerritoryId,
    /// The device.
    pub device: DeviceId,
    /// The session's random id.
    pub session: [u8; 16],
    /// Its epoch.
    pub epoch: i32,
}

/// What another node needs to go on with a session.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The new epoch.
    pub epoch: i32,
    /// How the device writes its messages.
    pub dialect: String,
    /// How far it is trusted.
    pub standing: Standing,
    /// Its root object.
    pub root: String,
    /// Whether its messages are kept for an operator.
    pub traced: bool,
}

/// Locks the device row for a session and extends its lease; false when the session has been
/// superseded or taken over, and then nothing may be written for it.
///
/// # Errors
/// When the database does not answer.
pub async fn hold(tx: &mut Tx, claim: &Claim, node: Node) -> Result<bool, StoreError> {
    let done = sqlx::query(
        "update acs.device set session_expires_at = now() + make_interval(secs => $5)
         where territory_id = $1 and device_id = $2 and session_id = $3 and session_epoch = $4",
    )
    .bind(claim.territory.0)
    .bind(claim.device.0)
    .bind(claim.session.as_slice())
    .bind(claim.epoch)
    .bind(node.lease_seconds)
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Whether a session has the device still.
///
/// # Errors
/// When the database does not answer.
pub async fn is_held(tx: &mut Tx, claim: &Claim) -> Result<bool, StoreError> {
    let row = sqlx::query(
        "select from acs.device
         where territory_id = $1 and device_id = $2 and session_id = $3 and session_epoch = $4
           and session_expires_at > now()",
    )
    .bind(claim.territory.0)
    .bind(claim.device.0)
    .bind(claim.session.as_slice())
    .bind(claim.epoch)
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.is_some())
}

/// Takes over a session that another node began: raises its epoch, so that the other node's writes
/// no longer count. Nothing when the session is superseded, ended or silent for too long.
///
/// # Errors
/// When the database does not answer.
pub async fn take_over(
    tx: &mut Tx,
    device: DeviceId,
    session: &[u8; 16],
    node: Node,
) -> Result<Option<Taken>, StoreError> {
    let row = sqlx::query(
        "update acs.device set session_node = $4, session_epoch = session_epoch + 1,
            session_expires_at = now() + make_interval(secs => $5)
         where territory_id = $1 and device_id = $2 and session_id = $3
           and session_expires_at > now()
         returning session_epoch, dialect, standing, root,
            coalesce(trace_until > now(), false) as traced",
    )
    .bind(tx.territory().0)
    .bind(device.0)
    .bind(session.as_slice())
    .bind(node.id)
    .bind(node.lease_seconds)
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        Ok(Taken {
            epoch: row.try_get("session_epoch")?,
            dialect: row.try_get("dialect")?,
            standing: Standing::parse(row.try_get("standing")?).unwrap_or(Standing::Quarantined),
            root: row.try_get("root")?,
            traced: row.try_get("traced")?,
        })
    })
    .transpose()
}

/// Ends a session that had work to do, and notes whether work is left.
///
/// # Errors
/// When the database does not answer.
pub async fn release(tx: &mut Tx, claim: &Claim) -> Result<(), StoreError> {
    sqlx::query(
        "update acs.device d set session_expires_at = now(),
            has_work = exists (select from acs.task t
                where t.territory_id = d.territory_id and t.device_id = d.device_id
                  and t.state in ('queued', 'sent', 'waiting', 'uncertain'))
         where territory_id = $1 and device_id = $2 and session_id = $3 and session_epoch = $4",
    )
    .bind(claim.territory.0)
    .bind(claim.device.0)
    .bind(claim.session.as_slice())
    .bind(claim.epoch)
    .execute(tx.conn())
    .await?;
    Ok(())
}
