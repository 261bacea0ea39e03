use std::time::Duration;

use bytes::{Bytes, BytesMut};
use chrono::Utc;
use http::{
    HeaderMap, StatusCode,
    header::{CONTENT_LENGTH, CONTENT_TYPE, LOCATION, TRANSFER_ENCODING},
};
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use url::Url;

use super::{Service, retry_after::asked_wait};
use crate::{
    CallOptions, Error, ErrorKind, Response, Result,
    certificate::is_certificate_error,
    json::{self, DecodeError},
    response::Envelope,
    text::Secrets,
};

/// How long to wait for the body of an error, whose status is known already.
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(2);
const MAX_ERROR_BODY_SIZE: usize = 1024 * 1024;
/// The lengths at which quotations from a response are cut, and what the decoder says of it.
const QUOTE_LENGTH: usize = 160;
const REASON_LENGTH: usize = 420;
const NAME_LENGTH: usize = 60;
/// The message for a response that did not arrive whole.
const CUT: &str = "the response is cut: it ended half-way";

/// What a vendor's error body says, for [`Service::describe_error`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorDescription {
    /// The vendor's code or type of the error.
    pub code: Option<String>,
    /// What went wrong, in words.
    pub message: Option<String>,
    /// Further text: which argument, which limit.
    pub details: Option<String>,
    /// How long to wait, where the body or a header of the vendor's own says so.
    pub retry_after: Option<Duration>,
}

/// A complete answer, with a success status or one that counts as such.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    request_id: Option<String>,
    pub(super) body: Bytes,
    /// What the service may echo, and no error may quote.
    secrets: Secrets,
}

impl Answer {
    /// Reads an answer to its end; a redirect or an error status is an error, unless it is 404 and
    /// that is as good as a success.
    pub(super) async fn read(
        service: &Service,
        mut response: reqwest::Response,
        options: &CallOptions,
        may_be_gone: bool,
        secrets: &Secrets,
    ) -> Result<Self> {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let request_id = headers
            .get(service.request_id_header)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let answered =
            |error: Error| error.with_answer(status, headers.clone(), request_id.clone());

        if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            let message = format!(
                "the service redirects {}; redirects are refused, since they would carry the \
                 credentials along: check the address the client is set to",
                redirect_target(&headers)
            );
            return Err(answered(Error::new(ErrorKind::Redirect, message)));
        }
        let limit = options.effective_max_body_size();
        let gone = may_be_gone && status == StatusCode::NOT_FOUND && !is_web_page(&headers);
        if status.is_success() || gone {
            let body = read_body(&mut response, limit).await.map_err(answered)?;
            return Ok(Self { status, headers, request_id, body, secrets: secrets.clone() });
        }
        // The status decides; a body that does not come, or not whole, only says less.
        let patience = ERROR_BODY_TIMEOUT.min(options.effective_attempt_timeout() / 2);
        let body = read_body(&mut response, limit.min(MAX_ERROR_BODY_SIZE));
        let body = timeout(patience, body).await.unwrap_or(Ok(Bytes::new())).unwrap_or_default();
        let description = (service.describe_error)(status, &headers, &body);
        let error = match description.message {
            Some(message) => Error::quoting(ErrorKind::Status, message),
            None => {
                let reason = status.canonical_reason();
                Error::new(ErrorKind::Status, reason.unwrap_or("the service reported an error"))
            }
        };
        let asked = asked_wait(&headers, Utc::now()).max(description.retry_after);
        Err(answered(error)
            .with_code(description.code)
            .with_details(description.details)
            .with_retry_after(asked)
            .with_body(body))
    }

    /// The media type, in lower case and without its parameters; empty if there is none.
    pub(super) fn media_type(&self) -> String {
        media_type(&self.headers)
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    /// Whether the answer is, or must be, JSON: an undeclared one is judged by how it begins.
    pub(super) fn is_json(&self) -> bool {
        match self.media_type().as_str() {
            "" => self.body.trim_ascii_start().starts_with(b"{"),
            media_type => media_type.ends_with("/json") || media_type.ends_with("+json"),
        }
    }

    /// Whether only the end of the connection told where the body ends, so that nobody can tell a
    /// cut one.
    fn ends_with_the_connection(&self) -> bool {
        let framed = [CONTENT_LENGTH, TRANSFER_ENCODING];
        !self.body.is_empty() && !framed.iter().any(|name| self.headers.contains_key(name))
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Decodes the body as a JSON object.
    pub(super) fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        json::decode(&self.body).map_err(|failure| self.undecodable(failure, "object"))
    }

    /// Decodes the body as a JSON list of objects.
    pub(super) fn decode_list<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        json::decode_list(&self.body).map_err(|failure| self.undecodable(failure, "list"))
    }

    /// An error about a body that is not the expected JSON.
    fn undecodable(&self, failure: DecodeError, due: &str) -> Error {
        if failure.cut_short && self.ends_with_the_connection() {
            // Where no length was announced, an early end is how a cut connection looks.
            let error = Error::new(ErrorKind::Transport, CUT);
            return self.fail(error.with_source(failure.source));
        }
        let quote = |text: &str, length| self.secrets.excerpt(text.as_bytes(), length);
        let reason = quote(&failure.source.to_string(), REASON_LENGTH);
        let what = if self.body.is_empty() {
            format!("the response is empty where a JSON {due} is due")
        } else if failure.cut_short {
            format!("the response is cut: its JSON ends too early: {reason}")
        } else if failure.path.is_empty() {
            format!("the response is not the expected JSON {due}: {reason}")
        } else {
            format!(
                "the response has an unexpected `{}`: {reason}",
                quote(&failure.path, QUOTE_LENGTH)
            )
        };
        let media_type = match quote(&self.media_type(), NAME_LENGTH) {
            media_type if media_type.is_empty() => "no content type".to_owned(),
            media_type => media_type,
        };
        let excerpt = self.secrets.excerpt(&self.body, QUOTE_LENGTH);
        let message = format!("{what} ({media_type}: {excerpt})");
        self.fail(Error::new(ErrorKind::Decode, message).with_source(failure.source))
    }

    /// An error about this answer.
    pub(super) fn fail(&self, error: Error) -> Error {
        error
            .with_answer(self.status, self.headers.clone(), self.request_id.clone())
            .with_body(self.body.clone())
    }

    pub(super) fn into_response<T>(self, value: T) -> Response<T> {
        let Self { status, headers, request_id, body, .. } = self;
        Response::from_parts(value, Envelope { status, headers, request_id, body: Some(body) })
    }
}

