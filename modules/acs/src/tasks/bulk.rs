//! Carries bulks on: gives their devices tasks, takes those of stopped ones back, queues failed ones
//! again.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::rounds;
use crate::context::Context;
use crate::flows::bulk::round;

const PERIOD: Duration = Duration::from_secs(1);

/// Runs until the stop.
pub(crate) async fn run(context: Arc<Context>, stopping: CancellationToken) {
    rounds(&stopping, PERIOD, "a bulk cannot be carried on", || {
        round(&context)
    })
    .await;
}
