use std::{fmt, time::Duration};

use chrono::{DateTime, Utc};
use http::{HeaderMap, StatusCode};
use sdk_core::{Error, ErrorKind, http::ErrorDescription};
use serde_json::{Map, Value};

/// A typed view of Scaleway's error responses.
///
/// Every [`Error`] with an error status has this view; the error itself keeps the status, the
/// message, the request id and the raw body.
///
/// ```
/// use scaleway_billing::{ApiError, Error};
///
/// fn explain(error: &Error) {
///     match ApiError::from_error(error) {
///         Some(ApiError::NotFound { resource, resource_id, .. }) => {
///             println!("there is no {resource} {resource_id}");
///         }
///         Some(ApiError::InvalidArguments { arguments, .. }) => {
///             for argument in arguments {
///                 println!("{}: {}", argument.argument_name, argument.help_message);
///             }
///         }
///         _ => println!("{error}"),
///     }
/// }
/// ```
///
/// Missing strings and lists are empty. The status (401, 403, 404 or 429) determines the variant of
/// a response without a type.
#[doc(alias = "ScalewayException")]
#[doc(alias = "ResponseError")]
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiError {
    /// Parameters of the request are invalid. Correct them; a retry does not help.
    #[non_exhaustive]
    #[doc(alias = "invalid_arguments")]
    #[doc(alias = "invalid_request_error")]
    InvalidArguments {
        /// The rejected arguments, with the reason for each.
        arguments: Vec<ArgumentError>,
    },
    /// Scaleway does not accept the key or token. Check that it is complete, still exists and has
    /// not expired.
    #[non_exhaustive]
    #[doc(alias = "denied_authentication")]
    DeniedAuthentication {
        /// Kind of the credentials.
        method: AuthenticationMethod,
        /// Reason for the rejection.
        reason: AuthenticationReason,
    },
    /// The key lacks a permission. Grant its owner the missing permission sets.
    #[non_exhaustive]
    #[doc(alias = "permissions_denied")]
    PermissionsDenied {
        /// The missing permissions, if Scaleway names them.
        permissions: Vec<MissingPermission>,
    },
    /// A quota is exhausted. Free some of it, or ask Scaleway to raise it.
    #[non_exhaustive]
    #[doc(alias = "quotas_exceeded")]
    QuotasExceeded {
        /// The exhausted quotas.
        quotas: Vec<ExceededQuota>,
    },
    /// The resource does not exist, or the key may not see it. Check the identifier and the
    /// organization of the key.
    #[non_exhaustive]
    #[doc(alias = "not_found")]
    #[doc(alias = "unknown_resource")]
    NotFound {
        /// The kind of resource, such as `Budget`.
        resource: String,
        /// Its identifier.
        resource_id: String,
    },
    /// The resource already exists. Use it, or choose another name.
    #[non_exhaustive]
    #[doc(alias = "already_exists")]
    AlreadyExists {
        /// The kind of resource.
        resource: String,
        /// Identifier of the existing resource.
        resource_id: String,
        /// Advice from Scaleway.
        help_message: String,
    },
    /// The resource is being changed. Try again once the change is complete.
    #[non_exhaustive]
    #[doc(alias = "transient_state")]
    TransientState {
        /// The kind of resource.
        resource: String,
        /// Its identifier.
        resource_id: String,
        /// Current state of the resource, such as `creating`.
        current_state: String,
    },
    /// The resource is not in the state that the request requires. Change its state first.
    #[non_exhaustive]
    #[doc(alias = "precondition_failed")]
    PreconditionFailed {
        /// The precondition that is not met.
        precondition: Precondition,
        /// Advice from Scaleway.
        help_message: String,
    },
    /// The resource is locked, usually by Scaleway. Contact their support.
    #[non_exhaustive]
    #[doc(alias = "locked")]
    Locked {
        /// The kind of resource.
        resource: String,
        /// Its identifier.
        resource_id: String,
    },
    /// The resource is out of stock. Try later or elsewhere.
    #[non_exhaustive]
    #[doc(alias = "out_of_stock")]
    OutOfStock {
        /// The kind of resource.
        resource: String,
    },
    /// The resource has expired. Create a new one.
    #[non_exhaustive]
    #[doc(alias = "resource_expired")]
    #[doc(alias = "expired")]
    ResourceExpired {
        /// The kind of resource.
        resource: String,
        /// Its identifier.
        resource_id: String,
        /// Time of expiry.
        expired_since: Option<DateTime<Utc>>,
    },
    /// Too many requests. Slow down; the client has already waited and retried within its policy.
    #[non_exhaustive]
    #[doc(alias = "too_many_requests")]
    TooManyRequests {
        /// Advice from Scaleway.
        help_message: String,
        /// Number of requests allowed.
        quota: Option<u64>,
        /// Length of the time window.
        window: Option<Duration>,
        /// Time until more requests are allowed.
        reset_after: Option<Duration>,
        /// Time at which more requests are allowed.
        reset_at: Option<DateTime<Utc>>,
    },
    /// The request conflicts with the current state. Check the resource first.
    #[non_exhaustive]
    #[doc(alias = "conflict")]
    Conflict {
        /// The service's words.
        message: String,
    },
    /// An error without a variant in this version of the crate, such as a server error (5xx).
    #[non_exhaustive]
    Unknown {
        /// HTTP status of the response.
        status: StatusCode,
        /// Scaleway's name for the error; empty if the response has none.
        r#type: String,
        /// The service's words.
        message: String,
    },
}

