use std::{error::Error as StdError, io, time::Duration};

use http::StatusCode;
use prost::{Message, Name as _};
use tonic::{Code, ConnectError, Status, TimeoutExpired};

use super::response::{NotGrpc, Observed};
use crate::{Error, ErrorKind};

pub(super) const UNAUTHENTICATED: &str = "UNAUTHENTICATED";

/// Classifies a failure by where it occurred and how far the request got. The code alone is
/// misleading: the gRPC library reports its own time limit as cancelled, a lost connection as
/// unknown, and a bad certificate as unavailable.
pub(super) fn classify(status: Status, observed: &Observed) -> Error {
    let message = |kind, text: &str| Error::new(kind, text);
    let Some(source) = status.source() else {
        return if observed.get() {
            from_service(&status)
        } else {
            from_framing(&status, observed)
        };
    };
    let error = if let Some(response) = cause::<NotGrpc>(source) {
        let kind = match response.status {
            status if status.is_success() => ErrorKind::Decode,
            status if status.is_redirection() => ErrorKind::Redirect,
            _ => ErrorKind::Status,
        };
        Error::quoting(kind, response.to_string())
            .with_response(response.status, response.headers.clone(), None)
            .with_retry_after(response.retry_after())
    } else if is_certificate_error(source) {
        let text = format!("the certificate of the service was rejected: {}", root(source));
        message(ErrorKind::Connect, &text).permanent()
    } else if is_not_tls(source) {
        let text = format!("the service does not speak TLS: {}", root(source));
        message(ErrorKind::Connect, &text).permanent()
    } else if cause::<ConnectError>(source).is_some() {
        message(ErrorKind::Connect, &format!("no connection to the service: {}", root(source)))
    } else if cause::<TimeoutExpired>(source).is_some() {
        message(ErrorKind::Timeout, "the service did not respond in time")
    } else {
        message(ErrorKind::Transport, "the connection broke before the response was complete")
    };
    error.with_source(status)
}

/// Returns the error of a stream that ended without the service's status.
pub(super) fn unfinished() -> Error {
    Error::new(ErrorKind::Transport, "the response is truncated")
}

/// The service's own status.
fn from_service(status: &Status) -> Error {
    let (code, equivalent) = describe(status.code());
    let text = if status.message().is_empty() { code } else { status.message() };
    let headers = status.metadata().clone().into_headers();
    let error = Error::quoting(ErrorKind::Status, text)
        .with_response(equivalent, headers, None)
        .with_code(Some(code.to_owned()))
        .with_retry_after(retry_delay(status.details()));
    match status.code() {
        Code::Unavailable | Code::ResourceExhausted | Code::DeadlineExceeded => error,
        _ => error.permanent(),
    }
}

/// Errors of the gRPC library about the bytes of the response, classified by what was observed of
/// them rather than by its messages.
fn from_framing(status: &Status, observed: &Observed) -> Error {
    match status.code() {
        Code::OutOfRange => {
            let advice = "raise `max_body_size` to accept it";
            let text = format!("the response is too large ({}); {advice}", status.message());
            Error::new(ErrorKind::BodyTooLarge, text)
        }
        _ if observed.has_ended() => unfinished(),
        _ => Error::new(
            ErrorKind::Decode,
            format!("the response cannot be decoded: {}", status.message()),
        ),
    }
}

/// Returns the name of the code, and the HTTP status that corresponds to it.
fn describe(code: Code) -> (&'static str, StatusCode) {
    let (name, status) = match code {
        Code::Ok => ("OK", 200),
        Code::Cancelled => ("CANCELLED", 499),
        Code::Unknown => ("UNKNOWN", 500),
        Code::InvalidArgument => ("INVALID_ARGUMENT", 400),
        Code::DeadlineExceeded => ("DEADLINE_EXCEEDED", 504),
        Code::NotFound => ("NOT_FOUND", 404),
        Code::AlreadyExists => ("ALREADY_EXISTS", 409),
        Code::PermissionDenied => ("PERMISSION_DENIED", 403),
        Code::ResourceExhausted => ("RESOURCE_EXHAUSTED", 429),
        Code::FailedPrecondition => ("FAILED_PRECONDITION", 400),
        Code::Aborted => ("ABORTED", 409),
        Code::OutOfRange => ("OUT_OF_RANGE", 400),
        Code::Unimplemented => ("UNIMPLEMENTED", 501),
        Code::Internal => ("INTERNAL", 500),
        Code::Unavailable => ("UNAVAILABLE", 503),
        Code::DataLoss => ("DATA_LOSS", 500),
        Code::Unauthenticated => (UNAUTHENTICATED, 401),
    };
    (name, StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
}

/// Looks for an error of this type, also inside an `io::Error`, which hides what it wraps.
fn cause<'a, E: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a E> {
    causes(error).find_map(|error| error.downcast_ref())
}

