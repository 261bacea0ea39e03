use std::fmt;

use http::{HeaderMap, StatusCode};
use sdk_core::{
    Error, ErrorKind,
    http::{ErrorDescription, time_until},
};
use serde::Deserialize as _;
use serde_json::{Map, Value};

use crate::{RateLimit, billing_address::BillingAddressAttributes};

/// A typed view of Fastly's error responses.
///
/// Every [`Error`] with an error status has this view; the error itself keeps the status, the
/// message and the raw body. Fastly sends errors in several formats. The keys of the body determine
/// the format, and the status determines the meaning. A field that the format does not have is
/// empty.
///
/// ```
/// use fastly_billing::{ApiError, ApiErrorKind, Error};
///
/// fn explain(error: &Error) {
///     match ApiError::from_error(error) {
///         Some(error) if error.kind == ApiErrorKind::NotFound => println!("{}", error.title),
///         Some(error) => {
///             for candidate in error.errors.iter().flat_map(|one| &one.candidates) {
///                 println!("did you mean {:?}?", candidate.address_1);
///             }
///         }
///         None => println!("{error}"),
///     }
/// }
/// ```
#[doc(alias = "ApiException")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// Meaning of the error, determined by the status.
    pub kind: ApiErrorKind,
    /// Format of the body, determined by its keys.
    pub form: ErrorForm,
    /// HTTP status of the response.
    pub status: StatusCode,
    /// Short description (`title`, `msg`, `message` or `error`); the beginning of the body if it
    /// has none of these keys.
    pub title: String,
    /// Long description.
    pub detail: String,
    /// Type of the problem, often a URL.
    pub r#type: String,
    /// Fastly's error code.
    pub code: String,
    /// The individual reasons, if Fastly lists them.
    pub errors: Vec<ErrorReason>,
}

/// A reason of an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ErrorReason {
    /// Kind of the reason.
    pub r#type: String,
    /// Short description.
    pub title: String,
    /// Long description.
    pub detail: String,
    /// Status of this reason, if it differs from that of the response.
    pub status: Option<u16>,
    /// Addresses that Fastly suggests instead of the rejected one.
    pub candidates: Vec<BillingAddressAttributes>,
}

/// Meaning of an error, which determines what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiErrorKind {
    /// Invalid parameters (400): correct them. For an address, see
    /// [`candidates`](ErrorReason::candidates).
    BadRequest,
    /// Fastly does not accept the token (401): check that it is complete and has not expired.
    Unauthorized,
    /// The token lacks a permission (403): its user needs the role Billing or Superuser, and the
    /// token the scope `global` or `global:read`.
    Forbidden,
    /// The resource does not exist (404), or the token may not see it. Every v2 route returns this.
    NotFound,
    /// The request conflicts with the current state (409, 412): check the state first.
    Conflict,
    /// Fastly understood the request but cannot process it (422).
    Unprocessable,
    /// Too many write operations (429): wait for the [`reset`](RateLimit::reset).
    TooManyRequests,
    /// Fastly failed (5xx): try again later.
    Server,
    /// Any other status.
    Other,
}

/// Format of an error response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorForm {
    /// `msg` and optionally `detail`.
    Classic,
    /// A list under `errors`, the format of JSON:API.
    JsonApi,
    /// `title`, with optional `type`, `status`, `code` and `detail`, the format of problem details.
    Problem,
    /// Anything else: an empty body, plain text, a web page, or other JSON, such as a `message` or
    /// an `error` alone.
    Other,
}

impl ApiError {
    /// Returns the typed view of an error; `None` if the error has no error status.
    #[must_use]
    pub fn from_error(error: &Error) -> Option<Self> {
        let status = error.status().filter(|_| error.kind() == ErrorKind::Status)?;
        Some(Self::read(status, error.raw_body().map_or(&[], |body| body)))
    }

    fn read(status: StatusCode, body: &[u8]) -> Self {
        let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
        let fields = match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => fields,
            Ok(list @ Value::Array(_)) => Map::from_iter([("errors".to_owned(), list)]),
            Ok(text @ Value::String(_)) => Map::from_iter([("message".to_owned(), text)]),
            _ => Map::new(),
        };
        let listed = fields.get("errors");
        let errors = listed.map(reasons).unwrap_or_default();
        let has_objects = |list: &Vec<Value>| list.iter().any(Value::is_object);
        let form = if listed.and_then(Value::as_array).is_some_and(has_objects) {
            ErrorForm::JsonApi
        } else if fields.contains_key("msg") {
            ErrorForm::Classic
        } else if ["title", "detail", "type", "code"].iter().any(|key| fields.contains_key(*key)) {
            ErrorForm::Problem
        } else {
            ErrorForm::Other
        };
        let detail = text(&fields, "detail");
        let mut title = first_text(&fields, &["title", "msg", "message", "error"]);
        if title.is_empty() {
            let inner = fields.get("error").and_then(Value::as_object);
            title = inner.map_or_else(String::new, |inner| {
                first_text(inner, &["message", "msg", "title", "detail"])
            });
        }
        if title.is_empty() && detail.is_empty() && !errors.iter().any(says_something) {
            title = beginning(body);
        }
        Self {
            kind: ApiErrorKind::of(status),
            form,
            status,
            title,
            detail,
            r#type: text(&fields, "type"),
            code: text(&fields, "code"),
            errors,
        }
    }

    /// Returns the descriptions, the most specific first.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let reasons = self.errors.iter().flat_map(|one| [&one.detail, &one.title]);
        [&self.detail, &self.title]
            .into_iter()
            .chain(reasons)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }
}