/// An invalid parameter of a request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArgumentError {
    /// Name of the parameter, as sent.
    pub argument_name: String,
    /// The rule that the parameter breaks.
    pub reason: ArgumentReason,
    /// Advice from Scaleway.
    pub help_message: String,
}

/// A permission that a key lacks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MissingPermission {
    /// Action that the permission allows, such as `read`.
    pub action: String,
    /// Resource of the action, such as `billing`.
    pub resource: String,
}

/// An exhausted quota.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExceededQuota {
    /// Resource that the quota limits.
    pub resource: String,
    /// The limit.
    pub quota: Option<u64>,
    /// Current usage.
    pub current: Option<u64>,
    /// Organization that the quota applies to, if any.
    pub organization_id: Option<String>,
    /// Project that the quota applies to, if any.
    pub project_id: Option<String>,
}

sdk_core::open_enum! {
    /// Rule that a parameter breaks.
    pub enum ArgumentReason {
        /// Not said.
        Unspecified = "unknown",
        /// The parameter is required.
        Required = "required",
        /// The value is malformed.
        Format = "format",
        /// The value is out of range.
        Constraint = "constraint",
    }
}

sdk_core::open_enum! {
    /// Authentication method.
    pub enum AuthenticationMethod {
        /// Not said.
        Unspecified = "unknown_method",
        /// The secret key of an API key.
        ApiKey = "api_key",
        /// The token of a console session.
        Jwt = "jwt",
    }
}

sdk_core::open_enum! {
    /// Reason for a failed authentication.
    pub enum AuthenticationReason {
        /// Not said.
        Unspecified = "unknown_reason",
        /// The key or token is malformed.
        InvalidArgument = "invalid_argument",
        /// The key or token does not exist.
        NotFound = "not_found",
        /// The key or token has expired.
        Expired = "expired",
    }
}

sdk_core::open_enum! {
    /// Precondition of a request.
    pub enum Precondition {
        /// Not said.
        Unspecified = "unknown_precondition",
        /// The resource is still in use.
        ResourceStillInUse = "resource_still_in_use",
        /// An attribute of the resource has no value yet.
        AttributeMustBeSet = "attribute_must_be_set",
        /// The resource is protected against this operation.
        ProtectedResource = "protected_resource",
    }
}

impl ApiError {
    /// Returns the typed view of an error; `None` if the error has no error status.
    #[must_use]
    pub fn from_error(error: &Error) -> Option<Self> {
        let status = error.status().filter(|_| error.kind() == ErrorKind::Status)?;
        Some(Self::read(status, &object(error.raw_body().map_or(&[], |body| body))))
    }

