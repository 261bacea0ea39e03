use std::{fmt, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, timeout};
use tower::retry::budget::{Budget, TpsBudget};

use crate::{CallOptions, Error, ErrorKind, Operation, Result};

/// Decides whether a failed attempt is followed by another.
///
/// A policy looks at the error and returns data; the client does the waiting. Three things are not
/// left to it: an operation that must happen at most once is never repeated after it may have
/// reached the service; a wait the service asked for is a minimum; the deadline of the call and the
/// client's [`RetryBudget`] end it.
///
/// ```
/// use std::time::Duration;
/// use sdk_core::{Attempt, Decision, RetryPolicy};
///
/// /// Waits as long as the service says, and only if it says so.
/// #[derive(Debug)]
/// struct WhenAsked;
///
/// impl RetryPolicy for WhenAsked {
///     fn decide(&self, attempt: &Attempt<'_>) -> Decision {
///         match attempt.error().retry_after() {
///             Some(wait) if attempt.number() < 10 => Decision::RetryAfter(wait),
///             _ => Decision::Stop,
///         }
///     }
/// }
/// ```
pub trait RetryPolicy: fmt::Debug + Send + Sync {
    /// What to do after this failed attempt.
    fn decide(&self, attempt: &Attempt<'_>) -> Decision;
}

/// A failed attempt, as a [`RetryPolicy`] sees it.
#[derive(Debug)]
pub struct Attempt<'a> {
    number: u32,
    elapsed: Duration,
    error: &'a Error,
}

impl<'a> Attempt<'a> {
    /// Which attempt failed; the first is 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Time since the call began.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Why it failed.
    #[must_use]
    pub fn error(&self) -> &'a Error {
        self.error
    }
}

/// What a [`RetryPolicy`] decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Give up and return the error.
    Stop,
    /// Try again after this wait, or after what the service asked for if that is longer.
    RetryAfter(Duration),
}

/// Never tries again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NeverRetry;

impl RetryPolicy for NeverRetry {
    fn decide(&self, _attempt: &Attempt<'_>) -> Decision {
        Decision::Stop
    }
}

/// The default policy: up to four attempts at [retryable](Error::is_retryable) errors, with full
/// jitter over an exponentially growing wait.
///
/// The wait before attempt *n + 1* is drawn between zero and 250 ms · 2ⁿ⁻¹, at most 20 s; after a
/// 429 that names no time, between zero and four times that.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct StandardRetry {
    max_attempts: u32,
    base_delay: Duration,
    max_delay: Duration,
}

impl StandardRetry {
    /// Four attempts, 250 ms base, 20 s at most.
    pub fn new() -> Self {
        Self {
            max_attempts: 4,
            base_delay: Duration::from_millis(250),
            max_delay: Duration::from_secs(20),
        }
    }

    /// How often to try in all; 0 and 1 both mean once.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// The upper bound of the first wait.
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// The upper bound of every wait.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// The longest wait after this attempt, before jitter.
    fn ceiling(&self, attempt: &Attempt<'_>) -> Duration {
        let base = if attempt.error.is_throttled() {
            self.base_delay.saturating_mul(4)
        } else {
            self.base_delay
        };
        let doublings = attempt.number.saturating_sub(1).min(31);
        base.saturating_mul(1 << doublings).min(self.max_delay)
    }
}

impl Default for StandardRetry {
    fn default() -> Self {
        Self::new()
    }
}

impl RetryPolicy for StandardRetry {
    fn decide(&self, attempt: &Attempt<'_>) -> Decision {
        if attempt.number >= self.max_attempts || !attempt.error.is_retryable() {
            return Decision::Stop;
        }
        Decision::RetryAfter(self.ceiling(attempt).mul_f64(fastrand::f64()))
    }
}

/// Limits how many retries all calls of a client make together, so that a service in trouble is
/// not buried under them.
///
/// The default allows 10 retries a second and one for every five successful calls, saved up over
/// 10 seconds.
#[derive(Clone)]
pub struct RetryBudget(Option<Arc<TpsBudget>>);

impl RetryBudget {
    /// Allows `per_second` retries a second, and `percent` retries for every 100 successful calls,
    /// saved up over 10 seconds.
    #[must_use]
    pub fn new(per_second: u32, percent: u32) -> Self {
        let share = f64::from(percent.min(100_000)) / 100.0;
        #[expect(clippy::cast_possible_truncation, reason = "at most 1000")]
        let share = share as f32;
        let budget = TpsBudget::new(Duration::from_secs(10), per_second, share);
        Self(Some(Arc::new(budget)))
    }

    /// No limit but each call's own.
    #[must_use]
    pub fn unlimited() -> Self {
        Self(None)
    }

    fn deposit(&self) {
        if let Some(budget) = &self.0 {
            budget.deposit();
        }
    }

    fn withdraw(&self) -> bool {
        self.0.as_ref().is_none_or(|budget| budget.withdraw())
    }
}

impl Default for RetryBudget {
    fn default() -> Self {
        Self::new(10, 20)
    }
}

impl fmt::Debug for RetryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let limit = if self.0.is_some() { "limited" } else { "unlimited" };
        f.debug_tuple("RetryBudget").field(&limit).finish()
    }
}

/// Makes a call: attempts it, and again as policy, budget and deadline allow.
///
/// This is the only retry loop. It knows no transport: `attempt` does one try, given its number.
pub(crate) async fn run<T, F>(
    operation: &'static Operation,
    options: &CallOptions,
    budget: &RetryBudget,
    mut attempt: impl FnMut(u32) -> F,
) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    let policy = options.effective_retry();
    let start = Instant::now();
    // No deadline if it lies beyond what the clock can tell.
    let deadline = start.checked_add(options.effective_timeout());
    let left = || deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));

    let mut number = 0_u32;
    loop {
        number = number.saturating_add(1);
        let whole_call = left().unwrap_or(Duration::MAX);
        let limit = options.effective_attempt_timeout().min(whole_call);
        let result = match timeout(limit, attempt(number)).await {
            Ok(result) => result,
            Err(_) if limit == whole_call => Err(Error::new(
                ErrorKind::Timeout,
                format!("no answer within {:?}", options.effective_timeout()),
            )),
            Err(_) => Err(Error::new(
                ErrorKind::Timeout,
                format!("no answer to this attempt within {limit:?}"),
            )),
        };
        let error = match result {
            Ok(value) => {
                budget.deposit();
                return Ok(value);
            }
            Err(error) => error.with_operation(operation).with_attempts(number),
        };
        let Some(wait) = wait_before_next(&*policy, &error, number, start.elapsed()) else {
            return Err(error);
        };
        if left().is_some_and(|left| wait >= left) {
            tracing::debug!(number, ?wait, "not retried: the deadline comes first");
            return Err(error);
        }
        if !budget.withdraw() {
            tracing::warn!(number, "not retried: the client's retry budget is used up");
            return Err(error);
        }
        tracing::debug!(
            number,
            ?wait,
            kind = ?error.kind(),
            status = error.status().map(|status| status.as_u16()),
            request_id = error.request_id(),
            "attempt failed, trying again"
        );
        sleep(wait).await;
    }
}

fn wait_before_next(
    policy: &dyn RetryPolicy,
    error: &Error,
    number: u32,
    elapsed: Duration,
) -> Option<Duration> {
    if !error.may_be_repeated() {
        return None;
    }
    let attempt = Attempt { number, elapsed, error };
    match policy.decide(&attempt) {
        Decision::Stop => None,
        Decision::RetryAfter(wait) => Some(wait.max(error.retry_after().unwrap_or_default())),
    }
}
