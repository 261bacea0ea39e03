use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_core::{FusedStream, Stream};
use tokio::time::{Instant, Sleep, sleep_until};

use super::call::Messages;
use crate::{Error, ErrorKind, Operation, Result};

/// A message that carries the next bytes of a file.
pub trait Chunk: Unpin {
    /// The bytes; there may be none.
    fn into_bytes(self) -> Bytes;
}

/// The bytes of a file, as the service sends them.
///
/// The file is complete when the stream has ended without an error. An error says how many bytes
/// had come, and ends the stream. Two clocks run: the one of the whole call, and one for the wait
/// for each message (the options' `timeout` and `attempt_timeout`).
#[must_use = "nothing arrives unless it is polled"]
pub struct ByteStream<A> {
    messages: Messages<A>,
    operation: &'static Operation,
    attempts: u32,
    idle: Duration,
    deadline: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    received: u64,
    ended: bool,
}

impl<A: Chunk> ByteStream<A> {
    pub(super) fn new(
        messages: Messages<A>,
        operation: &'static Operation,
        attempts: u32,
        idle: Duration,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            messages,
            operation,
            attempts,
            idle,
            deadline,
            timer: None,
            received: 0,
            ended: false,
        }
    }

    /// How many bytes have come so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// The next bytes, never none; `None` when the file is complete.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// The next bytes, never none; `None` when the file is complete.
    ///
    /// # Errors
    ///
    /// The connection broke, the service gave up, or time ran out. Nothing comes after that.
    pub async fn try_next(&mut self) -> Result<Option<Bytes>> {
        self.next().await.transpose()
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        while !self.ended {
            let now = Instant::now();
            let outcome = if self.deadline.is_some_and(|deadline| deadline <= now) {
                Err(Error::new(ErrorKind::Timeout, "the time for the whole call is over"))
            } else {
                match self.messages.poll_next(cx) {
                    Poll::Ready(outcome) => outcome,
                    Poll::Pending => match self.poll_timer(now, cx) {
                        Poll::Ready(error) => Err(error),
                        Poll::Pending => return Poll::Pending,
                    },
                }
            };
            self.timer = None;
            match outcome {
                Ok(Some(message)) => {
                    let bytes = message.into_bytes();
                    if !bytes.is_empty() {
                        self.received = self.received.saturating_add(bytes.len() as u64);
                        return Poll::Ready(Some(Ok(bytes)));
                    }
                }
                Ok(None) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    let error = error
                        .after_bytes(self.received)
                        .with_operation(self.operation)
                        .with_attempts(self.attempts);
                    return Poll::Ready(Some(Err(error)));
                }
            }
        }
        Poll::Ready(None)
    }

    /// Runs while a message is waited for.
    fn poll_timer(&mut self, now: Instant, cx: &mut Context<'_>) -> Poll<Error> {
        let until = [now.checked_add(self.idle), self.deadline].into_iter().flatten().min();
        let Some(until) = until else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        let idle = self.idle;
        timer.as_mut().poll(cx).map(|()| {
            let text = match self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                true => "the time for the whole call is over".to_owned(),
                false => format!("nothing came for {idle:?}"),
            };
            Error::new(ErrorKind::Timeout, text)
        })
    }
}

impl<A: Chunk> Stream for ByteStream<A> {
    type Item = Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_chunk(cx)
    }
}

impl<A: Chunk> FusedStream for ByteStream<A> {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl<A> fmt::Debug for ByteStream<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("operation", &self.operation.name())
            .field("received", &self.received)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
