//! What a connection is doing and since when, so that one timer that fires rarely finds those that
//! take too long; nothing is armed or allocated for a request.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use regia_clock::Clock;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

/// Milliseconds since the connection began, and the phase in the lowest two bits.
#[derive(Debug)]
pub(crate) struct Pulse {
    began: Instant,
    since: AtomicU64,
}

/// How long each phase may last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    pub head: Duration,
    pub silence: Duration,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Bytes of a head arrive. A new connection is here too: it has a request to make.
    Head = 0,
    /// A handler has the request. How long it takes, and waits for the body, is its own affair.
    Busy = 1,
    /// The answer is on its way, or was sent and the next request has not begun.
    Quiet = 2,
}

impl Pulse {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            began: now(),
            since: AtomicU64::new(Phase::Head as u64),
        })
    }

    pub(crate) fn handler_began(&self) {
        self.enter(Phase::Busy);
    }

    pub(crate) fn handler_ended(&self) {
        self.enter(Phase::Quiet);
    }

    fn read(&self) {
        if self.phase().0 == Phase::Quiet {
            self.enter(Phase::Head);
        }
    }

    fn wrote(&self) {
        let (phase, _) = self.phase();
        if phase != Phase::Busy {
            self.enter(phase);
        }
    }

    /// When patience ends; none while a handler works.
    pub(crate) fn deadline(&self, patience: Patience) -> Option<Instant> {
        let (phase, since) = self.phase();
        match phase {
            Phase::Head => Some(since + patience.head),
            Phase::Busy => None,
            Phase::Quiet => Some(since + patience.silence),
        }
    }

    fn enter(&self, phase: Phase) {
        let elapsed = now().saturating_duration_since(self.began).as_millis();
        let elapsed = u64::try_from(elapsed).unwrap_or(u64::MAX >> 2);
        self.since
            .store(elapsed << 2 | phase as u64, Ordering::Relaxed);
    }

    fn phase(&self) -> (Phase, Instant) {
        let since = self.since.load(Ordering::Relaxed);
        let phase = match since & 3 {
            0 => Phase::Head,
            1 => Phase::Busy,
            _ => Phase::Quiet,
        };
        (phase, self.began + Duration::from_millis(since >> 2))
    }
}

/// The timers of this module run on the machine's clock, and so does what they are compared with.
pub(crate) fn now() -> Instant {
    Clock::system().instant()
}

/// A stream whose bytes are felt.
#[derive(Debug)]
pub(crate) struct Felt<S> {
    pub stream: S,
    pub pulse: Arc<Pulse>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Felt<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.pulse.read();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> Felt<S> {
    fn felt(&self, polled: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if matches!(polled, Poll::Ready(Ok(bytes)) if bytes > 0) {
            self.pulse.wrote();
        }
        polled
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Felt<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.felt(polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.felt(polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Patience = Patience {
        head: Duration::from_secs(10),
        silence: Duration::from_secs(60),
    };

    /// Seconds until patience ends.
    fn left(pulse: &Pulse) -> Option<u64> {
        pulse.deadline(PATIENCE).map(|at| (at - now()).as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn patience_follows_what_the_connection_does() {
        let pulse = Pulse::new();
        let pass = |seconds| tokio::time::advance(Duration::from_secs(seconds));
        pass(4).await;
        pulse.read();
        assert_eq!(
            left(&pulse),
            Some(6),
            "more of a head gives it no more time"
        );
        pulse.handler_began();
        pulse.read();
        assert_eq!(left(&pulse), None, "a body arrives");
        pass(100).await;
        pulse.handler_ended();
        assert_eq!(left(&pulse), Some(60));
        pass(50).await;
        assert_eq!(left(&pulse), Some(10));
        pulse.wrote();
        assert_eq!(
            left(&pulse),
            Some(60),
            "a reader that takes something is not silent"
        );
        pass(50).await;
        pulse.read();
        assert_eq!(left(&pulse), Some(10), "the next head has begun");
    }
}
