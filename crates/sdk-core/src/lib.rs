//! The vendor-independent call path of the billing SDKs.
//!
//! Depend on a vendor crate instead of this one. Each vendor crate re-exports the types that its
//! users need. The parts of a call, in order:
//!
//! | part | what it does |
//! |---|---|
//! | [`Operation`] | names an operation and declares whether it may be repeated |
//! | [`CallOptions`] | deadlines, retry policy and size limit of a call |
//! | [`Credentials`] | the headers that authenticate an attempt |
//! | [`RetryPolicy`] | decides from the error whether and when to retry |
//! | [`http`] (feature `http`) | builds the request, sends it, reads a bounded response |
//! | [`grpc`] (feature `grpc`) | the same over gRPC, unary and server-streaming |
//! | [`json`] (feature `http`) | decodes responses leniently, but amounts exactly |
//! | [`Pager`] | iterates over a list page by page, and can resume |
//! | [`environment`] | reads settings from environment variables |
//! | [`Response`] / [`Error`] | the outcome |
//! | [`telemetry`] | the spans and events of a call |
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `http` | the HTTP and JSON transport |
//! | `gzip` | compressed responses |
//! | `grpc` | the gRPC transport |
//! | `grpc-tls` | TLS for gRPC |
//! | `testing` | `Response::new`, `Error::from_response` and `Pager::from_items`, for your own tests |

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(feature = "http"), allow(dead_code, reason = "only a transport makes calls"))]

#[cfg(any(feature = "http", feature = "grpc-tls"))]
mod certificate;
mod credentials;
pub mod environment;
mod error;
mod file;
#[cfg(feature = "grpc")]
pub mod grpc;
#[cfg(feature = "http")]
pub mod http;
#[cfg(feature = "http")]
pub mod json;
#[cfg(feature = "http")]
mod month;
#[cfg(feature = "http")]
mod open_enum;
mod operation;
mod options;
mod pager;
mod response;
mod retry;
#[cfg(any(feature = "http", feature = "grpc"))]
mod retry_after;
mod runtime;
mod secret;
pub mod telemetry;
#[cfg(all(feature = "testing", any(feature = "http", feature = "grpc")))]
mod testing;
mod text;

pub use credentials::{Credentials, HeaderCredentials};
pub use error::{Error, ErrorKind, Result};
pub use file::{AtomicFile, save_atomically};
#[cfg(feature = "http")]
pub use month::BillingMonth;
#[cfg(feature = "http")]
pub use open_enum::{OpenEnum, UnknownValue};
pub use operation::{Idempotency, Operation};
pub use options::CallOptions;
pub use pager::{Cursor, NumberedPage, Page, Pager, Pages, TokenPage};
pub use response::Response;
pub use retry::{Attempt, Decision, NeverRetry, RetryBudget, RetryPolicy, StandardRetry};
pub use secret::Secret;

/// Items that the macros for enums expand to; not a public API.
#[cfg(any(feature = "http", feature = "grpc"))]
#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "http")]
    pub use crate::open_enum::deserialize_text;
    pub use serde;
}

/// A boxed future that may move between threads.
pub type BoxFuture<'a, T> = std::pin::Pin<Box<dyn Future<Output = T> + Send + 'a>>;
