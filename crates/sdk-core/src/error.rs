use std::{error::Error as StdError, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::{
    Idempotency, Operation,
    telemetry::Server,
    text::{Secrets, is_one_line, one_line},
};

/// A result whose error is [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Box<dyn StdError + Send + Sync>;

/// The error of a call, or of building a client.
///
/// [`kind`](Self::kind) returns the class of the failure. The documentation of each predicate
/// (`is_…`) describes how to handle it. `Display` writes one line of at most about 1,000 characters
/// for a log: operation, status, code, message, request id and number of attempts. That line does
/// not repeat the underlying error, which [`source`](StdError::source) returns.
///
/// `{:?}` prints the line and the chain of causes, one per line. This is what `fn main() ->
/// Result<(), Error>` shows. `{:#?}` prints the fields.
///
/// ```
/// # use sdk_core::Error;
/// fn report(error: &Error) {
///     if error.is_auth() {
///         eprintln!("check the credentials: {error}");
///     } else if error.is_retryable() {
///         eprintln!("try again in {:?}: {error}", error.retry_after());
///     } else {
///         eprintln!("{} failed: {}", error.operation().unwrap_or("client"), error.message());
///     }
/// }
/// ```
///
/// This output never contains the credentials of the client, even if the service echoes them.
/// [`headers`](Self::headers) returns the headers as received. [`raw_body`](Self::raw_body) returns
/// the body as received, but redacts the credentials in the body of an error status.
#[derive(Clone)]
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    /// Whether the message comes from the service.
    quoted: bool,
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
    /// The client could not be built because a setting is missing, empty or malformed, or the Tokio
    /// runtime lacks a feature that the call needs. Nothing was sent.
    Config,
    /// The request is invalid, for example because a parameter is missing. Nothing was sent.
    InvalidRequest,
    /// No connection: refused, unknown host, connect timeout, bad certificate. Nothing was sent.
    Connect,
    /// The connection failed after the request may have been sent, or the response is incomplete.
    /// Truncated JSON counts as incomplete, unless the checksum of a compressed body proves that
    /// the service sent it like this; that is a `Decode` error.
    Transport,
    /// The attempt or the whole call timed out after the request may have been sent.
    Timeout,
    /// The service returned a redirect, which the client never follows.
    Redirect,
    /// The service returned an error status.
    Status,
    /// The response could not be decoded.
    Decode,
    /// The response exceeds the size limit.
    BodyTooLarge,
    /// Pagination failed, for example because the service repeated a page token, or because the
    /// cursor belongs to another list.
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
    /// Returns the class of the failure.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the name of the operation that failed, such as `list_invoices`; `None` if building a
    /// client failed.
    #[must_use]
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(Operation::name)
    }

    /// Returns the HTTP status of the response, if there was a response. Over gRPC it is the status
    /// that corresponds to the gRPC code.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Returns the vendor's error code or type, such as `not_found`. Over gRPC it is the name of
    /// the gRPC code, such as `NOT_FOUND`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns the error message of the service, or else a message of this crate.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns further details from the service, such as the rejected argument or the exceeded
    /// limit.
    #[must_use]
    pub fn details(&self) -> Option<&str> {
        self.0.details.as_deref()
    }

    /// Returns the vendor's identifier of the request. Quote it to the vendor's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns the headers of the response; empty if there was no response.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Returns the body of the response as received, except that echoed credentials are redacted if
    /// the status is an error. `None` if no response was read.
    #[must_use]
    pub fn raw_body(&self) -> Option<&Bytes> {
        self.0.body.as_ref()
    }

    /// Returns the delay that the service asks for before a retry.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the number of attempts; 0 if the client made none.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns whether the same call may succeed later and is safe to repeat.
    ///
    /// It is true for lost connections, timeouts and the statuses 408, 429, 500, 502, 503 and 504
    /// (gRPC: `UNAVAILABLE`, `RESOURCE_EXHAUSTED` and `DEADLINE_EXCEEDED`). For an operation that
    /// must happen at most once, it is true only if the request was never sent. The client has
    /// already retried such errors within its policy: wait longer, then call again.
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

    /// Returns whether the request may have reached the service.
    ///
    /// It is false only if no attempt can have reached the service, because the client rejected the
    /// request or could not connect. If a call that must happen at most once fails and this is
    /// true, check the state of the service before you call again.
    ///
    /// If the service rejects the credentials (401, `UNAUTHENTICATED`), it has received the
    /// request, so this is true. It rejects them before it processes the request, so a charge that
    /// fails in this way was not made. If the call first has to exchange the credentials for an
    /// access token, and the service rejects that exchange, this is false, because the request of
    /// the call itself was never sent.
    #[must_use]
    pub fn was_sent(&self) -> bool {
        let refused_here = matches!(
            self.0.kind,
            ErrorKind::Config | ErrorKind::InvalidRequest | ErrorKind::Connect
        );
        self.0.sent_before || !(refused_here || self.0.unsent)
    }

    /// Returns whether the resource does not exist (404). Check the identifier, and that the
    /// credentials may see the account that it belongs to.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.0.status == Some(StatusCode::NOT_FOUND)
    }

    /// Returns whether the service rejected the credentials (401) or their permissions (403). A
    /// retry does not help: check the credentials, their expiration and their permissions.
    #[must_use]
    pub fn is_auth(&self) -> bool {
        matches!(self.0.status, Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN))
    }

    /// Returns whether the service throttled the call (429). Slow down;
    /// [`retry_after`](Self::retry_after) returns the delay, if the service sent one.
    #[must_use]
    pub fn is_throttled(&self) -> bool {
        self.0.status == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Returns whether the call timed out, here or at the service (408, 504). Raise the time limit
    /// in the call options, or request a smaller page.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
            || matches!(
                self.0.status,
                Some(StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT)
            )
    }

    /// Returns whether the client could not connect. Nothing was sent. Check the URL, the network,
    /// the certificates and, for an API over HTTP, the proxy variables.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        self.0.kind == ErrorKind::Connect
    }

    /// Whether the operation allows another attempt, given how far this one came.
    pub(crate) fn may_be_repeated(&self) -> bool {
        let idempotency = self.0.operation.map(Operation::idempotency);
        idempotency != Some(Idempotency::Never) || !self.was_sent()
    }

    /// Sets the operation, and the server where the connection failed, unless the error comes from
    /// a call that this one had to make first.
    pub(crate) fn of_call(self, operation: &'static Operation, server: Option<&Server>) -> Self {
        let of_connection = matches!(self.0.kind, ErrorKind::Connect | ErrorKind::Transport);
        let mut error = self;
        if let Some(server) = server
            && of_connection
            && error.0.operation.is_none()
        {
            error.0.message.push_str(&format!(" ({server})"));
        }
        error.with_operation(operation)
    }

    /// Sets the operation, unless the error comes from one that this one had to make first.
    pub(crate) fn with_operation(mut self, operation: &'static Operation) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    /// Records whether an earlier attempt of the same call may have reached the service.
    pub(crate) fn after_sending(mut self, sent_before: bool) -> Self {
        self.0.sent_before = sent_before;
        self
    }
}

