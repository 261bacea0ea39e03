use std::{borrow::Cow, path::Path, time::Duration};

use bytes::{Bytes, BytesMut};
use chrono::Utc;
use http::{
    HeaderMap, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, LOCATION},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::timeout;
use url::Url;

use super::HttpClient;
use crate::{
    Error, ErrorKind, Operation, Response, Result,
    certificate::is_certificate_error,
    file::PartialFile,
    json::{self, DecodeError},
    response::Envelope,
    retry_after::asked_wait,
    text::Secrets,
};

/// The time limit for a body that is not needed because the status decides.
const BODY_PATIENCE: Duration = Duration::from_secs(2);
const MAX_ERROR_BODY_SIZE: usize = 1024 * 1024;
/// The number of bytes of a file that are written at once.
const WRITE_SIZE: usize = 256 * 1024;
/// The lengths at which quotations from a response and decoder messages are truncated.
const QUOTE_LENGTH: usize = 160;
const REASON_LENGTH: usize = 420;
const NAME_LENGTH: usize = 60;
/// The message for an incomplete response.
const CUT: &str = "the response is truncated";

/// The contents of a vendor's error body, for
/// [`Service::describe_error`](super::Service::describe_error).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorDescription {
    /// The vendor's code or type of the error.
    pub code: Option<String>,
    /// The message.
    pub message: Option<String>,
    /// Further details, such as the rejected argument or the exceeded limit.
    pub details: Option<String>,
    /// The requested delay, if the body or a header of the vendor contains one.
    pub retry_after: Option<Duration>,
}

/// A response whose status means success, or counts as such, before its body is read.
pub(super) struct Incoming {
    status: StatusCode,
    headers: HeaderMap,
    request_id: Option<String>,
    response: reqwest::Response,
    /// The limit on a body in memory.
    limit: usize,
    /// The time limit for a body that only adds details to a known status.
    patience: Duration,
    /// Secrets that the service may echo and no error may quote.
    secrets: Secrets,
}

