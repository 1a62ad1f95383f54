//! Carries imports on.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::rounds;
use crate::context::Context;
use crate::flows::import::round;

const PERIOD: Duration = Duration::from_secs(1);

/// Runs until the stop.
pub(crate) async fn run(context: Arc<Context>, stopping: CancellationToken) {
    rounds(&stopping, PERIOD, "an import cannot be carried on", || {
        round(&context)
    })
    .await;
}
