//! The spans and events that calls emit through [`tracing`](https://docs.rs/tracing).
//!
//! The names follow OpenTelemetry's semantic conventions for HTTP and RPC clients, so that a
//! subscriber such as `tracing-opentelemetry` exports them as they are. Fields that the conventions
//! do not define start with `billing.`.
//!
//! Each call is a `billing.call` span. Each attempt of it is a child span: `billing.http` or `billing.grpc`. A retry
//! and the delay before it are recorded as an event of the call.
//!
//! | name | level | field | value |
//! |---|---|---|---|
//! | `billing.call` | info | `otel.kind` | `internal` |
//! | | | `otel.name` | The operation, such as `list_invoices`. |
//! | | | `billing.vendor` | The vendor, in lower case. |
//! | | | `billing.api_version` | The version of the vendor's API, such as `v1`. |
//! | | | `billing.operation` | The same as `otel.name`. |
//! | | | `billing.page` | The number of the page, counted from 1 by the pager; only for pages that a pager fetches. |
//! | | | `billing.attempts` | The number of attempts. |
//! | | | `billing.request_id` | The vendor's identifier of the last request, if it sent one. |
//! | | | `error.type` | The class of the failure; only for a failed call. |
//! | | | `otel.status_code` | `ERROR` for a failed call. |
//! | `billing.http` | info | `otel.kind` | `client` |
//! | | | `otel.name` | Method and route, such as `GET /invoices/{invoice_id}`. |
//! | | | `http.request.method` | The HTTP method. |
//! | | | `url.template` | The route, with the names of its parameters and not their values. |
//! | | | `server.address` | The host of the API. |
//! | | | `server.port` | The port of the API. |
//! | | | `http.request.resend_count` | The number of attempts before this one; only for a retry. |
//! | | | `http.response.status_code` | The status of the response. |
//! | | | `billing.request_id` | The vendor's identifier of the request, if it sent one. |
//! | | | `error.type` | The status of an error response, or the class of another failure. |
//! | | | `otel.status_code` | `ERROR` for a failed attempt. |
//! | `billing.grpc` | info | `otel.kind` | `client` |
//! | | | `otel.name` | The same as `rpc.method`. |
//! | | | `rpc.system.name` | `grpc` |
//! | | | `rpc.method` | The method, such as `package.Service/Method`. |
//! | | | `server.address` | The host of the API; absent for a channel of the caller. |
//! | | | `server.port` | The port of the API; absent for a channel of the caller. |
//! | | | `billing.resend_count` | The number of attempts before this one; only for a retry. |
//! | | | `rpc.response.status_code` | The status of the response, such as `UNAVAILABLE`. |
//! | | | `error.type` | The status of an error response, or the class of another failure. |
//! | | | `otel.status_code` | `ERROR` for a failed attempt. |
//! | `retrying after a failed attempt` | debug | `billing.attempt` | The number of the failed attempt. |
//! | | | `billing.wait_ms` | The wait before the next attempt, in milliseconds. |
//! | | | `error.type` | The class of the failure. |
//! | `not retrying: the deadline of the call comes first` | debug | `billing.attempt` | The number of the failed attempt. |
//! | | | `billing.wait_ms` | The wait that would be needed, in milliseconds. |
//! | | | `error.type` | The class of the failure. |
//! | `not retrying: the retry budget of the client is used up` | warn | `billing.attempt` | The number of the failed attempt. |
//! | | | `error.type` | The class of the failure. |
//!
//! The classes of failures are the [kinds](crate::ErrorKind) of errors, in snake case: `connect`,
//! `timeout`, `decode`.
//!
//! The stream of a file belongs to its attempt until the first bytes arrive.
//!
//! No span or event contains credentials, query values, identifiers in paths, or bodies.

use std::{fmt, time::Duration};

use tracing::{Span, debug, field::Empty, info_span, warn};

use crate::{Error, ErrorKind, Operation, Response, Result, text::one_line};

/// The host and port of the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    /// Host name or IP address, without brackets.
    address: String,
    port: u16,
}

impl Server {
    /// Creates a server from a host, which may be an IPv6 address in brackets.
    #[cfg(any(feature = "http", feature = "grpc"))]
    pub(crate) fn new(host: &str, port: u16) -> Self {
        Self { address: host.trim_matches(['[', ']']).to_owned(), port }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.address.contains(':') {
            true => write!(f, "[{}]:{}", self.address, self.port),
            false => write!(f, "{}:{}", self.address, self.port),
        }
    }
}

tokio::task_local! {
    /// The number of the page being fetched.
    static PAGE: u64;
}

