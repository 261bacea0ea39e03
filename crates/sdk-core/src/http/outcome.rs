use std::time::Duration;

use http::HeaderMap;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep, timeout};

use crate::{Error, ErrorKind, Operation, Response, Result, runtime::require_timers};

const SHORTEST_STEP: Duration = Duration::from_millis(100);

/// The response of an operation that may not be complete: the result, or notice that the service is
/// still generating it. See [`Call::send_outcome`](super::Call::send_outcome).
pub trait Outcome: Sized {
    /// The result.
    type Ready: DeserializeOwned;

    /// The result is ready.
    fn ready(value: Self::Ready) -> Self;

    /// The result is not ready. The body may be anything or empty; parsing it must not fail.
    fn pending(headers: &HeaderMap, body: &[u8]) -> Self;

    /// Returns the result.
    ///
    /// # Errors
    ///
    /// Fails with the delay that the service requests, if any, if the result is not ready.
    fn into_ready(self) -> Result<Self::Ready, Option<Duration>>;
}

/// Polling intervals and deadline of a method whose name ends in `_when_ready`.
///
/// By default the method polls after 1, 2, 4 and 8 s and then every 8 s, for at most 90 s. A delay
/// that the service asks for (`Retry-After`) is a minimum. If a call fails with a
/// [retryable](Error::is_retryable) error after its own retries, the method polls again.
///
/// ```
/// # use sdk_core::http::Wait;
/// use std::time::Duration;
///
/// let wait = Wait::new()
///     .timeout(Duration::from_secs(600))
///     .longest_step(Duration::from_secs(30));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct Wait {
    timeout: Duration,
    first_step: Duration,
    longest_step: Duration,
}

impl Wait {
    /// Creates the default: a time limit of 90 s, and delays from 1 s to 8 s.
    pub fn new() -> Self {
        Self {
            timeout: Duration::from_secs(90),
            first_step: Duration::from_secs(1),
            longest_step: Duration::from_secs(8),
        }
    }

    /// Sets the time limit of the whole wait: all calls and the delays between them. The default is
    /// 90 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the delay before the second call, at least 100 ms. Each later delay is twice as long as
    /// the one before. The default is 1 s.
    pub fn first_step(mut self, step: Duration) -> Self {
        self.first_step = step;
        self
    }

    /// Sets the longest delay between two calls, unless the service asks for more. The default is
    /// 8 s.
    pub fn longest_step(mut self, step: Duration) -> Self {
        self.longest_step = step;
        self
    }
}

/// For vendor crates.
impl Wait {
    /// Calls `ask` until the outcome is ready.
    ///
    /// # Errors
    ///
    /// Fails if a call fails and [calling again](Error::is_retryable) does not help, or with
    /// [`ErrorKind::Timeout`] if the deadline has passed or the next delay would exceed it. If the
    /// last call failed, its error is the source.
    pub async fn until_ready<O, F>(
        &self,
        operation: &'static Operation,
        ask: impl Fn() -> F,
    ) -> Result<Response<O::Ready>>
    where
        O: Outcome,
        F: Future<Output = Result<Response<O>>>,
    {
        require_timers().map_err(|error| error.with_operation(operation))?;
        let start = Instant::now();
        let left = || self.timeout.saturating_sub(start.elapsed());
        let mut step = self.first_step.min(self.longest_step).max(SHORTEST_STEP);
        let longest_step = self.longest_step.max(SHORTEST_STEP);
        let mut failure = None;
        let mut asked = 0_u32;
        loop {
            asked = asked.saturating_add(1);
            let Ok(response) = timeout(left(), ask()).await else {
                return Err(self.too_late(operation, asked, None, failure));
            };
            let wait = match response.map(|response| response.try_map(O::into_ready)) {
                Ok(Ok(ready)) => return Ok(ready),
                Ok(Err(wait)) => {
                    failure = None;
                    wait
                }
                Err(error) if error.is_retryable() => {
                    let wait = error.retry_after();
                    failure = Some(error);
                    wait
                }
                Err(error) => return Err(error),
            };
            let pause = step.max(wait.unwrap_or_default());
            if pause >= left() {
                return Err(self.too_late(operation, asked, wait, failure));
            }
            tracing::debug!(asked, ?pause, "not ready yet, polling again");
            sleep(pause).await;
            step = step.saturating_mul(2).min(longest_step);
        }
    }

    fn too_late(
        &self,
        operation: &'static Operation,
        asked: u32,
        wait: Option<Duration>,
        failure: Option<Error>,
    ) -> Error {
        let message = format!("the result was not ready within {:?}", self.timeout);
        let error = Error::new(ErrorKind::Timeout, message)
            .with_operation(operation)
            .with_attempts(asked)
            .with_retry_after(wait);
        match failure {
            Some(failure) => error.with_source(failure),
            None => error,
        }
    }
}

impl Default for Wait {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use http::Method;

    use super::*;
    use crate::{Idempotency, response::Envelope};

    static READ: Operation = Operation::http("read", Method::GET, "/read", Idempotency::Safe);

    const SECOND: Duration = Duration::from_secs(1);

    /// Ready with a number, or pending.
    enum Estimate {
        Ready(u32),
        Pending(Option<Duration>),
    }

