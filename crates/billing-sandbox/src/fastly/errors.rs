//! Errors, each in the form in which Fastly writes that kind.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

#[derive(Debug)]
pub(crate) enum Error {
    /// The key is missing or wrong.
    InvalidKey,
    /// There is no such route.
    UnknownRoute,
    /// There is no such thing, in the words of v2 and of unversioned routes.
    RecordNotFound { what: &'static str },
    /// There is no such invoice in v3.
    NoInvoice { id: String },
    /// A parameter or a body is wrong in v3.
    BadRequest { detail: String },
    /// There is no such address in v3.
    NoAddress,
    /// A body is wrong, or an address was not found, in the words of JSON:API.
    Address { title: &'static str, detail: &'static str, candidates: Vec<Value> },
    /// There is no such resource, in the words of JSON:API.
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
                json!({"title": "There is no such address", "status": 404, "detail": ""}),
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
