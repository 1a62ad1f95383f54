//! Counts the fleet: once a minute for the charts, and whenever a page wants newer numbers.

use std::sync::Arc;
use std::time::Duration;

use regia_store::StoreError;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::flows::census;
use crate::model::sample::floor;

const MINUTE_SECONDS: i64 = 60;

/// Seconds after the end of a minute at which it is counted: what ended in it is committed by then.
const LAG_SECONDS: i64 = 5;

/// Pages want new numbers again and again; the database rests between.
const PAUSE: Duration = Duration::from_secs(2);

/// Runs until the stop.
pub(crate) async fn run(context: Arc<Context>, stopping: CancellationToken) {
    report(census::count(&context).await.map(drop));
    loop {
        let wait = until_due(context.clock.now());
        let due = tokio::select! {
            () = stopping.cancelled() => break,
            () = tokio::time::sleep(wait) => true,
            () = context.census.wanted() => false,
        };
        report(round(&context, due).await);
        if !due {
            tokio::time::sleep(PAUSE.min(until_due(context.clock.now()))).await;
        }
    }
    // What was counted since then belongs to the minute that runs.
    let minute = floor(context.clock.now(), MINUTE_SECONDS);
    report(census::record(&context, minute, None).await);
}

/// Counts the fleet; when a minute is over, also for the charts.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn round(context: &Context, due: bool) -> Result<(), StoreError> {
    let fleet = census::count(context).await?;
    if due {
        let over = floor(context.clock.now(), MINUTE_SECONDS);
        let minute = over - time::Duration::seconds(MINUTE_SECONDS);
        census::record(context, minute, Some(&fleet)).await?;
    }
    Ok(())
}

fn until_due(now: OffsetDateTime) -> Duration {
    let past = (now.unix_timestamp() - LAG_SECONDS).rem_euclid(MINUTE_SECONDS);
    Duration::from_secs((MINUTE_SECONDS - past).unsigned_abs())
}

fn report(result: Result<(), StoreError>) {
    if let Err(error) = result {
        let fault = regia_fault::Fault::from(error);
        tracing::warn!(error = fault.chain(), "the fleet cannot be counted");
    }
}
