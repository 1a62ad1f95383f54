//! What runs beside the requests: each compares what is with what should be, a bounded batch at a
//! time, on a timer; a nudge only makes it sooner.

use std::time::Duration;

use regia_fault::Fault;
use tokio_util::sync::CancellationToken;

pub mod backfill;
pub mod bulk;
pub mod census;
pub mod discover;
pub mod drain;
pub mod housekeep;
pub mod import;
pub mod listen;
pub mod search;
pub mod sweep;
pub mod trace;
pub mod twin;

/// Goes round until the stop: at once again while a round leaves something to do, else after
/// `period`. A round that fails is logged with `trouble`, and tried again after `period`.
async fn rounds<E, R>(
    stopping: &CancellationToken,
    period: Duration,
    trouble: &'static str,
    round: impl Fn() -> R,
) where
    Fault: From<E>,
    R: Future<Output = Result<bool, E>>,
{
    let rounds = async {
        loop {
            match round().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(error = Fault::from(error).chain(), "{trouble}"),
            }
            tokio::time::sleep(period).await;
        }
    };
    stopping.run_until_cancelled(rounds).await;
}
