//! A request's body whose sender may not be silent for long.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};

/// The body ended because its sender was silent.
#[derive(Debug, thiserror::Error)]
#[error("the sender of the body was silent for too long")]
struct Silent;

/// A body with a timer that runs only while its sender is waited for.
pub(crate) struct Patient {
    body: Incoming,
    silence: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    pub(crate) const fn new(body: Incoming, silence: Duration) -> Self {
        Self {
            body,
            silence,
            timer: None,
        }
    }
}

impl Body for Patient {
    type Data = Bytes;
    type Error = Box<dyn std::error::Error + Send + Sync>;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            self.timer = None;
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let silence = self.silence;
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep(silence)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Some(Err(Silent.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
