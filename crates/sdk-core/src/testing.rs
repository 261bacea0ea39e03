//! Errors for tests.

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::{Error, ErrorKind};

#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
impl Error {
    /// Creates the error of a response with this status, code and body, for tests.
    ///
    /// `status` and `code` determine the predicates and [`code`](Self::code); `status` and `body`
    /// determine a vendor's `ApiError`. The message is the standard reason phrase of the status.
    ///
    /// Requires the feature `testing`.
    #[must_use]
    pub fn from_response<'a>(
        status: StatusCode,
        code: impl Into<Option<&'a str>>,
        body: impl Into<Bytes>,
    ) -> Self {
        let reason = status.canonical_reason().unwrap_or("unknown status");
        Self::new(ErrorKind::Status, reason)
            .with_response(status, HeaderMap::new(), None)
            .with_code(code.into().map(str::to_owned))
            .with_body(body.into())
            .with_attempts(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_may_have_any_status() {
        let error = Error::from_response(StatusCode::NOT_FOUND, "not_found", r#"{"a":1}"#);
        assert!(error.is_not_found() && error.was_sent() && !error.is_retryable());
        assert_eq!((error.kind(), error.code()), (ErrorKind::Status, Some("not_found")));
        assert_eq!(error.raw_body().unwrap(), r#"{"a":1}"#);

        let error = Error::from_response(StatusCode::SERVICE_UNAVAILABLE, None, "");
        assert!(error.is_retryable() && error.code().is_none());
        assert!(Error::from_response(StatusCode::TOO_MANY_REQUESTS, None, "").is_throttled());
        assert!(Error::from_response(StatusCode::FORBIDDEN, None, "").is_auth());
        assert_eq!(
            Error::from_response(StatusCode::from_u16(599).unwrap(), None, "").to_string(),
            "599 unknown status"
        );
    }
}