    fn read(status: StatusCode, body: &Object) -> Self {
        let resource = || text(body, "resource");
        let resource_id = || text(body, "resource_id");
        let help_message = || text(body, "help_message");
        let named = normalized_type(body);
        match named.or_else(|| type_of_status(status)).unwrap_or_default() {
            INVALID_ARGUMENTS => Self::InvalidArguments { arguments: arguments(body) },
            "denied_authentication" => Self::DeniedAuthentication {
                method: value(body, "method"),
                reason: value(body, "reason"),
            },
            "permissions_denied" => Self::PermissionsDenied { permissions: permissions(body) },
            QUOTAS_EXCEEDED => Self::QuotasExceeded { quotas: quotas(body) },
            NOT_FOUND => {
                Self::NotFound { resource: resource(), resource_id: missing_resource_id(body) }
            }
            "already_exists" => Self::AlreadyExists {
                resource: resource(),
                resource_id: resource_id(),
                help_message: help_message(),
            },
            "transient_state" => Self::TransientState {
                resource: resource(),
                resource_id: resource_id(),
                current_state: text(body, "current_state"),
            },
            "precondition_failed" => Self::PreconditionFailed {
                precondition: value(body, "precondition"),
                help_message: help_message(),
            },
            "locked" => Self::Locked { resource: resource(), resource_id: resource_id() },
            "out_of_stock" => Self::OutOfStock { resource: resource() },
            RESOURCE_EXPIRED => Self::ResourceExpired {
                resource: resource(),
                resource_id: resource_id(),
                expired_since: time(body, "expired_since"),
            },
            "too_many_requests" => {
                let limit = body.get("limit").and_then(Value::as_object);
                Self::TooManyRequests {
                    help_message: help_message(),
                    quota: limit.and_then(|limit| number(limit, "quota")),
                    window: limit.and_then(|limit| seconds(limit, "window_seconds")),
                    reset_after: seconds(body, "reset_seconds"),
                    reset_at: time(body, "reset_at"),
                }
            }
            "conflict" => Self::Conflict { message: text(body, "message") },
            other => {
                Self::Unknown { status, r#type: other.to_owned(), message: text(body, "message") }
            }
        }
    }

    /// Details beyond the message, on one line; empty if there are none.
    fn details(&self) -> String {
        match self {
            Self::InvalidArguments { arguments } => {
                let all = arguments.iter().map(|argument| {
                    let what = join(", ", [argument.reason.as_str(), &argument.help_message]);
                    format!("`{}`: {what}", argument.argument_name)
                });
                join("; ", all)
            }
            Self::DeniedAuthentication { method, reason } => match (method, reason) {
                (AuthenticationMethod::Unspecified, AuthenticationReason::Unspecified) => {
                    String::new()
                }
                _ => format!("{method}: {reason}"),
            },
            Self::PermissionsDenied { permissions } => join(
                "; ",
                permissions.iter().map(|missing| join(" ", [&missing.action, &missing.resource])),
            ),
            Self::QuotasExceeded { quotas } => join("; ", quotas.iter().map(quota_details)),
            Self::NotFound { resource, resource_id } | Self::Locked { resource, resource_id } => {
                join(" ", [resource, resource_id])
            }
            Self::AlreadyExists { resource, resource_id, help_message } => {
                join(", ", [&join(" ", [resource, resource_id]), help_message])
            }
            Self::TransientState { resource, resource_id, current_state } => {
                join(", ", [&join(" ", [resource, resource_id]), current_state])
            }
            Self::PreconditionFailed { precondition, help_message } => {
                join(", ", [precondition.as_str(), help_message])
            }
            Self::OutOfStock { resource } => resource.clone(),
            Self::ResourceExpired { resource, resource_id, expired_since } => {
                let since = expired_since.map(|time| format!("since {}", time.to_rfc3339()));
                join(", ", [join(" ", [resource, resource_id]), since.unwrap_or_default()])
            }
            Self::TooManyRequests { help_message, quota, window, .. } => {
                let quota = quota.map(|quota| format!("{quota} calls"));
                let window = window.map(|window| format!("in {} s", window.as_secs_f64()));
                let limit = join(" ", [quota.unwrap_or_default(), window.unwrap_or_default()]);
                join(", ", [help_message, &limit])
            }
            Self::Conflict { .. } | Self::Unknown { .. } => String::new(),
        }
    }
}

/// Writes one line: the kind of error and its details.
impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, details) = match self {
            Self::InvalidArguments { .. } => ("invalid arguments", self.details()),
            Self::DeniedAuthentication { .. } => ("authentication denied", self.details()),
            Self::PermissionsDenied { .. } => ("permissions denied", self.details()),
            Self::QuotasExceeded { .. } => ("quotas exceeded", self.details()),
            Self::NotFound { .. } => ("not found", self.details()),
            Self::AlreadyExists { .. } => ("already exists", self.details()),
            Self::TransientState { .. } => ("transient state", self.details()),
            Self::PreconditionFailed { .. } => ("precondition failed", self.details()),
            Self::Locked { .. } => ("locked", self.details()),
            Self::OutOfStock { .. } => ("out of stock", self.details()),
            Self::ResourceExpired { .. } => ("resource expired", self.details()),
            Self::TooManyRequests { .. } => ("too many requests", self.details()),
            Self::Conflict { message } => ("conflict", message.clone()),
            Self::Unknown { status, r#type, message } => {
                (status.as_str(), join(": ", [r#type, message]))
            }
        };
        let details = details.split_whitespace().collect::<Vec<_>>().join(" ");
        f.write_str(&join(": ", [kind, &details]))
    }
}

fn quota_details(quota: &ExceededQuota) -> String {
    let used = match (quota.current, quota.quota) {
        (Some(current), Some(limit)) => format!("{current} of {limit}"),
        (None, Some(limit)) => format!("at most {limit}"),
        _ => String::new(),
    };
    join(": ", [&quota.resource, &used])
}

/// Describes an error from its body. The body counts as JSON if it is a JSON object, whatever its
/// content type.
pub(crate) fn describe(status: StatusCode, _: &HeaderMap, body: &[u8]) -> ErrorDescription {
    let body = object(body);
    let error = ApiError::read(status, &body);
    let retry_after = match error {
        ApiError::TooManyRequests { reset_after: Some(wait), .. } => Some(wait),
        ApiError::TooManyRequests { reset_at: Some(time), .. } => {
            time.signed_duration_since(Utc::now()).to_std().ok()
        }
        _ => None,
    };
    let advice = match error {
        ApiError::PermissionsDenied { ref permissions } if permissions.iter().any(is_billing) => {
            PERMISSION_SETS
        }
        _ => "",
    };
    let filled = |text: String| Some(text).filter(|text| !text.is_empty());
    ErrorDescription {
        code: normalized_type(&body).map(str::to_owned),
        message: filled(text(&body, "message")),
        details: filled(join("; ", [error.details().as_str(), advice])),
        retry_after,
    }
}

/// Advice for a rejected key, which Scaleway's own message does not contain.
const PERMISSION_SETS: &str =
    "the IAM permission set BillingReadOnly lets a key read, BillingManager change as well";

/// Returns whether one of those permission sets includes the permission.
fn is_billing(permission: &MissingPermission) -> bool {
    const RESOURCES: &[&str] = &[
        "billing",
        "budget",
        "charge",
        "consumption",
        "coupon",
        "discount",
        "electronic_address",
        "finops",
        "invoice",
        "tax",
    ];
    let resource = permission.resource.to_ascii_lowercase();
    RESOURCES.iter().any(|name| resource.starts_with(name))
}

const INVALID_ARGUMENTS: &str = "invalid_arguments";
const QUOTAS_EXCEEDED: &str = "quotas_exceeded";
const NOT_FOUND: &str = "not_found";
const RESOURCE_EXPIRED: &str = "resource_expired";

/// Returns the type in its current spelling; `None` if the body has none.
fn normalized_type(body: &Object) -> Option<&str> {
    match body.get("type")?.as_str()? {
        "" => None,
        "expired" => Some(RESOURCE_EXPIRED),
        "unknown_resource" => Some(NOT_FOUND),
        "invalid_request_error" if text(body, "message") == "Quota exceeded for this resource." => {
            Some(QUOTAS_EXCEEDED)
        }
        "invalid_request_error" if !legacy_arguments(body).is_empty() => Some(INVALID_ARGUMENTS),
        other => Some(other),
    }
}

/// Returns the kind of a body without a type. A rate-limit response has an empty body.
fn type_of_status(status: StatusCode) -> Option<&'static str> {
    match status {
        StatusCode::UNAUTHORIZED => Some("denied_authentication"),
        StatusCode::FORBIDDEN => Some("permissions_denied"),
        StatusCode::NOT_FOUND => Some(NOT_FOUND),
        StatusCode::TOO_MANY_REQUESTS => Some("too_many_requests"),
        _ => None,
    }
}

