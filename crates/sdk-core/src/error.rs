use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::{Idempotency, Operation};

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync>;

/// Why building a client or making a call failed.
///
/// [`kind`](Self::kind) says what class of failure it is; the predicates (`is_…`) answer the
/// questions a program asks, and each says what to do about it. `Display` is one line for a log:
/// operation, status, code, message, request id and number of attempts. The underlying error, if
/// there is one, is in [`source`](StdError::source) and not repeated in that line.
///
/// No credential ever appears in it.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<&'static Operation>,
    status: Option<StatusCode>,
    headers: HeaderMap,
    body: Option<Bytes>,
    code: Option<String>,
    details: Option<String>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    permanent: bool,
    unsent: bool,
    /// Whether an earlier attempt of the same call may have reached the service.
    sent_before: bool,
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

/// The class of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The client could not be built: a missing, empty or malformed setting.
    Config,
    /// The request was refused before it was sent: a missing or contradictory parameter.
    InvalidRequest,
    /// No connection: refused, unknown host, connect timeout, bad certificate. Nothing was sent.
    Connect,
    /// The connection broke after the request may have left, or the answer ended half-way.
    Transport,
    /// The attempt or the whole call ran out of time after the request may have left.
    Timeout,
    /// The service answered with a redirect, which is never followed.
    Redirect,
    /// The service answered with an error status.
    Status,
    /// The answer could not be understood.
    Decode,
    /// The answer is larger than the limit.
    BodyTooLarge,
    /// A list cannot be walked: a page token came twice, or a cursor does not fit the list.
    Pagination,
    /// A local file could not be written.
    File,
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Config => "configuration",
            Self::InvalidRequest => "invalid request",
            Self::Connect => "connection failed",
            Self::Transport => "connection lost",
            Self::Timeout => "timeout",
            Self::Redirect => "redirect",
            Self::Status => "error status",
            Self::Decode => "unexpected response",
            Self::BodyTooLarge => "response too large",
            Self::Pagination => "pagination failed",
            Self::File => "file",
        })
    }
}

impl Error {
    /// An error of this kind.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            status: None,
            headers: HeaderMap::new(),
            body: None,
            code: None,
            details: None,
            request_id: None,
            retry_after: None,
            attempts: 0,
            permanent: false,
            unsent: false,
            sent_before: false,
            source: None,
        }))
    }

    /// A client that could not be built.
    #[must_use]
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// A request that is refused before sending.
    #[must_use]
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    /// Adds the underlying error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(Arc::from(source.into()));
        self
    }

    /// What class of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation that failed, as the method is called: `list_invoices`. `None` while building
    /// a client.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(Operation::name)
    }

    /// The HTTP status of the answer, when there was one (gRPC: the one that its code corresponds
    /// to).
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// The vendor's own error code or type, such as `not_found`; gRPC: the name of its code, such as
    /// `NOT_FOUND`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// What went wrong, in words: the service's text where it sent one, ours otherwise.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Further text from the service: which argument, which limit, what to do.
    #[must_use]
    pub fn details(&self) -> Option<&str> {
        self.0.details.as_deref()
    }

    /// The vendor's identifier of the request. Quote it to their support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// The headers of the answer; empty when there was none.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// The body of the answer, as received. `None` when no answer was read.
    #[must_use]
    pub fn raw_body(&self) -> Option<&Bytes> {
        self.0.body.as_ref()
    }

    /// How long the service asks to wait before the next try.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How many attempts were made; 0 when none was.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the same call may succeed later, and is safe to repeat.
    ///
    /// True for lost connections, timeouts and the statuses 408, 429, 500, 502, 503 and 504 (gRPC:
    /// `UNAVAILABLE`, `RESOURCE_EXHAUSTED` and `DEADLINE_EXCEEDED`). For an
    /// operation that must happen at most once it is true only if the request never left. The
    /// client has already retried such errors within its policy: wait longer, then call again.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        let transient = match self.0.kind {
            _ if self.0.permanent => false,
            ErrorKind::Connect | ErrorKind::Transport | ErrorKind::Timeout => true,
            ErrorKind::Status => self
                .0
                .status
                .is_some_and(|status| matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)),
            _ => false,
        };
        transient && self.may_be_repeated()
    }

    /// Whether the request may have reached the service.
    ///
    /// False only when it provably did not, in any attempt: it was refused here, or no connection
    /// was made. After a failed call that must happen at most once, true means: look at the service before you
    /// call again.
    #[must_use]
    pub fn was_sent(&self) -> bool {
        let refused_here = matches!(
            self.0.kind,
            ErrorKind::Config | ErrorKind::InvalidRequest | ErrorKind::Connect
        );
        self.0.sent_before || !(refused_here || self.0.unsent)
    }

    /// Whether the resource does not exist (404). Check the identifier, and that the key may see
    /// the organization it belongs to.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.status == Some(StatusCode::NOT_FOUND)
    }

    /// Whether the service refused the credentials (401) or their permissions (403). A new try
    /// does not help: check the key, its expiry and its permission sets.
    #[must_use]
    pub fn is_auth(&self) -> bool {
        matches!(self.0.status, Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN))
    }

    /// Whether the service asked for fewer calls (429). Slow down;
    /// [`retry_after`](Self::retry_after) says for how long, if the service did.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        self.0.status == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Whether time ran out, here or at the service (408, 504). Give the call more time through
    /// its options, or ask for less at once (a smaller page).
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
            || matches!(
                self.0.status,
                Some(StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT)
            )
    }

    /// Whether no connection could be made. Check the address, the network, the proxy variables
    /// and the certificates; nothing was sent.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        self.0.kind == ErrorKind::Connect
    }

    /// Whether the operation allows another attempt, given how far this one came.
    pub(crate) fn may_be_repeated(&self) -> bool {
        let idempotency = self.0.operation.map(Operation::idempotency);
        idempotency != Some(Idempotency::Never) || !self.was_sent()
    }

    /// Names the operation, unless the error comes from one that this one had to make first.
    pub(crate) fn with_operation(mut self, operation: &'static Operation) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Notes whether an earlier attempt of the same call may have reached the service.
    pub(crate) fn after_sending(mut self, sent_before: bool) -> Self {
        self.0.sent_before = sent_before;
        self
    }
}