    impl Outcome for Estimate {
        type Ready = u32;

        fn ready(value: u32) -> Self {
            Self::Ready(value)
        }

        fn pending(headers: &HeaderMap, _: &[u8]) -> Self {
            Self::Pending(super::super::retry_after(headers))
        }

        fn into_ready(self) -> Result<u32, Option<Duration>> {
            match self {
                Self::Ready(value) => Ok(value),
                Self::Pending(wait) => Err(wait),
            }
        }
    }

    /// Polls an outcome that is pending with these requested delays, then ready; returns the
    /// seconds of the polls.
    async fn run(wait: Wait, pending: Vec<Option<u64>>) -> (Result<u32>, Vec<u64>) {
        let start = Instant::now();
        let times = RefCell::new(Vec::new());
        let pending = RefCell::new(pending.into_iter());
        let result = wait
            .until_ready(&READ, || {
                times.borrow_mut().push(start.elapsed().as_secs());
                let outcome = match pending.borrow_mut().next() {
                    Some(wait) => Estimate::Pending(wait.map(Duration::from_secs)),
                    None => Estimate::Ready(7),
                };
                async { Ok(Response::from_parts(outcome, Envelope::default())) }
            })
            .await;
        (result.map(Response::into_inner), times.into_inner())
    }

    #[tokio::test(start_paused = true)]
    async fn polls_in_growing_steps_until_ready() {
        let (result, times) = run(Wait::new(), vec![]).await;
        assert_eq!((result.unwrap(), times), (7, vec![0]));
        let (result, times) = run(Wait::new(), vec![None; 6]).await;
        assert_eq!((result.unwrap(), times), (7, vec![0, 1, 3, 7, 15, 23, 31]));
    }

    #[tokio::test(start_paused = true)]
    async fn requested_delay_is_a_minimum() {
        let (result, times) = run(Wait::new(), vec![Some(5), Some(0), Some(20)]).await;
        assert_eq!((result.unwrap(), times), (7, vec![0, 5, 7, 27]));
    }

    #[tokio::test(start_paused = true)]
    async fn ends_in_a_timeout() {
        let (result, times) = run(Wait::new(), vec![None; 100]).await;
        let error = result.unwrap_err();
        assert_eq!(times.last(), Some(&87));
        assert!(error.is_timeout() && error.kind() == ErrorKind::Timeout);
        let text = "read failed: the result was not ready within 90s [14 attempts]";
        assert_eq!(error.to_string(), text);

        let (result, times) = run(Wait::new(), vec![Some(90)]).await;
        assert_eq!(result.unwrap_err().retry_after(), Some(SECOND * 90));
        assert_eq!(times, [0]);
    }

    #[tokio::test(start_paused = true)]
    async fn steps_have_a_floor() {
        let start = Instant::now();
        let asked = RefCell::new(0);
        let ask = || {
            *asked.borrow_mut() += 1;
            async { Ok(Response::from_parts(Estimate::Pending(None), Envelope::default())) }
        };
        for wait in
            [Wait::new().first_step(Duration::ZERO), Wait::new().longest_step(Duration::ZERO)]
        {
            wait.timeout(SECOND).until_ready(&READ, ask).await.unwrap_err();
        }
        // At 0, 0.1, 0.3 and 0.7 s of the first; at each tenth of a second of the second.
        assert_eq!(*asked.borrow(), 4 + 10);
        assert!(start.elapsed() < SECOND * 2);
    }

    #[tokio::test(start_paused = true)]
    async fn transient_failure_does_not_end_the_wait() {
        let start = Instant::now();
        let fail = |kind, wait| {
            let error = Error::new(kind, "down").with_operation(&READ);
            Err(error.with_retry_after(wait))
        };
        let times = RefCell::new(Vec::new());
        let ask = || {
            let mut times = times.borrow_mut();
            times.push(start.elapsed().as_secs());
            let result = match times.len() {
                1 => fail(ErrorKind::Transport, None),
                2 => fail(ErrorKind::Timeout, Some(SECOND * 5)),
                3 => Ok(Response::from_parts(Estimate::Pending(None), Envelope::default())),
                _ => Ok(Response::from_parts(Estimate::Ready(7), Envelope::default())),
            };
            std::future::ready(result)
        };
        assert_eq!(*Wait::new().until_ready(&READ, ask).await.unwrap(), 7);
        assert_eq!(*times.borrow(), [0, 1, 6, 10]);

        let always = || std::future::ready(fail(ErrorKind::Connect, None));
        let error = Wait::new().until_ready(&READ, always).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 14));
        let source = std::error::Error::source(&error).unwrap();
        assert_eq!(source.to_string(), "read failed: down");
        let once = || std::future::ready(fail(ErrorKind::Decode, None));
        let error = Wait::new().until_ready(&READ, once).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
    }

    #[tokio::test(start_paused = true)]
    async fn hanging_call_ends_at_the_deadline() {
        let start = Instant::now();
        let wait = Wait::new().timeout(SECOND * 3);
        let never = || std::future::pending::<Result<Response<Estimate>>>();
        let error = wait.until_ready(&READ, never).await.unwrap_err();
        assert_eq!(start.elapsed(), SECOND * 3);
        assert!(error.is_timeout());
    }
}