/// Constructors for vendor crates.
impl Error {
    /// Creates an error of the given kind.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            quoted: false,
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

    /// Creates an error of the kind [`Config`](ErrorKind::Config).
    #[must_use]
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// Creates an error of the kind [`InvalidRequest`](ErrorKind::InvalidRequest).
    #[must_use]
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    /// Sets the underlying error.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Source>) -> Self {
        let source = source.into();
        self.0.source = Some(match is_printable(&*source) {
            true => Arc::from(source),
            false => Arc::new(Cause::copy(&*source, &Secrets::default())),
        });
        self
    }

    #[cfg(any(feature = "http", feature = "grpc"))]
    /// Replaces these secrets in everything that came from the service, because it may echo them.
    /// Strings shorter than 8 characters are unchanged.
    #[must_use]
    pub fn without(self, secrets: &[String]) -> Self {
        self.redacted(&Secrets::new(secrets))
    }
}

/// Setters for the transports.
#[cfg(any(feature = "http", feature = "grpc"))]
impl Error {
    pub(crate) fn with_response(
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

    pub(crate) fn redacted(mut self, secrets: &Secrets) -> Self {
        let inner = &mut *self.0;
        let own = Some(&mut inner.message).filter(|_| inner.quoted);
        let others = [&mut inner.code, &mut inner.details, &mut inner.request_id];
        for text in others.into_iter().flatten().chain(own) {
            if secrets.are_in(text) {
                *text = secrets.redact(text).into_owned();
            }
        }
        if let Some(source) = &inner.source
            && causes(&**source).any(|cause| secrets.are_in(&everything_of(cause)))
        {
            inner.source = Some(Arc::new(Cause::copy(&**source, secrets)));
        }
        self
    }

    /// An error with the service's own message.
    pub(crate) fn quoting(kind: ErrorKind, message: impl Into<String>) -> Self {
        let mut error = Self::new(kind, message);
        error.0.quoted = true;
        error
    }

    /// Marks a failure that a retry cannot fix, such as a bad certificate.
    pub(crate) fn permanent(mut self) -> Self {
        self.0.permanent = true;
        self
    }
}

/// Setters for the gRPC transport.
#[cfg(feature = "grpc")]
impl Error {
    /// Marks a failure before the request of the call itself was sent.
    pub(crate) fn not_sent(mut self) -> Self {
        self.0.unsent = true;
        self
    }