impl Incoming {
    /// Accepts a response to `operation`. A redirect, an error status and a success status that the
    /// operation does not declare are errors; a 404 is not, if it counts as a success.
    pub(super) async fn accept(
        client: &HttpClient,
        operation: &Operation,
        mut response: reqwest::Response,
        may_be_gone: bool,
        secrets: &Secrets,
    ) -> Result<Self> {
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let request_id = headers
            .get(client.service().request_id_header)
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned);
        let mut incoming = Self {
            status,
            headers,
            request_id,
            response,
            limit: client.options().effective_max_body_size(),
            patience: BODY_PATIENCE.min(client.options().effective_attempt_timeout() / 2),
            secrets: secrets.clone(),
        };
        if matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308) {
            let message = format!(
                "the service redirects {}; redirects are not followed, since they would forward \
                 the credentials: check the base URL of the client",
                redirect_target(&incoming.headers)
            );
            return Err(incoming.fail(Error::quoting(ErrorKind::Redirect, message)));
        }
        let gone = may_be_gone && status == StatusCode::NOT_FOUND;
        if gone && !is_web_page(&incoming.headers) {
            return Ok(incoming);
        }
        if status.is_success() {
            let declared = operation.success_statuses();
            if declared.contains(&status.as_u16()) {
                return Ok(incoming);
            }
            let declared: Vec<_> = declared.iter().map(u16::to_string).collect();
            let message = format!(
                "the operation does not declare this status: it succeeds with {}",
                declared.join(" or ")
            );
            let body = incoming.read_available().await;
            let error = Error::new(ErrorKind::Decode, message);
            return Err(incoming.fail(error).with_body(body));
        }
        // A vendor's typed view is parsed from this body later, and shows it.
        let body = redacted(incoming.read_available().await, &incoming.secrets);
        let description = (client.service().describe_error)(status, &incoming.headers, &body);
        let error = match description.message {
            Some(message) => Error::quoting(ErrorKind::Status, message),
            None => {
                let reason = status.canonical_reason();
                Error::new(ErrorKind::Status, reason.unwrap_or("the service reported an error"))
            }
        };
        // `Retry-After` is about this request; the vendor's own delay may be about a whole window.
        let asked = asked_wait(&incoming.headers, Utc::now()).or(description.retry_after);
        Err(incoming
            .fail(error)
            .with_code(description.code)
            .with_details(description.details)
            .with_retry_after(asked)
            .with_body(body))
    }

    pub(super) fn status(&self) -> StatusCode {
        self.status
    }

    fn fail(&self, error: Error) -> Error {
        error.with_response(self.status, self.headers.clone(), self.request_id.clone())
    }

    /// Reads the whole body.
    pub(super) async fn read(mut self) -> Result<RawResponse> {
        let body = read_body(&mut self.response, self.limit).await;
        let body = body.and_then(|body| decoded(&self.headers, body, self.limit));
        let body = body.map_err(|error| self.fail(error))?;
        Ok(self.into_raw(body))
    }

    /// Reads a body that is not needed; it is left out if it does not arrive completely.
    pub(super) async fn read_if_sent(mut self) -> RawResponse {
        let body = self.read_available().await;
        self.into_raw(body)
    }

    async fn read_available(&mut self) -> Bytes {
        let limit = self.limit.min(MAX_ERROR_BODY_SIZE);
        let body = timeout(self.patience, read_body(&mut self.response, limit)).await;
        let body = body.unwrap_or(Ok(Bytes::new()));
        body.and_then(|body| decoded(&self.headers, body, limit)).unwrap_or_default()
    }

    fn into_raw(self, body: Bytes) -> RawResponse {
        let Self { status, mut headers, request_id, secrets, .. } = self;
        // Gzip, the only supported encoding, ends with a checksum.
        let checked = encoding(&headers).is_some();
        if checked {
            // They describe the encoded body.
            headers.remove(CONTENT_ENCODING);
            headers.remove(CONTENT_LENGTH);
        }
        RawResponse { status, headers, request_id, body, checked, secrets }
    }

    /// Whether the response may be JSON, judging by its head.
    pub(super) fn may_be_json(&self) -> bool {
        let media_type = media_type(&self.headers);
        media_type.is_empty() || is_json(&media_type)
    }

    /// Writes the body to `path` while it arrives, if it is a file of the media type `wanted`.
    pub(super) async fn save(
        mut self,
        path: &Path,
        wanted: &str,
        may_be_empty: bool,
        limit: u64,
    ) -> Result<Response<u64>> {
        let saved = self.stream_to(path, wanted, may_be_empty, limit).await;
        let length = saved.map_err(|error| self.fail(error))?;
        let Self { status, headers, request_id, .. } = self;
        Ok(Response::from_parts(length, Envelope { status, headers, request_id, body: None }))
    }

    async fn stream_to(
        &mut self,
        path: &Path,
        wanted: &str,
        may_be_empty: bool,
        limit: u64,
    ) -> Result<u64> {
        if let Some(encoding) = encoding(&self.headers) {
            return Err(undecoded(&encoding));
        }
        check_whole(&self.headers)?;
        let media_type = media_type(&self.headers);
        let too_large = || {
            let message = format!(
                "the file is larger than {limit} bytes; raise `max_file_size` to accept it"
            );
            Error::new(ErrorKind::BodyTooLarge, message)
        };
        if self.response.content_length().is_some_and(|length| length > limit) {
            return Err(too_large());
        }
        let mut buffer = BytesMut::with_capacity(WRITE_SIZE);
        let mut file = None;
        let mut length = 0_u64;
        loop {
            let chunk = self.response.chunk().await.map_err(transport_error)?;
            let ended = chunk.is_none();
            let chunk = chunk.unwrap_or_default();
            length = length.saturating_add(chunk.len() as u64);
            if length > limit {
                return Err(too_large());
            }
            if !ended && buffer.len().saturating_add(chunk.len()) <= WRITE_SIZE {
                buffer.extend_from_slice(&chunk);
                continue;
            }
            let open: PartialFile = match file.take() {
                Some(open) => open,
                None => {
                    let beginning = if buffer.is_empty() { &chunk } else { &buffer[..] };
                    check_file(&media_type, beginning, wanted, may_be_empty)?;
                    PartialFile::create(path).await?
                }
            };
            let open = open.write(std::mem::take(&mut buffer).freeze()).await?;
            if ended {
                open.finish().await?;
                return Ok(length);
            }
            buffer = BytesMut::with_capacity(WRITE_SIZE);
            buffer.extend_from_slice(&chunk);
            file = Some(open);
        }
    }
}

