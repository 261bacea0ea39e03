use std::fmt;

use http::{HeaderMap, StatusCode};
use sdk_core::{
    Error, ErrorKind,
    http::{ErrorDescription, time_until},
};
use serde_json::{Map, Value};

use crate::{RateLimit, billing_address::BillingAddressAttributes};

/// What Fastly says is wrong, as types.
///
/// Any [`Error`] with an error status has this view; the error itself keeps status, message and the
/// body as received. Fastly writes errors in several forms. Which one it is follows from the keys of
/// the body, and what the error means follows from the status; what a form does not say is empty.
/// The texts are the service's, and taken as they are: they may repeat what it was sent.
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
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiError {
    /// What it means, by the status.
    pub kind: ApiErrorKind,
    /// In which form it was written, by the keys.
    pub form: ErrorForm,
    /// The status of the answer.
    pub status: StatusCode,
    /// The short text (`title` or `msg`).
    pub title: String,
    /// The long text.
    pub detail: String,
    /// The type of the problem, often an address.
    pub r#type: String,
    /// The vendor's code.
    pub code: String,
    /// Each single reason, where the service lists them.
    pub errors: Vec<ErrorReason>,
}

/// One of several reasons of an error.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ErrorReason {
    /// The kind of reason.
    pub r#type: String,
    /// The short text.
    pub title: String,
    /// The long text.
    pub detail: String,
    /// The status that belongs to it, where it has one of its own.
    pub status: Option<u16>,
    /// Addresses that Fastly proposes in place of the one it refused.
    pub candidates: Vec<BillingAddressAttributes>,
}

/// What an error means, and so what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ApiErrorKind {
    /// Parameters are wrong (400): correct them. For an address, see
    /// [`candidates`](ErrorReason::candidates).
    BadRequest,
    /// The token is not accepted (401): check that it is complete and has not expired.
    Unauthorized,
    /// The token may not do this (403): its user needs the role Billing or Superuser, and the token
    /// the scope `global` or `global:read`.
    Forbidden,
    /// There is no such thing (404), or the token cannot see it. All of v2 is gone and answers so.
    NotFound,
    /// It contradicts the present state (409, 412): look at it, then decide anew.
    Conflict,
    /// The service understood, and cannot do it (422).
    Unprocessable,
    /// Too many calls that change something (429): wait for the [`reset`](RateLimit::reset).
    TooManyRequests,
    /// The service failed (5xx): try again later.
    Server,
    /// Any other status.
    Other,
}

/// The form in which Fastly wrote an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorForm {
    /// `msg`, and perhaps `detail`.
    Classic,
    /// A list under `errors`, as JSON:API has it.
    JsonApi,
    /// `title`, and perhaps `type`, `status`, `code` and `detail`, as problem details have it.
    Problem,
    /// Anything else: nothing, text, a web page, other JSON.
    Other,
}

impl ApiError {
    /// The view of an error; `None` if it is not about an answer with an error status.
    #[must_use]
    pub fn from_error(error: &Error) -> Option<Self> {
        let status = error.status().filter(|_| error.kind() == ErrorKind::Status)?;
        Some(Self::read(status, error.raw_body().map_or(&[], |body| body)))
    }

    fn read(status: StatusCode, body: &[u8]) -> Self {
        let body: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let errors: Vec<ErrorReason> = match body.get("errors") {
            Some(Value::Array(errors)) => {
                errors.iter().filter_map(Value::as_object).map(reason).collect()
            }
            _ => Vec::new(),
        };
        let form = if !errors.is_empty() {
            ErrorForm::JsonApi
        } else if body.contains_key("msg") {
            ErrorForm::Classic
        } else if ["title", "detail", "type", "code"].iter().any(|key| body.contains_key(*key)) {
            ErrorForm::Problem
        } else {
            ErrorForm::Other
        };
        let title = match text(&body, "title") {
            title if title.is_empty() => text(&body, "msg"),
            title => title,
        };
        Self {
            kind: ApiErrorKind::of(status),
            form,
            status,
            title,
            detail: text(&body, "detail"),
            r#type: text(&body, "type"),
            code: text(&body, "code"),
            errors,
        }
    }

    /// The texts there are, the most telling one first.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let reasons = self.errors.iter().flat_map(|one| [&one.detail, &one.title]);
        [&self.detail, &self.title]
            .into_iter()
            .chain(reasons)
            .map(String::as_str)
            .filter(|text| !text.is_empty())
    }
}

/// One line: the status, the title, the detail, and each reason.
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

fn reason(fields: &Map<String, Value>) -> ErrorReason {
    let candidates = fields.get("candidates").and_then(Value::as_array);
    ErrorReason {
        r#type: text(fields, "type"),
        title: text(fields, "title"),
        detail: text(fields, "detail"),
        status: text(fields, "status").parse().ok(),
        candidates: candidates
            .into_iter()
            .flatten()
            .filter_map(|candidate| serde_json::from_str(&candidate.to_string()).ok())
            .collect(),
    }
}

/// A text, or a number as text; empty if it is anything else.
fn text(fields: &Map<String, Value>, name: &str) -> String {
    match fields.get(name) {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// Says what the body of an error says. Bytes of any kind will do: what decides is whether they are
/// a JSON object, not which content type they are sent with.
pub(crate) fn describe(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> ErrorDescription {
    let error = ApiError::read(status, body);
    let mut texts = error.texts();
    let message = texts.next().map(str::to_owned);
    let details = texts.find(|text| Some(*text) != message.as_deref()).map(str::to_owned);
    drop(texts);
    let plain = (error.form == ErrorForm::Other).then(|| plain_text(body)).flatten();
    let code = [error.code, error.r#type].into_iter().find(|code| !code.is_empty());
    let reset = RateLimit::from_headers(headers).reset;
    let reset = reset.filter(|_| error.kind == ApiErrorKind::TooManyRequests);
    ErrorDescription {
        code,
        message: message.or(plain),
        details,
        retry_after: reset.map(|reset| time_until(reset, headers)),
    }
}

/// The first line of a body that is neither markup nor JSON.
fn plain_text(body: &[u8]) -> Option<String> {
    const LENGTH: usize = 160;
    let line = std::str::from_utf8(body).ok()?.trim().lines().next()?.trim();
    let text = !line.is_empty() && !line.starts_with(['<', '{', '[', '"']);
    text.then(|| line.chars().take(LENGTH).collect())
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
