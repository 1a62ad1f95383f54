//! Lets the sessions that run when the server stops come to their end.

use std::sync::Arc;
use std::time::Duration;

use crate::context::Context;

/// How often to look whether the last session is over.
const PERIOD: Duration = Duration::from_millis(50);

/// A session that is not over by then is left to another node or to the next start.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for the stop, then for the last session.
pub async fn run(context: Arc<Context>) {
    context.stopping.cancelled().await;
    let began_at = context.clock.instant();
    while context.sessions.count() > 0 && context.clock.instant() - began_at < PATIENCE {
        tokio::time::sleep(PERIOD).await;
    }
    context.drained.cancel();
}