    /// Sets the number of received bytes of the response.
    pub(crate) fn after_bytes(mut self, received: u64) -> Self {
        self.0.message.push_str(&format!(", after {received} bytes"));
        self
    }
}

/// The maximum lengths of the parts of a line. The parts that appear together have 1,000 characters
/// at most: a message of the client quotes the service, and has no details.
const OWN_MESSAGE_LENGTH: usize = 800;
const QUOTED_MESSAGE_LENGTH: usize = 500;
const DETAILS_LENGTH: usize = 250;
const NAME_LENGTH: usize = 60;
const CAUSE_LENGTH: usize = 1000;

/// An error and its causes.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

/// Whether an error and its causes are short lines, so that they need no copy.
fn is_printable(error: &(dyn StdError + 'static)) -> bool {
    causes(error).all(|cause| is_one_line(&cause.to_string(), CAUSE_LENGTH))
}

/// Everything that an error may print of itself.
fn everything_of(error: &(dyn StdError + 'static)) -> String {
    match error.downcast_ref::<Cause>() {
        Some(copy) => copy.text.clone(),
        None => format!("{error} {error:?}"),
    }
}

/// A copy of an error that must not be printed unchanged. It keeps the whole text and truncates it
/// only on output, since a truncated text cannot be searched for secrets.
struct Cause {
    text: String,
    source: Option<Box<Cause>>,
}

impl Cause {
    fn copy(error: &(dyn StdError + 'static), secrets: &Secrets) -> Self {
        let text = match error.downcast_ref::<Self>() {
            Some(copy) => copy.text.clone(),
            None => error.to_string(),
        };
        let text = secrets.redact(&text).into_owned();
        let source = error.source().map(|source| Box::new(Self::copy(source, secrets)));
        Self { text, source }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(&self.text, CAUSE_LENGTH))
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

impl Inner {
    fn message_line(&self) -> String {
        let length = if self.quoted { QUOTED_MESSAGE_LENGTH } else { OWN_MESSAGE_LENGTH };
        one_line(&self.message, length)
    }
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
                (Some(code), _) => write!(f, " {}: ", one_line(code, NAME_LENGTH))?,
                (None, Some(reason)) if *reason != inner.message => write!(f, " {reason}: ")?,
                _ => f.write_str(" ")?,
            }
        }
        f.write_str(&inner.message_line())?;
        if let Some(details) = &inner.details {
            write!(f, " ({})", one_line(details, DETAILS_LENGTH))?;
        }
        let attempts = match inner.attempts {
            0 | 1 => None,
            n => Some(format!("{n} attempts")),
        };
        let request_id = inner.request_id.as_ref();
        let request_id = request_id.map(|id| format!("request id {}", one_line(id, NAME_LENGTH)));
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
        let causes = self.source().into_iter().flat_map(causes);
        let causes = causes.map(|cause| one_line(&cause.to_string(), CAUSE_LENGTH));
        if !f.alternate() {
            fmt::Display::fmt(self, f)?;
            return causes.into_iter().try_for_each(|cause| write!(f, "\n  caused by: {cause}"));
        }
        let cut = |text: &Option<String>, length| text.as_ref().map(|text| one_line(text, length));
        f.debug_struct("Error")
            .field("kind", &inner.kind)
            .field("operation", &self.operation())
            .field("status", &inner.status)
            .field("code", &cut(&inner.code, NAME_LENGTH))
            .field("message", &inner.message_line())
            .field("details", &cut(&inner.details, DETAILS_LENGTH))
            .field("request_id", &cut(&inner.request_id, NAME_LENGTH))
            .field("retry_after", &inner.retry_after)
            .field("attempts", &inner.attempts)
            .field("was_sent", &self.was_sent())
            .field("body_length", &inner.body.as_ref().map(Bytes::len))
            .field("causes", &causes.collect::<Vec<_>>())
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

#[cfg(feature = "http")]
#[cfg(test)]
mod tests;
