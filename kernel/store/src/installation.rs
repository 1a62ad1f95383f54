//! Facts about this installation that every node and every start must agree on.

use thiserror::Error;

use crate::{StoreError, Tx};

/// Why a secret key was not accepted.
#[derive(Debug, Error)]
pub enum ClaimError {
    /// The rows were sealed with another key.
    #[error(
        "the database belongs to the secret key {stored}, and this server has {given}; start it \
         with the key that made the data"
    )]
    Mismatch {
        /// Fingerprint that the installation started with.
        stored: String,
        /// Fingerprint of the key at hand.
        given: String,
    },
    /// The database failed.
    #[error("the installation's record cannot be read")]
    Store(#[from] StoreError),
}

/// Records the secret key's fingerprint at the first start and compares it at every later one.
///
/// `accepted` are the fingerprints of keys listed for rotation: when the stored one is among
/// them, the current one takes its place.
///
/// # Errors
/// [`ClaimError::Mismatch`] when the stored fingerprint is neither the current nor an accepted one.
pub async fn claim_fingerprint(
    tx: &mut Tx,
    current: &str,
    accepted: &[String],
) -> Result<(), ClaimError> {
    // The update that changes nothing waits for another node's first start and then sees its row.
    let stored: String = sqlx::query_scalar(
        "insert into kernel.installation (fact, value) values ('secret_key_fingerprint', $1)
         on conflict (fact) do update set value = kernel.installation.value
         returning value",
    )
    .bind(current)
    .fetch_one(tx.conn())
    .await
    .map_err(StoreError::from)?;
    if stored == current {
        return Ok(());
    }
    if !accepted.contains(&stored) {
        return Err(ClaimError::Mismatch {
            stored,
            given: current.to_owned(),
        });
    }
    sqlx::query(
        "update kernel.installation set value = $1, recorded_at = now()
         where fact = 'secret_key_fingerprint'",
    )
    .bind(current)
    .execute(tx.conn())
    .await
    .map_err(StoreError::from)?;
    Ok(())
}
