use std::{fmt, pin::pin, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, timeout, timeout_at};
use tower::retry::budget::{Budget, TpsBudget};
use tracing::Instrument as _;

use crate::{
    CallOptions, Error, ErrorKind, Operation, Response, Result,
    runtime::require_timers,
    telemetry::{self, Obstacle, Server},
};

/// Decides whether the client retries after a failed attempt.
///
/// A policy looks at the error and returns a [`Decision`]; the client waits. Three rules take
/// precedence over every policy. The client never repeats an operation marked *at most once* after
/// it may have reached the service. A delay that the service asks for is a minimum. The deadline of
/// the call and the client's [`RetryBudget`] limit the retries.
///
/// ```
/// # use sdk_core::{Attempt, Decision, RetryPolicy};
/// /// Retries only if the service names a delay.
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
    /// Decides what to do after a failed attempt.
    fn decide(&self, attempt: &Attempt<'_>) -> Decision;
}

/// A failed attempt, passed to a [`RetryPolicy`].
#[derive(Debug)]
pub struct Attempt<'a> {
    number: u32,
    elapsed: Duration,
    error: &'a Error,
}

impl<'a> Attempt<'a> {
    /// Returns the number of the attempt; the first is 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Returns the time since the call began.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// Returns the error of the attempt.
    #[must_use]
    pub fn error(&self) -> &'a Error {
        self.error
    }
}

/// Decision of a [`RetryPolicy`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Give up and return the error.
    Stop,
    /// Retry after this delay, or after the delay that the service asks for if that is longer.
    RetryAfter(Duration),
}

/// A retry policy that never retries.
///
/// ```
/// # use sdk_core::{CallOptions, NeverRetry};
/// let once = CallOptions::new().retry(NeverRetry);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NeverRetry;

impl RetryPolicy for NeverRetry {
    fn decide(&self, _attempt: &Attempt<'_>) -> Decision {
        Decision::Stop
    }
}

/// The default policy: up to four attempts, if the errors are [retryable](Error::is_retryable),
/// with exponential backoff and full jitter.
///
/// The delay before attempt *n + 1* is random between zero and 250 ms · 2ⁿ⁻¹, at most 20 s. After a
/// 429 without a requested delay, the upper bound is four times that.
///
/// ```
/// # use sdk_core::{CallOptions, StandardRetry};
/// use std::time::Duration;
///
/// let patient = StandardRetry::new().max_attempts(8).max_delay(Duration::from_secs(60));
/// let options = CallOptions::new().timeout(Duration::from_secs(600)).retry(patient);
/// ```
#[doc(alias = "backoff")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct StandardRetry {
    max_attempts: u32,
    base_delay: Duration,
    max_delay: Duration,
}

impl StandardRetry {
    pub(crate) const DEFAULT: Self = Self {
        max_attempts: 4,
        base_delay: Duration::from_millis(250),
        max_delay: Duration::from_secs(20),
    };

    /// Creates the default policy: four attempts, a base delay of 250 ms, at most 20 s.
    pub fn new() -> Self {
        Self::DEFAULT
    }

    /// Sets the maximum number of attempts. 0 and 1 both mean a single attempt. The default is 4.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// Sets the upper bound of the first delay. The default is 250 ms.
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets the upper bound of every delay. The default is 20 s.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Returns the longest delay after this attempt, before jitter.
    fn ceiling(&self, attempt: &Attempt<'_>) -> Duration {
        let base = if attempt.error.is_throttled() && attempt.error.retry_after().is_none() {
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
        let ceiling = u64::try_from(self.ceiling(attempt).as_nanos()).unwrap_or(u64::MAX);
        Decision::RetryAfter(Duration::from_nanos(fastrand::u64(..=ceiling)))
    }
}

/// Limits the total number of retries of all calls of a client, so that retries do not overload a
/// failing service.
///
/// The default allows 10 retries a second and one for every five successful calls, saved up over
/// 10 seconds. Set it on the client's builder.
///
/// ```
/// # use sdk_core::RetryBudget;
/// // Two retries a second, and one for every ten successful calls.
/// let budget = RetryBudget::new(2, 10);
/// ```
#[derive(Clone)]
pub struct RetryBudget(Option<Arc<TpsBudget>>);

impl RetryBudget {
    /// Allows `per_second` retries a second, and `percent` retries for every 100 successful calls,
    /// saved up over 10 seconds. Values are capped at 2,147,483,646 a second and at 100,000
    /// percent.
    #[must_use]
    pub fn new(per_second: u32, percent: u32) -> Self {
        let share = f64::from(percent.min(100_000)) / 100.0;
        #[expect(clippy::cast_possible_truncation, reason = "at most 1000")]
        let share = share as f32;
        let per_second = per_second.min(i32::MAX.unsigned_abs() - 1);
        let budget = TpsBudget::new(Duration::from_secs(10), per_second, share);
        Self(Some(Arc::new(budget)))
    }

