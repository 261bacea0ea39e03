//! Scaleway billing.

mod client;
mod config;
mod error;
mod file;
mod generated;
mod money;

pub use client::{Client, ClientBuilder};
pub use error::{ApiError, ArgumentError};
pub use file::ScwFile;
pub use generated::v2alpha1;
pub use money::{Money, MoneyError};
pub use sdk_core::{
    Attempt, CallOptions, Cursor, Decision, Error, ErrorKind, NeverRetry, Page, Pager, Pages,
    Response, Result, RetryBudget, RetryPolicy, Secret, StandardRetry, UnknownValue,
};