/// What only a transport knows.
#[cfg(any(feature = "http", feature = "grpc"))]
impl Error {
    pub(crate) fn with_answer(
        mut self,
        status: StatusCode,
        headers: HeaderMap,
        request_id: Option<String>,
    ) -> Self {
        self.0.status = Some(status);
        self.0.headers = headers;
        self.0.request_id = request_id;
        self
    }

    pub(crate) fn with_body(mut self, body: Bytes) -> Self {
        self.0.body = Some(body);
        self
    }

    pub(crate) fn with_code(mut self, code: Option<String>) -> Self {
        self.0.code = code;
        self
    }

    pub(crate) fn with_details(mut self, details: Option<String>) -> Self {
        self.0.details = details;
        self
    }

    pub(crate) fn with_retry_after(mut self, retry_after: Option<Duration>) -> Self {
        self.0.retry_after = retry_after;
        self
    }

    /// Takes these texts out of everything that can be printed: a peer may send back what it got.
    #[must_use]
    pub fn without(mut self, secrets: &[String]) -> Self {
        let inner = &mut *self.0;
        for secret in secrets {
            let texts = [&mut inner.code, &mut inner.details, &mut inner.request_id];
            for text in texts.into_iter().flatten().chain([&mut inner.message]) {
                if text.contains(secret) {
                    *text = text.replace(secret, "[redacted]");
                }
            }
            let mut next = inner.source.as_deref().map(|source| source as &dyn StdError);
            while let Some(cause) = next {
                if cause.to_string().contains(secret) {
                    inner.source = None;
                    break;
                }
                next = cause.source();
            }
        }
        self
    }

    /// Marks a failure that a new attempt cannot mend, such as a bad certificate.
    pub(crate) fn permanent(mut self) -> Self {
        self.0.permanent = true;
        self
    }
}

/// What only the gRPC transport knows.
#[cfg(feature = "grpc")]
impl Error {
    /// Marks a failure before the request of the call itself went out.
    pub(crate) fn not_sent(mut self) -> Self {
        self.0.unsent = true;
        self
    }

    /// Adds how much of the answer had arrived.
    pub(crate) fn after_bytes(mut self, received: u64) -> Self {
        self.0.message.push_str(&format!(", after {received} bytes"));
        self
    }
}

/// A service's text as a log can take it: cut where it is long, without line breaks and other
/// control characters.
fn one_line(text: &str) -> String {
    const LENGTH: usize = 500;
    let cut: String = text.chars().take(LENGTH).collect();
    let ellipsis = if cut.len() < text.len() { "…" } else { "" };
    let words = cut.split(char::is_control).filter(|part| !part.is_empty());
    words.collect::<Vec<_>>().join(" ") + ellipsis
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        if let Some(operation) = inner.operation {
            write!(f, "{} failed: ", operation.name())?;
        }
        if let Some(status) = inner.status {
            write!(f, "{}", status.as_u16())?;
            match (&inner.code, status.canonical_reason()) {
                (Some(code), _) => write!(f, " {}: ", one_line(code))?,
                (None, Some(reason)) if *reason != inner.message => write!(f, " {reason}: ")?,
                _ => f.write_str(" ")?,
            }
        }
        f.write_str(&one_line(&inner.message))?;
        if let Some(details) = &inner.details {
            write!(f, " ({})", one_line(details))?;
        }
        let attempts = match inner.attempts {
            0 | 1 => None,
            n => Some(format!("{n} attempts")),
        };
        let request_id = inner.request_id.as_ref().map(|id| format!("request id {id}"));
        let trailer: Vec<String> = [request_id, attempts].into_iter().flatten().collect();
        if !trailer.is_empty() {
            write!(f, " [{}]", trailer.join(", "))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &*self.0;
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("operation", &self.operation())
            .field("status", &inner.status)
            .field("code", &inner.code)
            .field("message", &one_line(&inner.message))
            .field("details", &inner.details.as_deref().map(one_line))
            .field("request_id", &inner.request_id)
            .field("retry_after", &inner.retry_after)
            .field("attempts", &inner.attempts)
            .field("body_length", &inner.body.as_ref().map(Bytes::len))
            .field("source", &inner.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}
