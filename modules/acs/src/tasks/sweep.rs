//! Forgets sessions that were silent or open for too long.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::context::Context;
use crate::signals;

const PERIOD: Duration = Duration::from_secs(1);

/// Runs until the stop.
pub async fn run(context: Arc<Context>, stopping: CancellationToken) {
    let session = &context.settings.session;
    let idle = Duration::from_secs(session.idle_seconds.into());
    let total = Duration::from_secs(session.total_seconds.into());
    while stopping
        .run_until_cancelled(tokio::time::sleep(PERIOD))
        .await
        .is_some()
    {
        for _ in 0..context.sessions.sweep(context.clock.instant(), idle, total) {
            signals::session_ended("silent");
        }
        signals::sessions_open(context.sessions.count());
        signals::background_places(context.background.available_permits());
    }
}