fn arguments(body: &Object) -> Vec<ArgumentError> {
    let listed = details(body).map(|detail| ArgumentError {
        argument_name: text(detail, "argument_name"),
        reason: value(detail, "reason"),
        help_message: text(detail, "help_message"),
    });
    let listed = listed.chain(legacy_arguments(body));
    listed.filter(|argument| *argument != ArgumentError::default()).collect()
}

/// The old form: `{"fields": {"name": ["what is wrong", …]}}`.
fn legacy_arguments(body: &Object) -> Vec<ArgumentError> {
    let fields = body.get("fields").and_then(Value::as_object).into_iter().flatten();
    let texts = fields.flat_map(|(name, texts)| {
        texts
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(move |text| (name, text))
    });
    texts
        .map(|(name, text)| ArgumentError {
            argument_name: name.clone(),
            reason: ArgumentReason::Constraint,
            help_message: text.to_owned(),
        })
        .collect()
}

fn permissions(body: &Object) -> Vec<MissingPermission> {
    details(body)
        .map(|detail| MissingPermission {
            action: text(detail, "action"),
            resource: text(detail, "resource"),
        })
        .filter(|permission| *permission != MissingPermission::default())
        .collect()
}

/// The old form names one resource in addition to the message.
fn quotas(body: &Object) -> Vec<ExceededQuota> {
    details(body)
        .chain([body])
        .map(|quota| ExceededQuota {
            resource: text(quota, "resource"),
            quota: number(quota, "quota"),
            current: number(quota, "current"),
            organization_id: optional_text(quota, "organization_id"),
            project_id: optional_text(quota, "project_id"),
        })
        .filter(|quota| *quota != ExceededQuota::default())
        .collect()
}

