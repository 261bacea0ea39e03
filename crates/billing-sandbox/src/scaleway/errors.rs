//! The API's error responses.

use axum::Json;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// The reasons for which a request fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Error {
    InvalidArgument {
        name: String,
        reason: Reason,
        help: &'static str,
    },
    DeniedAuthentication,
    PermissionDenied {
        action: &'static str,
        resource: &'static str,
    },
    QuotaExceeded {
        resource: &'static str,
        quota: usize,
    },
    NotFound {
        resource: &'static str,
        id: String,
    },
    /// Like [`Error::NotFound`], in the format of v2.
    NotFoundById {
        resource: &'static str,
        id: String,
    },
    AlreadyExists {
        resource: &'static str,
        id: String,
        help: &'static str,
    },
    UnknownRoute,
}

/// The problem with an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It is missing.
    Required,
    /// It cannot be parsed as its type.
    Format,
    /// It is valid for its type, but not allowed.
    Constraint,
}

pub(crate) fn required(name: &str) -> Error {
    invalid(name, Reason::Required, "is required")
}

pub(crate) fn format(name: &str, help: &'static str) -> Error {
    invalid(name, Reason::Format, help)
}

pub(crate) fn constraint(name: &str, help: &'static str) -> Error {
    invalid(name, Reason::Constraint, help)
}

fn invalid(name: &str, reason: Reason, help: &'static str) -> Error {
    Error::InvalidArgument { name: name.to_owned(), reason, help }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::InvalidArgument { name, reason, help } => {
                let reason = match reason {
                    Reason::Required => "required",
                    Reason::Format => "format",
                    Reason::Constraint => "constraint",
                };
                (
                    StatusCode::BAD_REQUEST,
                    json!({
                        "type": "invalid_arguments",
                        "message": "invalid argument(s)",
                        "details": [{"argument_name": name, "reason": reason, "help_message": help}],
                    }),
                )
            }
            Self::DeniedAuthentication => (
                StatusCode::UNAUTHORIZED,
                json!({
                    "type": "denied_authentication",
                    "message": "authentication is denied",
                    "method": "api_key",
                    "reason": "not_found",
                }),
            ),
            Self::PermissionDenied { action, resource } => (
                StatusCode::FORBIDDEN,
                json!({
                    "type": "permissions_denied",
                    "message": "insufficient permissions",
                    "details": [{"action": action, "resource": resource}],
                }),
            ),
            Self::QuotaExceeded { resource, quota } => (
                StatusCode::FORBIDDEN,
                json!({
                    "type": "quotas_exceeded",
                    "message": "quota(s) exceeded",
                    "details": [{"resource": resource, "quota": quota, "current": quota}],
                }),
            ),
            Self::NotFound { resource, id } => (
                StatusCode::NOT_FOUND,
                json!({
                    "type": "not_found",
                    "message": "resource is not found",
                    "resource": resource,
                    "resource_id": id,
                }),
            ),
            Self::NotFoundById { resource, id } => (
                StatusCode::NOT_FOUND,
                json!({
                    "type": "not_found",
                    "message": format!("{resource} {id} not found"),
                    "resource": resource,
                    "resource_id": id,
                }),
            ),
            Self::AlreadyExists { resource, id, help } => (
                StatusCode::CONFLICT,
                json!({
                    "type": "already_exists",
                    "message": "resource already exists",
                    "resource": resource,
                    "resource_id": id,
                    "help_message": help,
                }),
            ),
            Self::UnknownRoute => (StatusCode::NOT_FOUND, json!({"message": "Not Found"})),
        };
        (status, Json(body)).into_response()
    }
}

/// The gateway's response while the API is unavailable.
pub(crate) fn unavailable() -> Response {
    let body = Json(json!({"message": "service unavailable"}));
    (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "0")], body).into_response()
}

/// The gateway's response to too many requests.
pub(crate) fn rate_limited() -> Response {
    let envoy = HeaderName::from_static("x-envoy-ratelimited");
    (StatusCode::TOO_MANY_REQUESTS, [(envoy, "true")]).into_response()
}