/// A complete response.
#[derive(Debug)]
pub(super) struct RawResponse {
    status: StatusCode,
    headers: HeaderMap,
    request_id: Option<String>,
    pub(super) body: Bytes,
    /// Whether a checksum proves that the body is what the service sent.
    checked: bool,
    /// Secrets that the service may echo and no error may quote.
    secrets: Secrets,
}

impl RawResponse {
    /// The media type, in lower case and without its parameters; empty if there is none.
    pub(super) fn media_type(&self) -> String {
        media_type(&self.headers)
    }

    /// Whether the response is, or must be, JSON. Without a content type, its beginning decides.
    pub(super) fn is_json(&self) -> bool {
        match self.media_type().as_str() {
            "" => beginning(&self.body).starts_with(b"{"),
            media_type => is_json(media_type),
        }
    }

    /// Whether the body is empty.
    pub(super) fn is_blank(&self) -> bool {
        self.body.trim_ascii().is_empty()
    }

    /// The error for a body that is not a file of the media type `wanted`.
    pub(super) fn check_file(&self, wanted: &str, may_be_empty: bool) -> Result<()> {
        check_whole(&self.headers)
            .and_then(|()| check_file(&self.media_type(), &self.body, wanted, may_be_empty))
            .map_err(|error| self.fail(error))
    }

    /// The error for a file in a JSON body that is not of the media type `wanted`, by what the body
    /// calls it and by its bytes.
    pub(super) fn check_carried(
        &self,
        content_type: &str,
        file: &[u8],
        wanted: &str,
        may_be_empty: bool,
    ) -> Result<()> {
        let media_type = essence(content_type);
        if file.is_empty() && may_be_empty && media_type.is_empty() {
            return Ok(());
        }
        check_file(&media_type, file, wanted, may_be_empty).map_err(|error| self.fail(error))
    }

    /// Decodes the body as a JSON object that is not empty.
    pub(super) fn decode_filled<T: DeserializeOwned>(&self) -> Result<T> {
        let inside = beginning(&self.body).strip_prefix(b"{");
        if inside.is_some_and(|inside| inside.trim_ascii() == b"}") {
            let message = "the response is an empty JSON object, which holds no data";
            return Err(self.fail(Error::new(ErrorKind::Decode, message)));
        }
        self.decode()
    }

    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Decodes the body as a JSON object.
    pub(super) fn decode<T: DeserializeOwned>(&self) -> Result<T> {
        json::decode(&self.body).map_err(|failure| self.undecodable(failure, "object"))
    }

    /// Decodes a body that only confirms the status: an object with any keys. An empty body and
    /// null count as an empty object.
    pub(super) fn decode_confirmation<T: DeserializeOwned>(&self) -> Result<T> {
        let body = match beginning(&self.body).trim_ascii_end() {
            b"" | b"null" => b"{}",
            _ => &self.body[..],
        };
        json::decode_any(body).map_err(|failure| self.undecodable(failure, "object"))
    }

    /// Decodes the body as a JSON list of objects.
    pub(super) fn decode_list<T: DeserializeOwned>(&self) -> Result<Vec<T>> {
        json::decode_list(&self.body).map_err(|failure| self.undecodable(failure, "list"))
    }

