//! Expires tasks, drops what is older than the retention, and makes tomorrow's partitions.

use std::sync::Arc;
use std::time::Duration;

use regia_ident::TerritoryId;
use regia_store::StoreError;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::store::{bulk, device, file, import, sample, task, timeline, trace, transfer};

const PERIOD: Duration = Duration::from_secs(30);

/// Rows in one transaction.
const BATCH: i64 = 1_000;

/// A file whose sender was silent for so long will not be finished.
const INTERRUPTED_SECONDS: u32 = 3_600;

/// Files and imports in one transaction: each may have thousands of chunks or rows.
const FEW: i64 = 10;

/// Runs until the stop.
pub async fn run(context: Arc<Context>, stopping: CancellationToken) {
    loop {
        if let Err(error) = tidy(&context).await {
            let fault = regia_fault::Fault::from(error);
            tracing::warn!(error = fault.chain(), "housekeeping failed");
        }
        if stopping
            .run_until_cancelled(tokio::time::sleep(PERIOD))
            .await
            .is_none()
        {
            return;
        }
    }
}

/// One round.
///
/// # Errors
/// When the database does not answer.
pub async fn tidy(context: &Context) -> Result<(), StoreError> {
    let days = context.settings.retention_days;
    timeline::keep_partitions(&context.store, context.clock.now(), days).await?;
    trace::keep_partitions(&context.store, context.clock.now()).await?;
    loop {
        let mut tx = context.store.upkeep(TerritoryId::ROOT).await?;
        let mut moved = task::expire(&mut tx, BATCH).await?;
        moved = moved.max(task::forget(&mut tx, days, BATCH).await?);
        moved = moved.max(bulk::forget(&mut tx, days, BATCH).await?);
        moved = moved.max(import::forget(&mut tx, days, FEW).await?);
        moved = moved.max(sample::forget(&mut tx, days, BATCH).await?);
        moved = moved.max(device::reset_stalled(&mut tx, BATCH).await?);
        moved = moved.max(transfer::forget_ended(&mut tx, BATCH).await?);
        moved = moved.max(file::forget_interrupted(&mut tx, INTERRUPTED_SECONDS, FEW).await?);
        tx.commit().await?;
        if moved < BATCH.unsigned_abs() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests;
