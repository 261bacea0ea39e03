use std::ops::{Deref, DerefMut};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::{Serialize, Serializer};

#[cfg(feature = "http")]
use crate::text::Secrets;

/// A response: the decoded value with its status, headers and raw body.
///
/// A response dereferences to the value, so you can read fields directly: `response.total_count`.
///
/// ```
/// # use sdk_core::Response;
/// # struct ListInvoicesResponse { total_count: u64, invoices: Vec<String> }
/// # fn example(response: Response<ListInvoicesResponse>) {
/// println!("{} invoices, request {:?}", response.total_count, response.request_id());
/// for (name, value) in response.headers() {
///     println!("{name}: {value:?}");
/// }
/// // Moves the value out of the response.
/// let invoices = response.into_inner().invoices;
/// # drop(invoices);
/// # }
/// ```
///
/// `Response` implements `Clone`, `Debug` and `Serialize` if the value does; `Serialize` writes
/// only the value.
#[derive(Debug, Clone)]
pub struct Response<T> {
    value: T,
    envelope: Box<Envelope>,
}

#[derive(Clone, Default)]
pub(crate) struct Envelope {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) request_id: Option<String>,
    pub(crate) body: Option<Bytes>,
}

impl<T> Response<T> {
    /// Creates a response with status 200 and this value, without headers and body, for tests.
    ///
    /// Requires the feature `testing`.
    #[cfg(feature = "testing")]
    #[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
    #[must_use]
    pub fn new(value: T) -> Self {
        Self::from_parts(value, Envelope::default())
    }

    pub(crate) fn from_parts(value: T, envelope: Envelope) -> Self {
        Self { value, envelope: Box::new(envelope) }
    }

    #[cfg(feature = "grpc")]
    pub(crate) fn into_parts(self) -> (T, Envelope) {
        (self.value, *self.envelope)
    }

    /// Drops a request id that contains a secret.
    #[cfg(feature = "http")]
    pub(crate) fn without(mut self, secrets: &Secrets) -> Self {
        self.envelope.request_id.take_if(|id| secrets.are_in(id));
        self
    }

    /// Returns the decoded value.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Maps the value of the response.
    #[must_use]
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Response<U> {
        Response { value: f(self.value), envelope: self.envelope }
    }

    /// Maps the value of the response with a fallible function.
    ///
    /// # Errors
    ///
    /// Returns the error of `f`.
    pub fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Response<U>, E> {
        Ok(Response { value: f(self.value)?, envelope: self.envelope })
    }

    /// Returns the HTTP status; 200 for a successful gRPC call.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.envelope.status
    }

    /// Returns the headers of the response (gRPC: its metadata).
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.envelope.headers
    }

    /// Returns the vendor's identifier of the request. Quote it to the vendor's support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.envelope.request_id.as_deref()
    }

    /// Returns the body as received, including fields that this version of the crate does not know.
    /// `None` over gRPC.
    #[must_use]
    pub fn raw_body(&self) -> Option<&Bytes> {
        self.envelope.body.as_ref()
    }
}

/// Serializes the value alone, without status, headers and body.
impl<T: Serialize> Serialize for Response<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<T> Deref for Response<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for Response<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl std::fmt::Debug for Envelope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Envelope")
            .field("status", &self.status)
            .field("request_id", &self.request_id)
            .field("body_length", &self.body.as_ref().map(Bytes::len))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn response_shows_its_parts_but_not_its_body() {
        let mut headers = HeaderMap::new();
        headers.insert("x-served-by", HeaderValue::from_static("cache"));
        let envelope = Envelope {
            status: StatusCode::CREATED,
            headers,
            request_id: Some("r-1".to_owned()),
            body: Some(Bytes::from_static(b"confidential")),
        };
        let mut response = Response::from_parts(vec![1], envelope);
        response.push(2);
        assert_eq!((response.len(), response.status()), (2, StatusCode::CREATED));
        assert_eq!(response.headers()["x-served-by"], "cache");
        assert_eq!(response.request_id(), Some("r-1"));
        assert_eq!(response.raw_body().unwrap(), "confidential");
        let debug = format!("{response:?}");
        assert!(debug.contains("201") && debug.contains("r-1"), "{debug}");
        assert!(debug.contains("body_length: Some(12)") && !debug.contains("confidential"));

        let response = response.map(|list| list.len());
        assert_eq!((*response, response.headers().len()), (2, 1));
        let response = response.try_map(|length| u8::try_from(length + 1)).unwrap();
        assert_eq!((*response, response.request_id()), (3, Some("r-1")));
        assert!(response.clone().try_map(|_| "x".parse::<u8>()).is_err());
        assert_eq!(response.into_inner(), 3);
    }
}
