//! The HTTP and JSON transport.
//!
//! A vendor's client holds an [`HttpClient`]; each of its operations is a [`Call`] on it.

mod answer;
mod call;
mod client;
mod download;
mod outcome;
mod query;
mod tls;

pub use answer::ErrorDescription;
pub use call::Call;
pub use client::{HttpClient, HttpClientBuilder, Service};
pub use download::{Download, File};
pub use outcome::{Outcome, Wait};
pub use query::{QueryValue, link_parameter};

pub use crate::retry_after::{retry_after, time_until};