/// Runs the call that fetches the page with this number, counted from 1.
pub(crate) fn on_page<F: Future>(number: u64, call: F) -> impl Future<Output = F::Output> {
    PAGE.scope(number, call)
}

/// The span of a call.
pub(crate) fn call_span(operation: &Operation) -> Span {
    info_span!(
        "billing.call",
        otel.kind = "internal",
        otel.name = operation.name(),
        billing.vendor = operation.vendor(),
        billing.api_version = operation.api_version(),
        billing.operation = operation.name(),
        billing.page = PAGE.try_with(|number| *number).ok(),
        billing.attempts = Empty,
        billing.request_id = Empty,
        error.type = Empty,
        otel.status_code = Empty,
    )
}

/// The span of an attempt, a child of the current one.
pub(crate) fn attempt_span(operation: &Operation, server: Option<&Server>, number: u32) -> Span {
    let address = server.map(|server| server.address.as_str());
    let port = server.map(|server| server.port);
    let before = number.checked_sub(1).filter(|before| *before > 0);
    let Some(method) = operation.method() else {
        let method = operation.route().trim_start_matches('/');
        return info_span!(
            "billing.grpc",
            otel.kind = "client",
            otel.name = method,
            rpc.system.name = "grpc",
            rpc.method = method,
            server.address = address,
            server.port = port,
            billing.resend_count = before,
            rpc.response.status_code = Empty,
            error.type = Empty,
            otel.status_code = Empty,
        );
    };
    info_span!(
        "billing.http",
        otel.kind = "client",
        otel.name = format_args!("{method} {}", operation.route()),
        http.request.method = method.as_str(),
        url.template = operation.route(),
        server.address = address,
        server.port = port,
        http.request.resend_count = before,
        http.response.status_code = Empty,
        billing.request_id = Empty,
        error.type = Empty,
        otel.status_code = Empty,
    )
}

/// Records the outcome of an attempt or a call. Fields that its span does not have are ignored.
pub(crate) fn record<T>(span: &Span, operation: &Operation, outcome: &Result<Response<T>>) {
    if span.is_disabled() {
        return;
    }
    let (status, code, request_id) = match outcome {
        Ok(response) => (Some(response.status()), Some("OK"), response.request_id()),
        Err(error) => (error.status(), error.code(), error.request_id()),
    };
    match operation.method() {
        Some(_) => {
            span.record("http.response.status_code", status.map(|status| status.as_u16()));
            span.record("billing.request_id", request_id.map(|id| one_line(id, 80)));
        }
        None => {
            span.record("rpc.response.status_code", code);
        }
    }
    if let Err(error) = outcome {
        span.record("error.type", error_type(operation, error));
        span.record("otel.status_code", "ERROR");
    }
}

/// The class of a failure: one of few values, none of which comes from a peer.
fn error_type(operation: &Operation, error: &Error) -> String {
    let class = match error.kind() {
        ErrorKind::Status => {
            let status = error.status().map(|status| status.as_str().to_owned());
            let code = error.code().filter(|_| operation.method().is_none()).map(str::to_owned);
            return code.or(status).unwrap_or_else(|| "_OTHER".to_owned());
        }
        ErrorKind::Config => "config",
        ErrorKind::InvalidRequest => "invalid_request",
        ErrorKind::Connect => "connect",
        ErrorKind::Transport => "transport",
        ErrorKind::Timeout => "timeout",
        ErrorKind::Redirect => "redirect",
        ErrorKind::Decode => "decode",
        ErrorKind::BodyTooLarge => "body_too_large",
        ErrorKind::Pagination => "pagination",
        ErrorKind::File => "file",
    };
    class.to_owned()
}

/// Reason why an attempt is the last one although its error is retryable.
#[derive(Clone, Copy)]
pub(crate) enum Obstacle {
    Deadline,
    Budget,
}

/// Emits the event of a retry, or the reason why there is none.
pub(crate) fn retry_event(
    operation: &Operation,
    error: &Error,
    wait: Duration,
    obstacle: Option<Obstacle>,
) {
    let attempt = error.attempts();
    let wait = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
    match obstacle {
        None => debug!(
            billing.attempt = attempt,
            billing.wait_ms = wait,
            error.type = error_type(operation, error),
            "retrying after a failed attempt"
        ),
        Some(Obstacle::Deadline) => debug!(
            billing.attempt = attempt,
            billing.wait_ms = wait,
            error.type = error_type(operation, error),
            "not retrying: the deadline of the call comes first"
        ),
        Some(Obstacle::Budget) => warn!(
            billing.attempt = attempt,
            error.type = error_type(operation, error),
            "not retrying: the retry budget of the client is used up"
        ),
    }
}
