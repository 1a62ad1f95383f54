//! How far a device is with a file that it fetches, noted while the file leaves.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use futures_util::{Stream, StreamExt as _};
use regia_store::StoreError;

use crate::context::Context;
use crate::store::transfer::{self, Transfer};

/// A row is written this often at most: fifty devices that fetch cost fifty small writes a second.
const EVERY: Duration = Duration::from_secs(1);

/// The content on its way, from the byte `first` to `last` of a file. What has left is noted at the
/// beginning, every second, and at the end; what is in the network's buffers counts as left.
pub fn noted(
    context: Arc<Context>,
    transfer: Transfer,
    (first, last): (u64, u64),
    content: impl Stream<Item = Result<Bytes, StoreError>>,
) -> impl Stream<Item = Result<Bytes, StoreError>> {
    let (mut reached, mut noted_at) = (first, None);
    content.then(move |piece| {
        let length = piece.as_ref().map_or(0, Bytes::len);
        reached = u64::try_from(length).map_or(reached, |length| reached.saturating_add(length));
        let now = context.clock.instant();
        let due = noted_at.is_none_or(|at| now >= at + EVERY) || reached > last;
        if due {
            noted_at = Some(now);
        }
        let (context, transfer) = (Arc::clone(&context), transfer.clone());
        async move {
            if due && piece.is_ok() {
                note(&context, &transfer, reached).await;
            }
            piece
        }
    })
}

/// A number that cannot be written breaks no transfer off.
async fn note(context: &Context, transfer: &Transfer, reached: u64) {
    let write = async {
        let mut tx = context.store.ingest(transfer.territory).await?;
        transfer::note_moved(&mut tx, transfer.id, reached).await?;
        tx.commit().await
    };
    let written: Result<(), StoreError> = write.await;
    match written {
        Ok(()) => context.announce(transfer.device),
        Err(error) => {
            let fault = regia_fault::Fault::from(error);
            tracing::debug!(error = fault.chain(), acs.device = %transfer.device, "progress was not noted");
        }
    }
}
