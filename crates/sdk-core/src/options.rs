use std::{sync::Arc, time::Duration};

use crate::{RetryPolicy, StandardRetry};

const TIMEOUT: Duration = Duration::from_secs(120);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_BODY_SIZE: usize = 64 * 1024 * 1024;
const MAX_FILE_SIZE: u64 = 1024 * 1024 * 1024;

/// Time limits, retries and size limit of calls. An unset option keeps the setting of the client or
/// its default.
///
/// | setting | default |
/// |---|---|
/// | [`timeout`](Self::timeout) | 120 s for the whole call, including delays and retries |
/// | [`attempt_timeout`](Self::attempt_timeout) | 30 s for one attempt |
/// | [`retry`](Self::retry) | [`StandardRetry`] |
/// | [`max_body_size`](Self::max_body_size) | 64 MiB; over gRPC 16 MiB, or 32 MiB for files |
/// | [`max_file_size`](Self::max_file_size) | 1 GiB |
///
/// ```
/// # use sdk_core::{CallOptions, StandardRetry};
/// use std::time::Duration;
///
/// let nightly = CallOptions::new()
///     .timeout(Duration::from_secs(600))
///     .retry(StandardRetry::new().max_attempts(10));
/// ```
///
/// Set them for all calls on the client's builder, or for some calls with the client's
/// `with_options`, which returns a client that shares the connections.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct CallOptions {
    timeout: Option<Duration>,
    attempt_timeout: Option<Duration>,
    retry: Option<Arc<dyn RetryPolicy>>,
    max_body_size: Option<usize>,
    max_file_size: Option<u64>,
}

impl CallOptions {
    /// Creates options with nothing set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the time limit of the whole call: all attempts, the delays between them, and reading
    /// the body. Each page of a list is a separate call. The default is 120 s.
    #[doc(alias = "_request_timeout")]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the time limit of one attempt, from connecting to the last byte of the body. For a gRPC
    /// stream it limits the wait for each message instead. The default is 30 s.
    pub fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// Sets the retry policy. The default is [`StandardRetry::new`].
    pub fn retry(mut self, policy: impl RetryPolicy + 'static) -> Self {
        self.retry = Some(Arc::new(policy));
        self
    }

    /// Sets the maximum size of a response body in bytes, after decompression. Over gRPC, it limits
    /// each message, and the total size of a stream that is collected in memory. The default is 64
    /// MiB. Over gRPC, it is 16 MiB for a message, or 32 MiB for a file and each of its messages.
    ///
    /// A decoded response takes more memory than its body. The worst case is a list of the smallest
    /// items that are accepted: it takes up to 40 times the size of its JSON, or up to 96 times the
    /// size of its gRPC message. With the default limits, that is 2.5 GiB, or 1.5 GiB over gRPC.
    /// Set a lower limit if the program has less memory and does not trust the service.
    pub fn max_body_size(mut self, bytes: usize) -> Self {
        self.max_body_size = Some(bytes);
        self
    }

    /// Sets the maximum size in bytes of a file that is written to disk while it arrives. Such a
    /// file is never held in memory as a whole, so [`max_body_size`](Self::max_body_size) does not
    /// limit it. The default is 1 GiB.
    pub fn max_file_size(mut self, bytes: u64) -> Self {
        self.max_file_size = Some(bytes);
        self
    }

    /// Returns these settings, completed by those of `base`.
    pub(crate) fn or(self, base: &Self) -> Self {
        Self {
            timeout: self.timeout.or(base.timeout),
            attempt_timeout: self.attempt_timeout.or(base.attempt_timeout),
            retry: self.retry.or_else(|| base.retry.clone()),
            max_body_size: self.max_body_size.or(base.max_body_size),
            max_file_size: self.max_file_size.or(base.max_file_size),
        }
    }

    pub(crate) fn effective_timeout(&self) -> Duration {
        self.timeout.unwrap_or(TIMEOUT)
    }

    pub(crate) fn effective_attempt_timeout(&self) -> Duration {
        self.attempt_timeout.unwrap_or(ATTEMPT_TIMEOUT)
    }

    pub(crate) fn effective_retry(&self) -> &dyn RetryPolicy {
        self.retry.as_deref().unwrap_or(&StandardRetry::DEFAULT)
    }

    pub(crate) fn effective_max_body_size(&self) -> usize {
        self.max_body_size_or(MAX_BODY_SIZE)
    }

    pub(crate) fn max_body_size_or(&self, default: usize) -> usize {
        self.max_body_size.unwrap_or(default)
    }

    pub(crate) fn effective_max_file_size(&self) -> u64 {
        self.max_file_size.unwrap_or(MAX_FILE_SIZE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NeverRetry;

    #[test]
    fn set_options_win_and_others_have_defaults() {
        let none = CallOptions::new();
        assert_eq!(none.effective_timeout(), Duration::from_secs(120));
        assert_eq!(none.effective_attempt_timeout(), Duration::from_secs(30));
        assert_eq!(none.effective_max_body_size(), 64 << 20);
        assert_eq!(format!("{:?}", none.effective_retry()), format!("{:?}", StandardRetry::new()));

        let base = CallOptions::new().timeout(Duration::from_secs(1)).max_body_size(1);
        let call = CallOptions::new().timeout(Duration::from_secs(2)).retry(NeverRetry);
        let both = call.or(&base);
        assert_eq!(both.effective_timeout(), Duration::from_secs(2));
        assert_eq!(both.effective_max_body_size(), 1);
        assert_eq!(format!("{:?}", both.effective_retry()), "NeverRetry");
    }
}