/// Writes one line: the status, the title, the detail and each reason.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status.as_u16())?;
        let reasons = self.errors.iter().flat_map(|one| [&one.title, &one.detail]);
        for text in [&self.title, &self.detail].into_iter().chain(reasons) {
            if !text.is_empty() {
                write!(f, ": {}", text.split_whitespace().collect::<Vec<_>>().join(" "))?;
            }
        }
        Ok(())
    }
}

impl ApiErrorKind {
    fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            400 => Self::BadRequest,
            401 => Self::Unauthorized,
            403 => Self::Forbidden,
            404 => Self::NotFound,
            409 | 412 => Self::Conflict,
            422 => Self::Unprocessable,
            429 => Self::TooManyRequests,
            500..=599 => Self::Server,
            _ => Self::Other,
        }
    }
}

/// Returns the reasons under `errors`: a list of objects or strings, a map of them by parameter, or
/// a single one.
fn reasons(errors: &Value) -> Vec<ErrorReason> {
    let said = |detail: String| ErrorReason { detail, ..ErrorReason::default() };
    match errors {
        Value::Array(list) => {
            let one = |error: &Value| match error {
                Value::Object(fields) => Some(reason(fields)),
                Value::String(text) => Some(said(text.trim().to_owned())),
                _ => None,
            };
            list.iter().filter_map(one).collect()
        }
        Value::Object(fields) if says_something(&reason(fields)) => vec![reason(fields)],
        Value::Object(fields) => {
            let named = |(name, inner): (&String, &Value)| -> Vec<ErrorReason> {
                let mut inner = reasons(inner);
                for one in &mut inner {
                    let text = match one.detail.is_empty() {
                        true => &mut one.title,
                        false => &mut one.detail,
                    };
                    *text = format!("{name}: {text}");
                }
                inner
            };
            fields.iter().flat_map(named).collect()
        }
        Value::String(text) => vec![said(text.trim().to_owned())],
        _ => Vec::new(),
    }
}

fn reason(fields: &Map<String, Value>) -> ErrorReason {
    let candidates = fields.get("candidates").and_then(Value::as_array);
    ErrorReason {
        r#type: text(fields, "type"),
        title: text(fields, "title"),
        detail: first_text(fields, &["detail", "message", "msg", "error"]),
        status: text(fields, "status").parse().ok(),
        candidates: candidates
            .into_iter()
            .flatten()
            .filter_map(|candidate| BillingAddressAttributes::deserialize(candidate).ok())
            .collect(),
    }
}

fn says_something(reason: &ErrorReason) -> bool {
    !reason.title.is_empty() || !reason.detail.is_empty()
}

/// Returns the first of these keys that is present.
fn first_text(fields: &Map<String, Value>, names: &[&str]) -> String {
    names.iter().map(|name| text(fields, name)).find(|text| !text.is_empty()).unwrap_or_default()
}

/// Returns a string, or a number as a string; empty for anything else.
fn text(fields: &Map<String, Value>, name: &str) -> String {
    match fields.get(name) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Describes an error from its body. The body counts as JSON if it is a JSON object, whatever its
/// content type.
pub(crate) fn describe(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ErrorDescription {
    let error = ApiError::read(status, body);
    let mut texts = error.texts();
    let message = texts.next().map(str::to_owned);
    let details = texts.find(|text| Some(*text) != message.as_deref()).map(str::to_owned);
    drop(texts);
    let code = [error.code, error.r#type].into_iter().find(|code| !code.is_empty());
    let reset = RateLimit::from_headers(headers).reset;
    let reset = reset.filter(|_| error.kind == ApiErrorKind::TooManyRequests);
    ErrorDescription {
        code,
        message,
        details,
        retry_after: reset.map(|reset| time_until(reset, headers)),
    }
}

/// Returns the beginning of a body on one line, or its first line if it is plain text. Empty if the
/// body is markup or blank.
fn beginning(body: &[u8]) -> String {
    const LENGTH: usize = 160;
    let text = String::from_utf8_lossy(body);
    let text = text.trim();
    if text.starts_with('<') || matches!(text, "{}" | "[]" | "null" | "\"\"") {
        return String::new();
    }
    let line = match text.starts_with(['{', '[']) {
        true => text,
        false => text.lines().next().unwrap_or_default(),
    };
    let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
    words.chars().take(LENGTH).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_is_one_line() {
        for (body, expected) in [
            (
                r#"{"msg":"Bad request","detail":"Invalid\nvalue"}"#,
                "400: Bad request: Invalid value",
            ),
            (
                r#"{"errors":[{"title":"Not found","detail":"no address"}]}"#,
                "400: Not found: no address",
            ),
            ("", "400"),
        ] {
            let error = ApiError::read(StatusCode::BAD_REQUEST, body.as_bytes());
            assert_eq!(error.to_string(), expected);
        }
    }
}