    /// Creates a budget without a limit; only the retry policy limits each call.
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

/// Makes a call in its span: one attempt, then retries as policy, budget and deadline allow.
///
/// This is the only retry loop, and it is independent of the transport. `attempt` makes the attempt
/// with the given number. Connection errors name `server`.
pub(crate) async fn run<T, F>(
    operation: &'static Operation,
    server: Option<&Server>,
    options: &CallOptions,
    budget: &RetryBudget,
    mut attempt: impl FnMut(u32) -> F,
) -> Result<Response<T>>
where
    F: Future<Output = Result<Response<T>>>,
{
    let span = telemetry::call_span(operation);
    let mut count = 0;
    let outcome = {
        // Pinned where it is made, so that no wrapper moves this large future.
        let attempts = pin!(make_attempts(operation, server, options, budget, |number| {
            count = number;
            attempt(number)
        }));
        attempts.instrument(span.clone()).await
    };
    span.record("billing.attempts", count);
    telemetry::record(&span, operation, &outcome);
    outcome
}

async fn make_attempts<T, F>(
    operation: &'static Operation,
    server: Option<&Server>,
    options: &CallOptions,
    budget: &RetryBudget,
    mut attempt: impl FnMut(u32) -> F,
) -> Result<Response<T>>
where
    F: Future<Output = Result<Response<T>>>,
{
    require_timers().map_err(|error| error.with_operation(operation))?;
    let policy = options.effective_retry();
    let start = Instant::now();
    // There is no deadline if it would be beyond the range of the clock.
    let deadline = start.checked_add(options.effective_timeout());
    let left = |now| deadline.map(|deadline| deadline.saturating_duration_since(now));

    let mut now = start;
    let mut number = 0_u32;
    let mut sent = false;
    loop {
        number = number.saturating_add(1);
        let whole_call = left(now).unwrap_or(Duration::MAX);
        let limit = options.effective_attempt_timeout().min(whole_call);
        let span = telemetry::attempt_span(operation, server, number);
        let result = {
            let attempt = pin!(attempt(number));
            let limited = match now.checked_add(limit) {
                Some(end) => timeout_at(end, attempt),
                None => timeout(limit, attempt),
            };
            limited.instrument(span.clone()).await
        };
        let result = result.unwrap_or_else(|_| {
            let message = match limit == whole_call {
                true => format!("no response within {:?}", options.effective_timeout()),
                false => format!("no response to this attempt within {limit:?}"),
            };
            Err(Error::new(ErrorKind::Timeout, message))
        });
        let result = result.map_err(|error| {
            error.of_call(operation, server).with_attempts(number).after_sending(sent)
        });
        telemetry::record(&span, operation, &result);
        // The span ends here, before any wait.
        drop(span);
        let error = match result {
            Ok(response) => {
                budget.deposit();
                return Ok(response);
            }
            Err(error) => error,
        };
        sent = error.was_sent();
        let Some(wait) = wait_before_next(policy, &error, number, start.elapsed()) else {
            return Err(error);
        };
        if left(Instant::now()).is_some_and(|left| wait >= left) {
            telemetry::retry_event(operation, &error, wait, Some(Obstacle::Deadline));
            return Err(error);
        }
        if !budget.withdraw() {
            telemetry::retry_event(operation, &error, wait, Some(Obstacle::Budget));
            return Err(error);
        }
        telemetry::retry_event(operation, &error, wait, None);
        sleep(wait).await;
        now = Instant::now();
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

#[cfg(feature = "http")]
#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use http::{Method, StatusCode};
    use proptest::prelude::*;

    use super::*;
    use crate::{Idempotency, response::Envelope};

    static READ: Operation = Operation::http("read", Method::GET, "/read", Idempotency::Safe);
    static CHARGE: Operation =
        Operation::http("charge", Method::POST, "/charge", Idempotency::Never);

    const SECOND: Duration = Duration::from_secs(1);

    /// Waits a second longer after each attempt, whatever the error.
    #[derive(Debug)]
    struct Patient;

    impl RetryPolicy for Patient {
        fn decide(&self, attempt: &Attempt<'_>) -> Decision {
            Decision::RetryAfter(SECOND * attempt.number())
        }
    }

    fn status(code: u16) -> Error {
        let status = StatusCode::from_u16(code).unwrap();
        Error::new(ErrorKind::Status, "no").with_response(status, http::HeaderMap::new(), None)
    }

    /// Makes attempts that fail with these errors in turn and then succeed; returns the seconds of
    /// the attempts.
    async fn run_script(
        operation: &'static Operation,
        options: CallOptions,
        budget: &RetryBudget,
        errors: Vec<Error>,
    ) -> (Result<u32>, Vec<u64>) {
        let start = Instant::now();
        let times = RefCell::new(Vec::new());
        let errors = RefCell::new(errors.into_iter());
        let result = run(operation, None, &options, budget, |number| {
            times.borrow_mut().push(start.elapsed().as_secs());
            let error = errors.borrow_mut().next();
            let response = Response::from_parts(number, Envelope::default());
            async move { error.map_or(Ok(response), Err) }
        })
        .await;
        (result.map(Response::into_inner), times.into_inner())
    }

    /// A call whose attempts never end.
    async fn run_forever(options: &CallOptions) -> Error {
        let never = |_| std::future::pending::<Result<Response<()>>>();
        run(&READ, None, options, &RetryBudget::default(), never).await.unwrap_err()
    }

    #[tokio::test(start_paused = true)]
    async fn waits_as_the_policy_decides_and_counts_attempts() {
        let options = CallOptions::new().retry(Patient);
        let errors = vec![status(503), status(503)];
        let (result, times) = run_script(&READ, options, &RetryBudget::default(), errors).await;
        assert_eq!(result.unwrap(), 3);
        assert_eq!(times, [0, 1, 3]);
    }

    #[tokio::test(start_paused = true)]
    async fn requested_delay_is_a_minimum() {
        let options = CallOptions::new().retry(Patient);
        let errors = vec![
            status(429).with_retry_after(Some(SECOND * 7)),
            status(429).with_retry_after(Some(Duration::ZERO)),
        ];
        let (result, times) = run_script(&READ, options, &RetryBudget::default(), errors).await;
        assert_eq!(result.unwrap(), 3);
        assert_eq!(times, [0, 7, 9]);
    }

    #[tokio::test(start_paused = true)]
    async fn stops_if_the_delay_would_pass_the_deadline() {
        let options = CallOptions::new().retry(Patient).timeout(SECOND * 60);
        let errors = vec![status(429).with_retry_after(Some(SECOND * 61))];
        let (result, times) = run_script(&READ, options, &RetryBudget::default(), errors).await;
        let error = result.unwrap_err();
        assert!(error.is_throttled());
        assert_eq!((error.attempts(), error.retry_after()), (1, Some(SECOND * 61)));
        assert_eq!(times, [0]);
    }

    #[tokio::test(start_paused = true)]
    async fn deadline_ends_the_attempt_and_the_call() {
        let start = Instant::now();
        let options =
            CallOptions::new().retry(Patient).attempt_timeout(SECOND * 10).timeout(SECOND * 15);
        let error = run_forever(&options).await;
        assert_eq!(start.elapsed(), SECOND * 15);
        assert!(error.is_timeout());
        assert_eq!(error.attempts(), 2);
        assert_eq!(error.to_string(), "read failed: no response within 15s [2 attempts]");
    }

    #[tokio::test(start_paused = true)]
    async fn timeout_names_the_exceeded_limit() {
        let options = CallOptions::new().retry(crate::NeverRetry);
        for (attempt, call, expected) in [
            (10, 15, "read failed: no response to this attempt within 10s"),
            (15, 15, "read failed: no response within 15s"),
            (20, 15, "read failed: no response within 15s"),
        ] {
            let options = options.clone().attempt_timeout(SECOND * attempt).timeout(SECOND * call);
            assert_eq!(run_forever(&options).await.to_string(), expected);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn policy_gets_the_elapsed_time() {
        /// Stops after three seconds.
        #[derive(Debug)]
        struct Brief;

        impl RetryPolicy for Brief {
            fn decide(&self, attempt: &Attempt<'_>) -> Decision {
                assert_eq!(attempt.elapsed(), SECOND * (attempt.number() - 1));
                match attempt.elapsed() < SECOND * 3 {
                    true => Decision::RetryAfter(SECOND),
                    false => Decision::Stop,
                }
            }
        }

        let errors = (0..9).map(|_| status(503)).collect();
        let options = CallOptions::new().retry(Brief);
        let (result, times) = run_script(&READ, options, &RetryBudget::unlimited(), errors).await;
        assert_eq!((result.unwrap_err().attempts(), times), (4, vec![0, 1, 2, 3]));
    }

    #[test]
    fn runtime_without_timers_is_rejected() {
        let (options, budget) = (CallOptions::new(), RetryBudget::default());
        let call = || async {
            let done = |_| async { Ok(Response::from_parts((), Envelope::default())) };
            run(&READ, None, &options, &budget, done).await
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let error = runtime.block_on(call()).unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Config, 0));
        assert!(!error.was_sent() && !error.is_retryable());
        let expected = "read failed: the Tokio runtime has no timers: build it with `enable_time` \
                        or `enable_all`";
        assert_eq!(error.to_string(), expected);

        let mut future = std::pin::pin!(call());
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let std::task::Poll::Ready(Err(error)) = future.as_mut().poll(&mut context) else {
            panic!("there is no runtime to wait for");
        };
        assert!(error.to_string().contains("no Tokio runtime"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn time_limit_beyond_the_clock_is_none() {
        let options = CallOptions::new().timeout(Duration::MAX).attempt_timeout(Duration::MAX);
        let budget = RetryBudget::default();
        let (result, _) = run_script(&READ, options, &budget, vec![status(503)]).await;
        assert_eq!(result.unwrap(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn at_most_once_call_is_retried_only_if_unsent() {
        for error in [
            status(429),
            status(503),
            status(401),
            Error::new(ErrorKind::Transport, "cut"),
            Error::new(ErrorKind::Timeout, "late"),
            Error::new(ErrorKind::Decode, "what"),
        ] {
            let options = CallOptions::new().retry(Patient);
            let budget = RetryBudget::default();
            let (result, times) = run_script(&CHARGE, options, &budget, vec![error]).await;
            let error = result.unwrap_err();
            assert!(!error.is_retryable() && error.was_sent(), "{error}");
            assert_eq!(times, [0], "{error}");
        }
        let refused = Error::new(ErrorKind::Connect, "refused");
        let options = CallOptions::new().retry(Patient);
        let budget = RetryBudget::default();
        let (result, times) = run_script(&CHARGE, options, &budget, vec![refused]).await;
        assert_eq!(result.unwrap(), 2);
        assert_eq!(times, [0, 1]);
    }

    #[tokio::test(start_paused = true)]
    async fn sent_request_stays_sent() {
        let refused = || Error::new(ErrorKind::Connect, "refused");
        for (errors, sent) in
            [(vec![refused(), refused()], false), (vec![refused(), status(503), refused()], true)]
        {
            let attempts = errors.len();
            let policy = StandardRetry::new().max_attempts(u32::try_from(attempts).unwrap());
            let options = CallOptions::new().retry(policy);
            let (result, _) = run_script(&READ, options, &RetryBudget::default(), errors).await;
            let error = result.unwrap_err();
            assert_eq!((error.is_connect(), error.was_sent()), (true, sent));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn budget_limits_all_calls_together() {
        let budget = RetryBudget::new(1, 0);
        let mut attempts = 0;
        for _ in 0..50 {
            let options = CallOptions::new().retry(StandardRetry::new().base_delay(Duration::ZERO));
            let errors = (0..9).map(|_| status(503)).collect();
            let (result, times) = run_script(&READ, options, &budget, errors).await;
            assert!(result.is_err());
            attempts += times.len();
        }
        assert_eq!(attempts, 50 + 10, "ten seconds of one retry a second");

        // More retries than the default budget allows at once.
        let policy = StandardRetry::new().max_attempts(u32::MAX).base_delay(Duration::ZERO);
        let options = CallOptions::new().retry(policy);
        let errors = (0..1000).map(|_| status(503)).collect();
        let (result, _) = run_script(&READ, options, &RetryBudget::unlimited(), errors).await;
        assert_eq!(result.unwrap(), 1001);
    }

    #[test]
    fn debug_output_of_a_budget_shows_whether_it_limits() {
        assert_eq!(format!("{:?}", RetryBudget::default()), "RetryBudget(\"limited\")");
        assert_eq!(format!("{:?}", RetryBudget::unlimited()), "RetryBudget(\"unlimited\")");
    }

    #[tokio::test(start_paused = true)]
    async fn successful_calls_add_to_the_budget() {
        // No retries per second, and one for every two successful calls.
        let budget = RetryBudget::new(0, 50);
        let call = async |errors| {
            let options = CallOptions::new().retry(StandardRetry::new().base_delay(Duration::ZERO));
            run_script(&READ, options, &budget, errors).await.1.len()
        };
        assert_eq!(call(vec![status(503)]).await, 1);
        assert_eq!(call(vec![]).await, 1);
        assert_eq!(call(vec![status(503)]).await, 1, "one success is not enough");
        assert_eq!(call(vec![]).await, 1);
        assert_eq!(call(vec![status(503)]).await, 2);
        assert_eq!(call(vec![status(503)]).await, 1, "it is used up");
    }

    #[tokio::test]
    async fn budget_may_have_any_size() {
        for (per_second, percent) in [(u32::MAX, u32::MAX), (i32::MAX as u32, 0), (0, 1), (0, 0)] {
            let budget = RetryBudget::new(per_second, percent);
            assert_eq!(budget.withdraw(), per_second > 0, "{per_second} {percent}");
        }
    }

    #[test]
    fn standard_policy_increases_the_delay() {
        let policy = StandardRetry::new().max_attempts(u32::MAX);
        let throttled_for = status(429).with_retry_after(Some(SECOND));
        for (error, number, ceiling) in [
            (&status(503), 1, 250),
            (&status(503), 2, 500),
            (&status(503), 3, 1000),
            (&status(503), 7, 16_000),
            (&status(503), 8, 20_000),
            (&status(503), u32::MAX - 1, 20_000),
            (&status(429), 1, 1000),
            (&status(429), 2, 2000),
            (&throttled_for, 1, 250),
        ] {
            let attempt = Attempt { number, elapsed: Duration::ZERO, error };
            let ceiling = Duration::from_millis(ceiling);
            assert_eq!(policy.ceiling(&attempt), ceiling, "{number} {error}");
            // Delays are drawn from the whole range: of 200, one is in the upper half and one in
            // the lower.
            let waits = (0..200).map(|_| match policy.decide(&attempt) {
                Decision::RetryAfter(wait) => wait,
                Decision::Stop => panic!("stopped"),
            });
            let waits: Vec<_> = waits.collect();
            assert!(waits.iter().any(|wait| *wait > ceiling / 2), "{number} {error}");
            assert!(waits.iter().any(|wait| *wait < ceiling / 2), "{number} {error}");
        }
    }

    #[test]
    fn standard_policy_retries_only_transient_errors() {
        let decide = |error: &Error, number| {
            StandardRetry::new().decide(&Attempt { number, elapsed: Duration::ZERO, error })
        };
        for code in [408, 429, 500, 502, 503, 504] {
            assert_ne!(decide(&status(code), 1), Decision::Stop, "{code}");
            assert_eq!(decide(&status(code), 4), Decision::Stop, "{code}");
        }
        for code in [400, 401, 403, 404, 409, 412, 501] {
            assert_eq!(decide(&status(code), 1), Decision::Stop, "{code}");
        }
        for kind in [ErrorKind::Connect, ErrorKind::Transport, ErrorKind::Timeout] {
            assert_ne!(decide(&Error::new(kind, "x"), 1), Decision::Stop, "{kind:?}");
            assert_eq!(decide(&Error::new(kind, "x").permanent(), 1), Decision::Stop, "{kind:?}");
        }
        for kind in [ErrorKind::Decode, ErrorKind::Redirect, ErrorKind::BodyTooLarge] {
            assert_eq!(decide(&Error::new(kind, "x"), 1), Decision::Stop, "{kind:?}");
        }
    }

    proptest! {
        #[test]
        fn jitter_stays_below_its_ceiling(
            number in 1..u32::MAX,
            base in 0..u64::MAX,
            max in 0..u64::MAX,
            throttled: bool,
        ) {
            let policy = StandardRetry::new()
                .max_attempts(u32::MAX)
                .base_delay(Duration::from_millis(base))
                .max_delay(Duration::from_millis(max));
            let error = status(if throttled { 429 } else { 503 });
            let attempt = Attempt { number, elapsed: Duration::ZERO, error: &error };
            let ceiling = policy.ceiling(&attempt);
            prop_assert!(ceiling <= Duration::from_millis(max));
            let Decision::RetryAfter(wait) = policy.decide(&attempt) else {
                panic!("stopped");
            };
            prop_assert!(wait <= ceiling, "{wait:?} > {ceiling:?}");
        }
    }
}
