//! The gRPC transport.
//!
//! A vendor's client holds a [`GrpcClient`]; each of its operations is a [`Call`] on it. Retries,
//! deadlines, credentials, errors and spans work as in the HTTP transport.
//!
//! # Errors
//!
//! A status from the service is [`ErrorKind::Status`](crate::ErrorKind::Status): its
//! [`code`](crate::Error::code) is the name of the gRPC code, and its
//! [`status`](crate::Error::status) the HTTP status that corresponds to it, so that the predicates
//! work as over HTTP. Failures on the client's side have kinds of their own, whatever code the gRPC
//! library reports: no connection, a lost connection, a timeout, or a message that is too large.
//!
//! | code | status | |
//! |---|---|---|
//! | `CANCELLED` | 499 | |
//! | `UNKNOWN`, `INTERNAL`, `DATA_LOSS` | 500 | |
//! | `INVALID_ARGUMENT`, `FAILED_PRECONDITION`, `OUT_OF_RANGE` | 400 | |
//! | `UNAUTHENTICATED` | 401 | [`is_auth`](crate::Error::is_auth) |
//! | `PERMISSION_DENIED` | 403 | [`is_auth`](crate::Error::is_auth) |
//! | `NOT_FOUND` | 404 | [`is_not_found`](crate::Error::is_not_found) |
//! | `ALREADY_EXISTS`, `ABORTED` | 409 | |
//! | `RESOURCE_EXHAUSTED` | 429 | [`is_throttled`](crate::Error::is_throttled), retried |
//! | `UNIMPLEMENTED` | 501 | |
//! | `UNAVAILABLE` | 503 | retried |
//! | `DEADLINE_EXCEEDED` | 504 | [`is_timeout`](crate::Error::is_timeout), retried |

mod call;
mod client;
mod connect;
pub mod convert;
mod file;
mod open_enum;
mod response;
mod status;
mod stream;

pub use call::Call;
pub use client::{GrpcClient, GrpcClientBuilder, Service};
pub use convert::InvalidField;
pub use file::FileCall;
pub use open_enum::{UnknownName, deserialize_number, serialize_number};
pub use stream::{ByteStream, Chunk};
pub use tonic::transport::Channel;
