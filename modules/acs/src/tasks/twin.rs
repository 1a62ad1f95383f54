//! Looks for rows that may be one device among those that registered lately.

use std::sync::Arc;
use std::time::Duration;

use regia_ident::TerritoryId;
use regia_store::StoreError;
use tokio_util::sync::CancellationToken;

use super::rounds;
use crate::context::Context;
use crate::store::twin;

const PERIOD: Duration = Duration::from_secs(5);

/// Devices in one round: each is looked up by its serial number.
pub(crate) const DEVICES: i64 = 1_000;

/// Runs until the stop.
pub(crate) async fn run(context: Arc<Context>, stopping: CancellationToken) {
    rounds(
        &stopping,
        PERIOD,
        "doubled devices cannot be looked for",
        || round(&context),
    )
    .await;
}

/// One round; false when all were looked at, or another node does it.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn round(context: &Context) -> Result<bool, StoreError> {
    let mut tx = context.store.upkeep(TerritoryId::ROOT).await?;
    let Some((looked, flagged)) = twin::scan(&mut tx, DEVICES).await? else {
        return Ok(false);
    };
    tx.commit().await?;
    if flagged > 0 {
        tracing::info!(
            acs.devices = flagged,
            "devices were flagged that may be doubled"
        );
    }
    Ok(looked == DEVICES)
}
