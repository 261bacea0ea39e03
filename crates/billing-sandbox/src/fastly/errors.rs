//! Errors, each in the format that Fastly uses for that kind.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
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
