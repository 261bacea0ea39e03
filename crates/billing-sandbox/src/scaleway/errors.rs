//! The API's error answers.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// A request that is not answered with data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Error {
    InvalidArgument { name: &'static str, reason: Reason, help: &'static str },
    DeniedAuthentication,
    PermissionDenied { resource: &'static str },
    NotFound { resource: &'static str, id: String },
    UnknownRoute,
}

/// What is wrong with an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    /// It cannot be read as its type.
    Format,
    /// It can be read, but its value is not allowed.
    Constraint,
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, body) = match self {
            Self::InvalidArgument { name, reason, help } => {
                let reason = match reason {
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
            Self::PermissionDenied { resource } => (
                StatusCode::FORBIDDEN,
                json!({
                    "type": "permissions_denied",
                    "message": "insufficient permissions",
                    "details": [{"action": "read", "resource": resource}],
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
            Self::UnknownRoute => (StatusCode::NOT_FOUND, json!({"message": "Not Found"})),
        };
        (status, Json(body)).into_response()
    }
}