/// Whether it is a page of some gateway's, which says nothing about the service.
fn is_web_page(headers: &HeaderMap) -> bool {
    matches!(media_type(headers).as_str(), "text/html" | "application/xhtml+xml")
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = value.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// Where a redirect points, without its path and query, in which anything may stand.
fn redirect_target(headers: &HeaderMap) -> String {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    match location.map(Url::parse) {
        Some(Ok(url)) => format!("to {}", url.origin().ascii_serialization()),
        Some(Err(_)) => "to another path".to_owned(),
        None => "without saying where to".to_owned(),
    }
}

async fn read_body(response: &mut reqwest::Response, limit: usize) -> Result<Bytes> {
    let too_large = || {
        Error::new(
            ErrorKind::BodyTooLarge,
            format!("the answer is larger than {limit} bytes; raise `max_body_size` to take it"),
        )
    };
    let announced = response.content_length().map(usize::try_from);
    if announced.is_some_and(|length| length.map_or(true, |length| length > limit)) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = response.chunk().await.map_err(transport_error)? {
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

/// Classifies what the transport says by how far the request came.
pub(super) fn transport_error(error: reqwest::Error) -> Error {
    // The address may hold what nobody should print.
    let error = error.without_url();
    let (kind, message) = if error.is_connect() {
        (ErrorKind::Connect, "no connection to the service")
    } else if error.is_timeout() {
        (ErrorKind::Timeout, "the service did not answer in time")
    } else if error.is_builder() {
        (ErrorKind::InvalidRequest, "the request cannot be built")
    } else if error.is_body() || error.is_decode() {
        (ErrorKind::Transport, CUT)
    } else {
        (ErrorKind::Transport, "the connection broke before an answer came")
    };
    let certificate = is_certificate_error(&error);
    let message = if certificate { "the service's certificate is not accepted" } else { message };
    let error = Error::new(kind, message).with_source(error);
    if certificate { error.permanent() } else { error }
}
