//! Carries bulks on: gives their devices tasks, takes those of stopped ones back, queues failed ones
//! again.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::flows::bulk::round;

const PERIOD: Duration = Duration::from_secs(1);

/// Runs until the stop.
pub(crate) async fn run(context: Arc<Context>, stopping: CancellationToken) {
    let rounds = async {
        loop {
            match round(&context).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    let fault = regia_fault::Fault::from(error);
                    tracing::warn!(error = fault.chain(), "a bulk cannot be carried on");
                }
            }
            tokio::time::sleep(PERIOD).await;
        }
    };
    stopping.run_until_cancelled(rounds).await;
}
