//! Carries imports on.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::flows::import::round;

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
                    tracing::warn!(error = fault.chain(), "an import cannot be carried on");
                }
            }
            tokio::time::sleep(PERIOD).await;
        }
    };
    stopping.run_until_cancelled(rounds).await;
}
