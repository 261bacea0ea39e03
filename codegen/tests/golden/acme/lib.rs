//! Client for Acme's billing API.
//!
//! # First call
//!
//! ```no_run
//! use acme_billing::{Client, v1::{InvoicesApi, ListInvoicesRequest}};
//!
//! # async fn example() -> Result<(), acme_billing::Error> {
//! let invoices = InvoicesApi::new(&Client::from_env()?);
//! let mut all = invoices.list_invoices_all(ListInvoicesRequest::new());
//! while let Some(invoice) = all.try_next().await? {
//!     println!("{}", invoice.id);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Operations
//!
#![doc = include_str!("generated/operations.md")]
//!
//! # Configuration
//!
//! | setting | variable |
//! |---|---|
//! | API token | `ACME_API_TOKEN` |
//! | base URL | `ACME_API_URL` |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod generated;

pub use client::{Client, ClientBuilder};
pub use generated::v1;
pub use sdk_core::json::from_slice;
pub use sdk_core::{
    Attempt, BillingMonth, CallOptions, Cursor, Decision, Error, ErrorKind, NeverRetry, Page,
    Pager, Pages, Response, Result, RetryBudget, RetryPolicy, Secret, StandardRetry, UnknownValue,
    http::Download,
};
pub use {bytes, chrono, http, reqwest, rust_decimal};