    /// An error about a body that is not the expected JSON.
    ///
    /// Truncated JSON counts as a transport failure, so that the call is retried if that is
    /// allowed: the connection or a proxy lost the rest, even if the content length matches. A
    /// compressed body that arrived completely is not retried, because its checksum proves that the
    /// service sent it like this.
    fn undecodable(&self, failure: DecodeError, due: &str) -> Error {
        let quote = |text: &str, length| self.secrets.excerpt(text.as_bytes(), length);
        let reason = quote(&failure.source.to_string(), REASON_LENGTH);
        let what = if self.is_blank() {
            format!("the response is empty, expected a JSON {due}")
        } else if failure.cut_short {
            format!("the response is truncated, inside its JSON: {reason}")
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
        let cut = failure.cut_short && !self.checked && !self.is_blank();
        let kind = if cut { ErrorKind::Transport } else { ErrorKind::Decode };
        self.fail(Error::new(kind, message).with_source(failure.source))
    }

    /// An error about this response.
    pub(super) fn fail(&self, error: Error) -> Error {
        error
            .with_response(self.status, self.headers.clone(), self.request_id.clone())
            .with_body(self.body.clone())
    }

    /// Drops the body.
    pub(super) fn into_response_without_body<T>(mut self, value: T) -> Response<T> {
        self.body = Bytes::new();
        let Self { status, headers, request_id, .. } = self;
        Response::from_parts(value, Envelope { status, headers, request_id, body: None })
    }

    pub(super) fn into_response<T>(self, value: T) -> Response<T> {
        let Self { status, headers, request_id, body, .. } = self;
        Response::from_parts(value, Envelope { status, headers, request_id, body: Some(body) })
    }
}

/// Whether it is an HTML page of a gateway, which is not a statement of the service.
fn is_web_page(headers: &HeaderMap) -> bool {
    is_markup(&media_type(headers))
}

fn is_markup(media_type: &str) -> bool {
    matches!(media_type, "text/html" | "application/xhtml+xml")
}

fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    essence(value.unwrap_or_default())
}

