//! Errors, each in the format that Fastly uses for that kind.

use axum::Json;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use serde_json::{Value, json};

#[derive(Debug)]
pub(crate) enum Error {
    /// The key is missing or wrong.
    InvalidKey,
    /// The route does not exist.
    UnknownRoute,
    /// The record does not exist; the wording is that of v2 and of unversioned routes.
    RecordNotFound { what: &'static str },
    /// The v3 invoice does not exist.
    NoInvoice { id: String },
    /// A v3 parameter or body is invalid.
    BadRequest { detail: String },
    /// The v3 address does not exist.
    NoAddress,
    /// A body is invalid or an address was not found, as a JSON:API error.
    Address { title: &'static str, detail: &'static str, candidates: Vec<Value> },
    /// The resource does not exist, as a JSON:API error.
    NoResource,
}

pub(crate) fn bad_request(detail: impl Into<String>) -> Error {
    Error::BadRequest { detail: detail.into() }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::InvalidKey => {
                (StatusCode::FORBIDDEN, json!({"msg": "Unauthorized", "detail": "Invalid API key"}))
            }
            Self::UnknownRoute => (StatusCode::NOT_FOUND, json!({"msg": "Not found"})),
            Self::RecordNotFound { what } => (
                StatusCode::NOT_FOUND,
                json!({"msg": "Record not found", "detail": format!("Couldn't find {what}")}),
            ),
            Self::NoInvoice { id } => (
                StatusCode::NOT_FOUND,
                json!({"title": format!("requested id:{id} doesn't exist"), "status": 404}),
            ),
            Self::BadRequest { detail } => (
                StatusCode::BAD_REQUEST,
                json!({"type": "", "title": "Bad request", "status": 400, "errors": null, "detail": detail}),
            ),
            Self::NoAddress => (
                StatusCode::NOT_FOUND,
                json!({"title": "The address does not exist", "status": 404, "detail": ""}),
            ),
            Self::Address { title, detail, candidates } => {
                let mut error =
                    json!({"type": "address", "title": title, "detail": detail, "status": 400});
                if !candidates.is_empty() {
                    error["candidates"] = candidates.into();
                }
                return json_api(StatusCode::BAD_REQUEST, json!({"errors": [error]}));
            }
            Self::NoResource => {
                let error = json!({
                    "title": "Not found",
                    "detail": "The billing address you requested was not found",
                });
                return json_api(StatusCode::NOT_FOUND, json!({"errors": [error]}));
            }
        };
        (status, Json(body)).into_response()
    }
}

/// The media type of JSON:API.
pub(crate) const JSON_API: &str = "application/vnd.api+json";

pub(crate) fn json_api(status: StatusCode, body: Value) -> Response {
    (status, [(header::CONTENT_TYPE, JSON_API)], body.to_string()).into_response()
}

/// The response while the API is unavailable.
pub(crate) fn unavailable() -> Response {
    let body = Json(json!({"msg": "Service unavailable"}));
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "0")], body).into_response()
}

/// The response to too many requests. The limit resets a second later, by the system clock.
pub(crate) fn rate_limited() -> Response {
    let reset = (Utc::now().timestamp() + 1).to_string();
    let headers = [
        (HeaderName::from_static("fastly-ratelimit-remaining"), "0"),
        (HeaderName::from_static("fastly-ratelimit-reset"), reset.as_str()),
    ];
    let body = Json(json!({"msg": "Too many requests", "detail": "The rate limit is exceeded"}));
    (StatusCode::TOO_MANY_REQUESTS, headers, body).into_response()
}
