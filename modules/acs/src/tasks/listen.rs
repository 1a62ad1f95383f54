//! Hears what other nodes announce: a device has work, fleet credentials or the
//! onboarding mode changed.

use std::sync::Arc;
use std::time::Duration;

use regia_store::StoreError;
use tokio_util::sync::CancellationToken;

use crate::context::{CREDENTIAL_CHANNEL, Context, ONBOARDING_CHANNEL, WORK_CHANNEL};
use crate::flows::{fleet, mode};
use crate::model::identity::DeviceId;

/// Wait before listening again after the database was away.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs until the stop. After each new start of listening credentials and mode are read again, since
/// announcements may have been missed.
pub async fn run(context: Arc<Context>, stopping: CancellationToken) {
    while let Some(ended) = stopping.run_until_cancelled(listen(&context)).await {
        if let Err(error) = ended {
            let fault = regia_fault::Fault::from(error);
            tracing::warn!(
                error = fault.chain(),
                "listening for announcements broke off"
            );
        }
        if stopping
            .run_until_cancelled(tokio::time::sleep(PAUSE))
            .await
            .is_none()
        {
            return;
        }
    }
}

async fn listen(context: &Context) -> Result<(), StoreError> {
    let mut listener = context.store.listener().await?;
    listener
        .listen_all([WORK_CHANNEL, CREDENTIAL_CHANNEL, ONBOARDING_CHANNEL])
        .await?;
    fleet::load(context).await?;
    mode::load(context).await?;
    loop {
        let announced = listener.recv().await?;
        if announced.channel() == CREDENTIAL_CHANNEL {
            fleet::load(context).await?;
        } else if announced.channel() == ONBOARDING_CHANNEL {
            mode::load(context).await?;
        } else if let Ok(device) = announced.payload().parse::<DeviceId>() {
            context.sessions.wake(device);
        }
    }
}
