//! Fills the indexes of newly marked parameters from the trees, and empties those given up.
//!
//! Each round is one transaction that locks the parameters it works on, so several nodes never do
//! the same work, and a killed one leaves the position of its last round.

use std::sync::Arc;
use std::time::Duration;

use regia_ident::TerritoryId;
use regia_store::{StoreError, Tx};
use tokio_util::sync::CancellationToken;

use super::rounds;
use crate::context::Context;
use crate::model::index::IndexState;
use crate::rules::index::value_at;
use crate::store::backfill::{self, Unready};
use crate::store::index::{self, Entry};
use crate::store::tree;

const PERIOD: Duration = Duration::from_secs(1);

/// Trees in one round: their rows stay locked while it lasts, and sessions wait for them.
pub(crate) const TREES: i64 = 100;

/// Values removed in one round.
pub(crate) const REMOVALS: i64 = 5_000;

/// Runs until the stop.
pub(crate) async fn run(context: Arc<Context>, stopping: CancellationToken) {
    rounds(&stopping, PERIOD, "an index cannot be filled", || {
        round(&context)
    })
    .await;
}

/// One round; false when nothing is to be done, or others must end first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn round(context: &Context) -> Result<bool, StoreError> {
    let mut tx = context.store.upkeep(TerritoryId::ROOT).await?;
    let Some(one) = backfill::take(&mut tx).await? else {
        return Ok(false);
    };
    if !one.barred {
        backfill::bar(&mut tx, &one).await?;
    } else if !one.clear {
        return Ok(false);
    } else if one.state == IndexState::Building {
        fill(&mut tx, &one).await?;
    } else {
        backfill::remove(&mut tx, &one, REMOVALS).await?;
    }
    tx.commit().await?;
    context.publish("index");
    Ok(true)
}

async fn fill(tx: &mut Tx, one: &Unready) -> Result<(), StoreError> {
    let paths = backfill::take_alike(tx, one).await?;
    // Locked: a session that changes a tree meanwhile writes its values after these.
    let trees = tree::scan_locked(tx, one.territory, one.position, TREES).await?;
    let mut entries = Vec::new();
    for scanned in &trees {
        let tree = scanned.open().unwrap_or_default();
        for path in &paths {
            let Some(value) = value_at(&tree, &path.key) else {
                continue;
            };
            entries.push(Entry {
                territory: one.territory,
                device: scanned.device,
                path: path.id,
                value: Some(value),
            });
        }
        // Reading documents is work for the processor; let others have their turn.
        tokio::task::yield_now().await;
    }
    index::write(tx, &entries).await?;
    let ready = trees.is_empty();
    let position = trees.last().map_or(one.position, |scanned| scanned.device);
    backfill::progress(tx, &paths, position, trees.len(), ready).await
}