/// The old form has the identifier only in its message, in single or double quotation marks.
fn missing_resource_id(body: &Object) -> String {
    let quoted = || {
        let message = body.get("message")?.as_str()?;
        let (_, rest) = message.split_once(['"', '\''])?;
        let (id, _) = rest.split_once(['"', '\''])?;
        Some(id.to_owned())
    };
    let legacy = body.get("type").is_some_and(|name| name == "unknown_resource");
    optional_text(body, "resource_id")
        .or_else(|| if legacy { quoted() } else { None })
        .unwrap_or_default()
}

type Object = Map<String, Value>;

/// Returns the JSON object in a body, which may start with a byte-order mark; empty if the body is
/// anything else.
fn object(body: &[u8]) -> Object {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice(body).unwrap_or_default()
}

/// Returns the objects in the list of details, and skips other elements.
fn details(body: &Object) -> impl Iterator<Item = &Object> {
    let list = body.get("details").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_object)
}

fn optional_text(object: &Object, key: &str) -> Option<String> {
    object.get(key)?.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

fn text(object: &Object, key: &str) -> String {
    optional_text(object, key).unwrap_or_default()
}

fn value<T: for<'a> From<&'a str> + Default>(object: &Object, key: &str) -> T {
    optional_text(object, key).map(|text| T::from(&text)).unwrap_or_default()
}

fn number(object: &Object, key: &str) -> Option<u64> {
    let number = object.get(key)?;
    number.as_u64().or_else(|| number.as_str()?.parse().ok())
}

fn seconds(object: &Object, key: &str) -> Option<Duration> {
    let number = object.get(key)?;
    let seconds = number.as_f64().or_else(|| number.as_str()?.parse().ok())?;
    Duration::try_from_secs_f64(seconds).ok()
}

fn time(object: &Object, key: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(object.get(key)?.as_str()?).ok()?;
    Some(time.to_utc())
}

/// Joins the non-empty parts.
fn join<T: AsRef<str>>(between: &str, parts: impl IntoIterator<Item = T>) -> String {
    let mut joined = String::new();
    for part in parts.into_iter().filter(|part| !part.as_ref().is_empty()) {
        if !joined.is_empty() {
            joined.push_str(between);
        }
        joined.push_str(part.as_ref());
    }
    joined
}

#[cfg(test)]
mod tests;
