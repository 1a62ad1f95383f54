//! Calls new devices in, so that they are discovered and onboarded soon and not all at once. Those
//! that cannot be called are served when they call by themselves.

use std::sync::Arc;
use std::time::Duration;

use regia_ident::TerritoryId;
use regia_store::StoreError;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::store::device;

const PERIOD: Duration = Duration::from_secs(1);

/// Runs until the stop.
pub async fn run(context: Arc<Context>, stopping: CancellationToken) {
    while stopping
        .run_until_cancelled(tokio::time::sleep(PERIOD))
        .await
        .is_some()
    {
        if let Err(error) = call_in(&context).await {
            let fault = regia_fault::Fault::from(error);
            tracing::warn!(error = fault.chain(), "new devices cannot be called in");
        }
    }
}

/// Calls in as many devices as there are places; how many.
///
/// # Errors
/// When the database does not answer.
pub async fn call_in(context: &Context) -> Result<usize, StoreError> {
    let free = context.background.available_permits();
    if free == 0 {
        return Ok(0);
    }
    let mut tx = context.store.upkeep(TerritoryId::ROOT).await?;
    let chosen = device::choose_undiscovered(&mut tx, i64::try_from(free).unwrap_or(1)).await?;
    tx.commit().await?;
    for (territory, device) in &chosen {
        context.call(*territory, *device);
    }
    Ok(chosen.len())
}
