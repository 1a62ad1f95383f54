//! Carries background searches on, and forgets old ones.
//!
//! Each round is one transaction that locks its search, so several nodes never do the same work,
//! and a killed one leaves what its last round found.

use std::sync::Arc;
use std::time::Duration;

use regia_ident::TerritoryId;
use regia_store::StoreError;
use tokio_util::sync::CancellationToken;

use super::rounds;
use crate::context::Context;
use crate::model::search::MAX_HITS;
use crate::rules::index::{holds, value_at};
use crate::store::search::{self, Round, Running};
use crate::store::tree::{self, Scanned};

const PERIOD: Duration = Duration::from_secs(1);

/// Trees in one round: somebody looks at the progress, and may cancel.
pub(crate) const TREES: i64 = 500;

/// Old searches forgotten in one round.
const FORGOTTEN: i64 = 10;

/// Runs until the stop.
pub(crate) async fn run(context: Arc<Context>, stopping: CancellationToken) {
    rounds(&stopping, PERIOD, "a search cannot go on", || {
        round(&context)
    })
    .await;
}

/// One round; false when nothing is to be done.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn round(context: &Context) -> Result<bool, StoreError> {
    let mut tx = context.store.upkeep(TerritoryId::ROOT).await?;
    let forgotten = search::forget(&mut tx, FORGOTTEN).await?;
    let Some(running) = search::take(&mut tx).await? else {
        tx.commit().await?;
        return Ok(forgotten > 0);
    };
    let trees = tree::scan(
        &mut tx,
        (running.territory, &running.areas),
        running.position,
        TREES,
    )
    .await?;
    let round = look(&running, &trees).await;
    search::note(&mut tx, &running, &round).await?;
    tx.commit().await?;
    context.publish(&format!("search:{}", running.search.id));
    Ok(true)
}

async fn look(running: &Running, trees: &[Scanned]) -> Round {
    let wanted = &running.search;
    let room = usize::try_from(MAX_HITS - wanted.hits).unwrap_or(0);
    let mut round = Round {
        read: 0,
        position: running.position,
        found: Vec::new(),
        last: trees.is_empty(),
    };
    for scanned in trees {
        round.read += 1;
        round.position = scanned.device;
        let value = scanned
            .open()
            .and_then(|tree| value_at(&tree, &wanted.path));
        if let Some(value) = value.filter(|value| holds(wanted.matching, value, &wanted.value)) {
            round.found.push((scanned.device, value));
        }
        if round.found.len() >= room {
            round.last = true;
            break;
        }
        // Reading documents is work for the processor; let others have their turn.
        tokio::task::yield_now().await;
    }
    round
}
