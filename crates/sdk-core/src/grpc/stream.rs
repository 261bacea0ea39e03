use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures_core::{FusedStream, Stream};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::{Error, ErrorKind, Operation, Result};

/// A message that contains the next bytes of a file.
pub trait Chunk: Unpin {
    /// Returns the bytes, which may be empty.
    fn into_bytes(self) -> Bytes;
}

/// The source of the bytes.
pub(super) trait Pieces: Send {
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>>;
}

/// The bytes of a file, in the chunks in which the service sends them.
///
/// The file is complete when the stream ends without an error. An error contains the number of
/// received bytes, and ends the stream. A stream without a single byte is also an error. Two limits
/// apply: `timeout` to the whole call, and `attempt_timeout` to the wait for each chunk.
#[must_use = "the file arrives only while the stream is polled"]
pub struct ByteStream {
    pieces: Box<dyn Pieces>,
    operation: &'static Operation,
    attempts: u32,
    idle: Duration,
    deadline: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    max_size: Option<u64>,
    received: u64,
    ended: bool,
}

impl ByteStream {
    pub(super) fn new(
        pieces: Box<dyn Pieces>,
        operation: &'static Operation,
        attempts: u32,
        idle: Duration,
        deadline: Option<Instant>,
    ) -> Self {
        Self {
            pieces,
            operation,
            attempts,
            idle,
            deadline,
            timer: None,
            max_size: None,
            received: 0,
            ended: false,
        }
    }

    /// Fails if the file has more bytes than this.
    pub(super) fn limited_to(mut self, max_size: Option<u64>) -> Self {
        self.max_size = max_size;
        self
    }

    /// Returns the number of bytes that have arrived so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.received
    }

    /// Returns the next bytes, at least one; `None` when the file is complete.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        std::future::poll_fn(|cx| self.poll_chunk(cx)).await
    }

    /// Returns the next bytes, at least one; `None` when the file is complete.
    ///
    /// # Errors
    ///
    /// Fails if the connection breaks, the service fails, a time limit passes, or the file is too
    /// large or empty. The stream ends after an error.
    pub async fn try_next(&mut self) -> Result<Option<Bytes>> {
        self.next().await.transpose()
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        while !self.ended {
            let now = Instant::now();
            let outcome = if self.deadline.is_some_and(|deadline| deadline <= now) {
                Err(Error::new(ErrorKind::Timeout, "the deadline of the call has passed"))
            } else {
                match self.pieces.poll_piece(cx) {
                    Poll::Ready(outcome) => outcome,
                    Poll::Pending => match self.poll_timer(now, cx) {
                        Poll::Ready(error) => Err(error),
                        Poll::Pending => return Poll::Pending,
                    },
                }
            };
            self.timer = None;
            let error = match outcome {
                Ok(Some(bytes)) if bytes.is_empty() => continue,
                Ok(Some(bytes)) => {
                    self.received = self.received.saturating_add(bytes.len() as u64);
                    match self.max_size {
                        Some(limit) if self.received > limit => Error::new(
                            ErrorKind::BodyTooLarge,
                            format!("the file is larger than {limit} bytes; raise `max_size`"),
                        ),
                        _ => return Poll::Ready(Some(Ok(bytes))),
                    }
                }
                Ok(None) if self.received == 0 => {
                    Error::new(ErrorKind::Decode, "the response contains no file: it is empty")
                }
                Ok(None) => {
                    self.ended = true;
                    break;
                }
                Err(error) => error.after_bytes(self.received),
            };
            self.ended = true;
            let error = error.with_operation(self.operation).with_attempts(self.attempts);
            return Poll::Ready(Some(Err(error)));
        }
        Poll::Ready(None)
    }

    /// Runs while waiting for a chunk.
    fn poll_timer(&mut self, now: Instant, cx: &mut Context<'_>) -> Poll<Error> {
        let until = [now.checked_add(self.idle), self.deadline].into_iter().flatten().min();
        let Some(until) = until else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(until)));
        let idle = self.idle;
        timer.as_mut().poll(cx).map(|()| {
            let text = match self.deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                true => "the deadline of the call has passed".to_owned(),
                false => format!("no data arrived for {idle:?}"),
            };
            Error::new(ErrorKind::Timeout, text)
        })
    }
}

impl Stream for ByteStream {
    type Item = Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll_chunk(cx)
    }
}

impl FusedStream for ByteStream {
    fn is_terminated(&self) -> bool {
        self.ended
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("operation", &self.operation.name())
            .field("received", &self.received)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