/// A content type in lower case and without its parameters.
fn essence(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

/// A body from its first significant byte, after a byte-order mark and white space.
fn beginning(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start()
}

/// The target of a redirect, without its path and query, which may contain anything.
fn redirect_target(headers: &HeaderMap) -> String {
    let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
    match location.map(Url::parse) {
        Some(Ok(url)) => format!("to {}", url.origin().ascii_serialization()),
        Some(Err(_)) => "to another path".to_owned(),
        None => "without a target".to_owned(),
    }
}

async fn read_body(response: &mut reqwest::Response, limit: usize) -> Result<Bytes> {
    let announced = response.content_length().map(usize::try_from).transpose();
    let announced = match announced.map(Option::unwrap_or_default) {
        Ok(length) if length <= limit => length,
        _ => return Err(too_large(limit)),
    };
    let Some(first) = response.chunk().await.map_err(transport_error)? else {
        return Ok(Bytes::new());
    };
    if first.len() > limit {
        return Err(too_large(limit));
    }
    if first.len() == announced {
        return Ok(first);
    }
    let mut body = BytesMut::with_capacity(announced.max(first.len()));
    body.extend_from_slice(&first);
    while let Some(chunk) = response.chunk().await.map_err(transport_error)? {
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn too_large(limit: usize) -> Error {
    Error::new(
        ErrorKind::BodyTooLarge,
        format!("the response is larger than {limit} bytes; raise `max_body_size` to accept it"),
    )
}

/// The encoding of a body; `None` if it is not encoded.
fn encoding(headers: &HeaderMap) -> Option<String> {
    let values = headers.get_all(CONTENT_ENCODING).iter();
    let names = values.flat_map(|value| value.to_str().unwrap_or("?").split(','));
    let names = names.map(|name| name.trim().to_ascii_lowercase());
    let names: Vec<_> = names.filter(|name| !matches!(name.as_str(), "" | "identity")).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn undecoded(encoding: &str) -> Error {
    let message =
        format!("the response is encoded as `{encoding}`, which this client did not request");
    Error::quoting(ErrorKind::Decode, message)
}

/// Decodes a whole body.
fn decoded(headers: &HeaderMap, body: Bytes, limit: usize) -> Result<Bytes> {
    match encoding(headers) {
        None => Ok(body),
        Some(_) if body.is_empty() => Ok(body),
        #[cfg(feature = "gzip")]
        Some(encoding) if matches!(encoding.as_str(), "gzip" | "x-gzip") => unzipped(&body, limit),
        Some(encoding) => {
            _ = limit;
            Err(undecoded(&encoding))
        }
    }
}

/// Decompresses every member of a gzip file; anything behind the last one is an error. A truncated
/// member is a transport failure.
#[cfg(feature = "gzip")]
fn unzipped(body: &[u8], limit: usize) -> Result<Bytes> {
    use std::io::{ErrorKind as IoErrorKind, Read as _};

    const MAGIC: [u8; 2] = [0x1f, 0x8b];

    let invalid = "the response is not valid gzip, or has trailing data";
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut plain = Vec::new();
    let mut rest = body;
    while !rest.is_empty() {
        if !rest.iter().zip(MAGIC).all(|(byte, magic)| *byte == magic) {
            return Err(Error::new(ErrorKind::Decode, invalid));
        }
        let mut member = flate2::bufread::GzDecoder::new(rest);
        let left = most.saturating_sub(plain.len() as u64);
        match member.by_ref().take(left).read_to_end(&mut plain) {
            Ok(_) if plain.len() > limit => return Err(too_large(limit)),
            Ok(_) => rest = member.into_inner(),
            Err(error) if error.kind() == IoErrorKind::UnexpectedEof => {
                return Err(Error::new(ErrorKind::Transport, CUT).with_source(error));
            }
            Err(error) => return Err(Error::new(ErrorKind::Decode, invalid).with_source(error)),
        }
    }
    Ok(plain.into())
}

/// The body of an error without secrets, however their characters are escaped.
fn redacted(body: Bytes, secrets: &Secrets) -> Bytes {
    let text = String::from_utf8_lossy(&body);
    let text = secrets.redact(&text);
    let mut json = serde_json::from_str::<Value>(text.trim_start_matches('\u{feff}'));
    if json.as_mut().is_ok_and(|json| redact_strings(json, secrets)) {
        return json.map_or_else(|_| Bytes::new(), |json| json.to_string().into());
    }
    match text {
        Cow::Owned(text) => text.into(),
        Cow::Borrowed(_) => body.clone(),
    }
}

/// Replaces secrets in every key and string of a document, and returns whether there were any.
fn redact_strings(json: &mut Value, secrets: &Secrets) -> bool {
    let redact = |text: &mut String| {
        let found = secrets.are_in(text);
        if found {
            *text = secrets.redact(text).into_owned();
        }
        found
    };
    match json {
        Value::String(text) => redact(text),
        Value::Array(list) => {
            list.iter_mut().fold(false, |found, one| redact_strings(one, secrets) | found)
        }
        Value::Object(object) => {
            let mut found = false;
            for (mut key, mut value) in std::mem::take(object) {
                found |= redact(&mut key) | redact_strings(&mut value, secrets);
                object.insert(key, value);
            }
            found
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn is_json(media_type: &str) -> bool {
    media_type.ends_with("/json") || media_type.ends_with("+json")
}

/// Checks that a response has a whole file, since no request asks for a part.
fn check_whole(headers: &HeaderMap) -> Result<()> {
    if headers.contains_key(CONTENT_RANGE) {
        let message = "the response has a `Content-Range`: it is a part of the file";
        return Err(Error::new(ErrorKind::Decode, message));
    }
    Ok(())
}

/// Checks that a file is of the media type `wanted`, judging by its declared type and by its first
/// bytes, which alone decide if no type is declared.
fn check_file(media_type: &str, file: &[u8], wanted: &str, may_be_empty: bool) -> Result<()> {
    const UNDECLARED: &[&str] = &["", "application/octet-stream", "binary/octet-stream"];
    // A caller that accepts any bytes gets a file of any type.
    let any = wanted == UNDECLARED[1] && !is_json(media_type) && !is_markup(media_type);
    let declared = media_type == wanted || (any && !UNDECLARED.contains(&media_type));
    let problem = if file.is_empty() {
        if declared && may_be_empty {
            return Ok(());
        }
        "the response contains no file: its content is empty".to_owned()
    } else if declared {
        match contradicts(media_type, file) {
            true => {
                format!("the content type of the response is {media_type}, but its content is not")
            }
            false => return Ok(()),
        }
    } else if UNDECLARED.contains(&media_type) && looks_like(wanted, file) {
        return Ok(());
    } else if media_type.is_empty() {
        format!("the response has no content type, and its content is not {wanted}")
    } else if UNDECLARED.contains(&media_type) {
        format!("the response is {media_type}, and its content is not {wanted}")
    } else {
        format!("the response is {media_type}, expected {wanted}")
    };
    Err(Error::quoting(ErrorKind::Decode, problem))
}

/// Whether a file cannot be of its declared media type, judging by its beginning.
fn contradicts(media_type: &str, file: &[u8]) -> bool {
    match media_type {
        "application/pdf" => {
            is_page(file) || is_archive(file) || (is_markup_or_json(file) && !is_pdf(file))
        }
        "application/zip" => is_markup_or_json(file),
        "text/csv" if is_json_object(file) => true,
        // Text may start with anything except an error page of a gateway.
        "text/csv" | "text/plain" => {
            is_pdf(file) || is_page(file) || is_binary(file) || is_archive(file)
        }
        _ => false,
    }
}

/// Whether a file without a content type may be of this media type, judging by its beginning.
fn looks_like(media_type: &str, file: &[u8]) -> bool {
    match media_type {
        "text/csv" | "text/plain" => !is_markup_or_json(file) && !is_pdf(file) && !is_binary(file),
        "application/pdf" => beginning(file).starts_with(PDF),
        "application/zip" => file.starts_with(ZIP),
        _ => !is_markup_or_json(file),
    }
}

const PDF: &[u8] = b"%PDF-";
const ZIP: &[u8] = b"PK";

/// Whether a file begins like a PDF, which may have other bytes before the header.
fn is_pdf(file: &[u8]) -> bool {
    const WITHIN: usize = 1024;
    file[..file.len().min(WITHIN)].windows(PDF.len()).any(|window| window == PDF)
}

/// Whether a file begins like a gzip or zip file, which may contain anything.
fn is_archive(file: &[u8]) -> bool {
    file.starts_with(b"\x1f\x8b") || file.starts_with(b"PK\x03\x04")
}

/// Whether a file begins like a JSON object: with a brace, and a key or the other brace.
fn is_json_object(file: &[u8]) -> bool {
    let inside = beginning(file).strip_prefix(b"{");
    inside.is_some_and(|inside| matches!(inside.trim_ascii_start().first(), Some(b'"' | b'}')))
}

fn is_markup_or_json(file: &[u8]) -> bool {
    matches!(beginning(file).first(), Some(b'<' | b'{' | b'['))
}

fn is_page(file: &[u8]) -> bool {
    let text = beginning(file);
    [&b"<!doctype"[..], b"<html", b"<?xml"]
        .iter()
        .any(|tag| text.get(..tag.len()).is_some_and(|start| start.eq_ignore_ascii_case(tag)))
}

fn is_binary(file: &[u8]) -> bool {
    const WITHIN: usize = 512;
    file[..file.len().min(WITHIN)].contains(&0)
}

/// Classifies a transport error by how far the request got.
pub(super) fn transport_error(error: reqwest::Error) -> Error {
    // The URL may contain secrets.
    let error = error.without_url();
    let (kind, message) = if error.is_connect() {
        (ErrorKind::Connect, "no connection to the service")
    } else if error.is_timeout() {
        (ErrorKind::Timeout, "the service did not respond in time")
    } else if error.is_builder() {
        (ErrorKind::InvalidRequest, "the request cannot be built")
    } else if error.is_body() || error.is_decode() {
        (ErrorKind::Transport, CUT)
    } else {
        (ErrorKind::Transport, "the connection broke before a response arrived")
    };
    let certificate = is_certificate_error(&error);
    let message = if certificate { "the certificate of the service was rejected" } else { message };
    let error = Error::new(kind, message).with_source(error);
    if certificate { error.permanent() } else { error }
}

#[cfg(test)]
mod tests;