/// The message of the last cause.
fn root(error: &(dyn StdError + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

/// Returns the error and its causes, including those inside an `io::Error`.
fn causes<'a>(
    error: &'a (dyn StdError + 'static),
) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error: &&'a (dyn StdError + 'static)| {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner),
            None => error.source(),
        }
    })
}

#[cfg(feature = "grpc-tls")]
use crate::certificate::is_certificate_error;

/// Whether the peer sent something other than TLS, which a retry does not change.
#[cfg(feature = "grpc-tls")]
fn is_not_tls(error: &(dyn StdError + 'static)) -> bool {
    matches!(cause(error), Some(rustls::Error::InvalidMessage(_)))
}

#[cfg(not(feature = "grpc-tls"))]
fn is_certificate_error(_error: &(dyn StdError + 'static)) -> bool {
    false
}

#[cfg(not(feature = "grpc-tls"))]
fn is_not_tls(_error: &(dyn StdError + 'static)) -> bool {
    false
}

/// The fields of `google.rpc.Status` that are used.
#[derive(Clone, PartialEq, Message)]
struct RichStatus {
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<prost_types::Duration>,
}

impl prost::Name for RetryInfo {
    const NAME: &'static str = "RetryInfo";
    const PACKAGE: &'static str = "google.rpc";
}

/// Returns the delay that the service requests. An unreadable one counts as absent.
fn retry_delay(details: &[u8]) -> Option<Duration> {
    let status = RichStatus::decode(details).ok()?;
    let info = status.details.iter().find(|any| any.type_url.ends_with(&RetryInfo::full_name()))?;
    let delay = RetryInfo::decode(&*info.value).ok()?.retry_delay?;
    Duration::try_from(delay).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A `google.rpc.Status` with one detail, assembled from field numbers.
    fn rich(type_url: &str, value: &[u8]) -> Vec<u8> {
        let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
        let mut any = vec![0x0a, length(type_url.as_bytes())];
        any.extend(type_url.as_bytes());
        any.extend([0x12, length(value)]);
        any.extend(value);
        // Code 8 and the message `busy` come first.
        let mut status = vec![0x08, 0x08, 0x12, 4, b'b', b'u', b's', b'y', 0x1a, length(&any)];
        status.extend(any);
        status
    }

    #[test]
    fn delay_is_read_from_retry_info() {
        let retry_info = "type.googleapis.com/google.rpc.RetryInfo";
        // 3 seconds and 500,000,000 nanoseconds.
        let delay = [0x0a, 8, 0x08, 3, 0x10, 0x80, 0xca, 0xb5, 0xee, 0x01];
        let seconds = |bytes: &[u8]| retry_delay(bytes).map(|delay| delay.as_secs_f64());
        assert_eq!(seconds(&rich(retry_info, &delay)), Some(3.5));
        assert_eq!(seconds(&rich("type.googleapis.com/google.rpc.DebugInfo", &delay)), None);
        // Minus one second, nothing, and bytes that are not a message.
        let minus_one = [&[0x0a, 11, 0x08][..], &[0xff; 9], &[0x01]].concat();
        assert_eq!(seconds(&rich(retry_info, &minus_one)), None);
        assert_eq!(seconds(&rich(retry_info, &[])), None);
        assert_eq!(seconds(&rich(retry_info, &[0xff])), None);
        assert_eq!(seconds(b""), None);
        assert_eq!(seconds(b"\xff\xff"), None);
    }
}
