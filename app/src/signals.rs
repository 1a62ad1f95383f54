//! The wishes of whoever started the process: stop, and stop at once.

use std::io;
use std::time::Duration;

use regia_clock::Clock;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::Instant;

/// SIGINT (Ctrl-C) and SIGTERM (service managers), which mean the same.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
    clock: Clock,
    last: Option<Instant>,
}

/// Whoever signals a process and then its group (`timeout`, some service managers) has one wish.
const ONE_WISH: Duration = Duration::from_millis(500);

impl Signals {
    /// From now on these signals no longer end the process by themselves.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            clock: Clock::system(),
            last: None,
        })
    }

    /// The next wish to stop.
    pub(crate) async fn next(&mut self) {
        loop {
            tokio::select! {
                _ = self.interrupt.recv() => {}
                _ = self.terminate.recv() => {}
            }
            let now = self.clock.instant();
            if self
                .last
                .is_none_or(|last| now.duration_since(last) > ONE_WISH)
            {
                self.last = Some(now);
                return;
            }
        }
    }
}
