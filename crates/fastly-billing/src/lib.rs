//! Client for Fastly's billing APIs: invoices, the month-to-date invoice, usage and addresses.
//!
//! | module | API |
//! |---|---|
//! | [`v3`] | current version: invoices, the month-to-date invoice, usage metrics, addresses on invoices |
//! | [`billing_address`] | the billing address of a customer, an unversioned API |
//! | [`customer`] | the customer of a token, an unversioned API |
//! | [`v2`] | retired by Fastly, superseded by v3 |
//!
//! The request, response and enum types mirror Fastly's documentation one to one. This crate is not
//! made by Fastly.
//!
//! # Installation
//!
//! ```toml
//! [dependencies]
//! fastly-billing = "0.1"
//! tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
//! ```
//!
//! Until the crate is published, depend on a clone of the repository or on its URL instead:
//! `{ path = "…/crates/fastly-billing" }` or `{ git = "https://example.com/billing-sdks" }`. The
//! same applies to `billing-sandbox` below.
//!
//! # First call
//!
//! ```no_run
//! use fastly_billing::{
//!     Client, Wait,
//!     v3::{BillingInvoicesApi, GetMonthToDateInvoiceRequest, ListInvoicesRequest},
//! };
//!
//! #[tokio::main]
//! async fn main() -> Result<(), fastly_billing::Error> {
//!     let billing = BillingInvoicesApi::new(&Client::from_env()?);
//!
//!     let mut invoices = billing.list_invoices_all(ListInvoicesRequest::new());
//!     while let Some(invoice) = invoices.try_next().await? {
//!         if let Some(amount) = invoice.monthly_transaction_amount {
//!             println!("{} {amount} {}", invoice.invoice_id, invoice.currency_code);
//!         }
//!     }
//!
//!     // Fastly generates the month-to-date invoice on request; this method waits for it.
//!     let request = GetMonthToDateInvoiceRequest::new();
//!     let invoice = billing.get_month_to_date_invoice_when_ready(request, Wait::new()).await?;
//!     match invoice.monthly_transaction_amount {
//!         Some(amount) => println!("{amount} USD so far"),
//!         None => println!("no amount so far"),
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Authentication and configuration
//!
//! A call authenticates with a Fastly API token, which the client sends in the `Fastly-Key` header.
//! Read operations need a token with the scope `global` or `global:read`, of a user with the role
//! Billing or Superuser; write operations need the scope `global`.
//!
//! [`Client::new`] takes the token, [`Client::builder`] every setting, and [`Client::from_env`]
//! reads the environment. Within a row, the first variable that is set wins.
//!
//! | setting | variables |
//! |---|---|
//! | API token | `FASTLY_API_TOKEN` |
//! | base URL | `FASTLY_API_URL` (read by Fastly's Go client and Terraform provider), `FASTLY_API_ENDPOINT` (read by its command line tool) |
//!
//! The client always verifies TLS certificates, rejects plain `http` except for loopback addresses,
//! never follows redirects, and honors `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
//!
//! # Operations
//!
//! [Retries and deadlines](#retries-and-deadlines) defines *safe*, *idempotent* and *at most once*.
//!
#![doc = include_str!("generated/operations.md")]
//!
//! Each module has one type for each request, response and enum of its API version. A request is
//! plain data with one setter for each parameter; unset parameters are not sent. An operation with
//! a single required parameter also takes it directly:
//! `billing.get_invoice_by_invoice_id("INV-100001")`.
//!
//! # Responses and unknown values
//!
//! A [`Response`] dereferences to the decoded value. It also holds the status, the headers and the
//! [raw body](Response::raw_body).
//!
//! - A missing or null string or list is empty. A missing or null amount, quantity, count or date
//!   is `None`, never 0.
//! - Unknown fields are ignored; the raw body has them.
//! - Enums are open. A value that this version of the crate does not know becomes `Unknown`, and
//!   serializes to the same string again.
//! - A response of a different shape is an error of kind [`Decode`](ErrorKind::Decode), never an
//!   empty value.
//! - Amounts and quantities are exact [`Decimal`]s, whether Fastly sends
//!   numbers or strings.
//! - Identifiers are strings of type [`Id`], whether Fastly sends numbers or strings.
//! - Older forms decode as well: the capitalized keys of v3 lines (`ProductName`), `lines` in v2,
//!   and both envelopes of the usage metrics.
//! - The marker "(observed, undocumented)" denotes behavior that Fastly does not document.
//!
//! Requests and responses implement `Serialize` and `Deserialize`, so programs can store and reload
//! them. Decimals serialize as strings; [`from_slice`] reads stored JSON. A stored request that
//! lacks a required field, or has an unknown one, fails to deserialize.
//!
//! [`Decimal`]: https://docs.rs/rust_decimal/latest/rust_decimal/struct.Decimal.html
//!
//! # Pagination
//!
//! Each list operation has a variant with the suffix `_all`, which returns a [`Pager`]: a lazy
//! [`Stream`](https://docs.rs/futures-core/latest/futures_core/stream/trait.Stream.html) of items
//! that fetches one page at a time. [`cursor`](Pager::cursor) marks the next item, so a program can
//! store it and [resume](Pager::resume_from) after a failure. [`read_ahead`](Pager::read_ahead)
//! fetches pages in advance, and [`shortfall`](Pager::shortfall) tells whether items are missing.
//! [`get_usage_metrics_all`](v3::BillingUsageMetricsApi::get_usage_metrics_all) covers any number
//! of months with one request for every three.
//!
//! This program lists all invoices, and continues after the last processed one if it is restarted:
//!
//! ```no_run
//! use std::{error::Error, fs, io::ErrorKind};
//!
//! use fastly_billing::{
//!     Client,
//!     v3::{BillingInvoicesApi, ListInvoicesRequest},
//! };
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn Error>> {
//!     let billing = BillingInvoicesApi::new(&Client::from_env()?);
//!     let mut invoices = billing.list_invoices_all(ListInvoicesRequest::new());
//!     match fs::read_to_string("invoices.cursor") {
//!         Ok(cursor) => invoices = invoices.resume_from(&cursor.parse()?)?,
//!         Err(error) if error.kind() == ErrorKind::NotFound => {}
//!         Err(error) => return Err(error.into()),
//!     }
//!     while let Some(invoice) = invoices.try_next().await? {
//!         println!("{}", invoice.invoice_id);
//!         if let Some(cursor) = invoices.cursor() {
//!             fs::write("invoices.cursor", cursor.to_string())?;
//!         }
//!     }
//!     // The list is complete. Without the file, the next run starts from the beginning.
//!     fs::remove_file("invoices.cursor").or_else(|error| match error.kind() {
//!         ErrorKind::NotFound => Ok(()),
//!         _ => Err(error.into()),
//!     })
//! }
//! ```
//!
//! A cursor belongs to its request, so resume with the same parameters. Fastly does not document how
//! long its cursors are valid. If it rejects one, delete the file and start again.
//!
//! # Errors
//!
//! Every failure is an [`Error`]. Its predicates and its kind tell what to do:
//!
//! | predicate | meaning | what to do |
//! |---|---|---|
//! | [`is_auth`](Error::is_auth) | Fastly rejected the token or its permissions (401, 403) | check the token, its scope and the role of its user |
//! | [`is_not_found`](Error::is_not_found) | the resource does not exist (404) | check the identifier |
//! | [`is_throttled`](Error::is_throttled) | too many requests (429) | slow down; see [`retry_after`](Error::retry_after) |
//! | [`is_timeout`](Error::is_timeout) | the call ran out of time | raise the deadline, or request smaller pages |
//! | [`is_connect`](Error::is_connect) | no connection; nothing was sent | check the URL, the proxy and the certificates |
//! | [`kind`](Error::kind) is [`Transport`](ErrorKind::Transport) | the connection was lost, or the response is incomplete | call again if `is_retryable`; otherwise check what [`was_sent`](Error::was_sent) says |
//! | [`is_retryable`](Error::is_retryable) | repeating the call is safe and may succeed | wait, then call again |
//!
//! [`ApiError::from_error`] returns Fastly's typed view of an error, in any of the formats that
//! Fastly uses.
//!
//! # Retries and deadlines
//!
//! The client sends a request up to four times within two minutes. It retries after lost
//! connections, timeouts and the statuses 408, 429, 500, 502, 503 and 504, with random exponential
//! delays. `Retry-After`, or else `Fastly-RateLimit-Reset`, is the shortest delay. The table of
//! operations tells how far the client may go:
//!
//! - **safe**: the operation only reads; the client retries it.
//! - **idempotent**: repeating the operation has the same effect as sending it once; the client
//!   retries it.
//! - **at most once**: the client retries the operation only if the request provably never left
//!   this machine. If such a call fails and [`was_sent`](Error::was_sent) is `true`, check the
//!   state before you call again.
//!
//! [`CallOptions`] changes retries and deadlines for some calls:
//!
//! ```no_run
//! use std::time::Duration;
//! use fastly_billing::{CallOptions, Client, NeverRetry, v3::BillingInvoicesApi};
//!
//! # fn example(client: Client) {
//! let quick = CallOptions::new().timeout(Duration::from_secs(3)).retry(NeverRetry);
//! let billing = BillingInvoicesApi::new(&client.with_options(quick));
//! # }
//! ```
//!
//! Fastly limits write operations to 1,000 per hour and does not limit read operations.
//! [`RateLimit`] reads the limit from a response.
//!
//! # Logging
//!
//! Calls emit spans and events through [`tracing`](https://docs.rs/tracing) at the target
//! `sdk_core`: a span `billing.call` for each call, a child span for each attempt, and an event for
//! each retry. [`telemetry`] lists all names, levels and fields. With `tracing-subscriber`, this
//! shows the calls and their retries:
//!
//! ```sh
//! RUST_LOG=sdk_core=debug cargo run
//! ```
//!
//! Credentials, query values and bodies never appear in a span or an event.
//!
//! # Testing your code
//!
//! `billing-sandbox` serves Fastly's billing APIs on loopback. A test starts a sandbox of its own:
//!
//! ```toml
//! [dev-dependencies]
//! billing-sandbox = "0.1"
//! fastly-billing = { version = "0.1", features = ["testing"] }
//! ```
//!
//! ```test_harness
//! use billing_sandbox::{Sandbox, chrono::NaiveDate};
//! use fastly_billing::{
//!     Client,
//!     v3::{BillingInvoicesApi, ListInvoicesRequest},
//! };
//!
//! #[tokio::test]
//! async fn every_invoice_is_read() {
//!     let today = NaiveDate::from_ymd_opt(2026, 6, 15).unwrap();
//!     let sandbox = Sandbox::builder().today(today).invoices(30).start().await.unwrap();
//!     let client = Client::builder()
//!         .api_url(sandbox.fastly().url())
//!         .api_token(sandbox.fastly().api_token())
//!         .build()
//!         .unwrap();
//!
//!     let request = ListInvoicesRequest::new().limit(10);
//!     let invoices = BillingInvoicesApi::new(&client).list_invoices_all(request);
//!     assert_eq!(invoices.try_collect().await.unwrap().len(), 30);
//!     assert!(sandbox.requests()[0].starts_with("GET /billing/v3/invoices?"));
//! }
//! ```
//!
//! A function that takes a [`Client`] needs a server in its tests: the sandbox, or an HTTP mock at
//! [`api_url`](ClientBuilder::api_url). A function that takes a [`Response`], a [`Pager`] or models
//! needs none. Models implement `Default`, and have public fields and setters. The feature `testing` adds
//! [`Response`]`::new`, [`Error`]`::from_response` and [`Pager`]`::from_items`, so split a program
//! into functions that call the API and functions that process its results.
//!
//! ```test_harness
//! # #[cfg(feature = "testing")]
//! # mod example {
//! use fastly_billing::{
//!     ApiError, Error, Pager,
//!     http::StatusCode,
//!     v3::{Invoice, ListEomInvoicesResponse},
//! };
//!
//! /// The code under test.
//! async fn ids(mut invoices: Pager<ListEomInvoicesResponse>) -> Result<Vec<String>, Error> {
//!     let mut ids = Vec::new();
//!     while let Some(invoice) = invoices.try_next().await? {
//!         ids.push(invoice.invoice_id.into());
//!     }
//!     Ok(ids)
//! }
//!
//! #[tokio::test]
//! async fn the_ids_or_the_error_are_returned() {
//!     let items = [Invoice::default().invoice_id("INV-1")];
//!     assert_eq!(ids(Pager::from_items(items.clone())).await.unwrap(), ["INV-1"]);
//!
//!     let error = Error::from_response(StatusCode::NOT_FOUND, None, r#"{"msg": "Not found"}"#);
//!     assert_eq!(ApiError::from_error(&error).unwrap().title, "Not found");
//!     let error = ids(Pager::from_items_then_error(items, error)).await.unwrap_err();
//!     assert!(error.is_not_found());
//! }
//! # }
//! ```
//!
//! # Cookbook
//!
//! The folder `examples` of this crate contains complete programs. The program `billing-sandbox`
//! runs them without an account: `billing-sandbox -- cargo run --example usage_of_year`.
//!
//! <details><summary>The usage of the last twelve months, as CSV: <code>usage_of_year</code></summary>
//!
//! ```no_run
#![doc = include_str!("../examples/usage_of_year.rs")]
//! ```
//!
//! </details>
//!
//! <details><summary>The month-to-date invoice, once Fastly has generated it: <code>month_to_date</code></summary>
//!
//! ```no_run
#![doc = include_str!("../examples/month_to_date.rs")]
//! ```
//!
//! </details>
//!
//! | further example | what it does |
//! |---|---|
//! | `fastly_invoices` | lists every invoice |
//! | `usage_by_service` | prints the usage of each service |
//!
//! The documentation of [`billing-sandbox`](https://docs.rs/billing-sandbox) shows `all_vendors`, one
//! program for Scaleway, Fastly and Viam. [`Error`], [`CallOptions`], [`RetryPolicy`] and the other
//! types that are not specific to a vendor are the same in all three crates.
//!
//! # Migrating from Fastly's clients
//!
//! | Python (`fastly`) | Rust (`fastly-api`) | this crate |
//! |---|---|---|
//! | `configuration.api_token = "…"` | `Configuration { api_key: … }` | [`Client::new`]; [`Client::from_env`] reads `FASTLY_API_TOKEN` |
//! | `configuration.host` | `Configuration { base_path: … }` | [`ClientBuilder::api_url`] |
//! | `api_key_prefix` | `ApiKey { prefix: … }` | [`ClientBuilder::api_key_prefix`]; Fastly needs none |
//! | `BillingInvoicesApi(api_client)` | `billing_invoices_api` | [`v3::BillingInvoicesApi::new`] |
//! | `api.list_invoices(limit="200")` | `list_invoices(&mut cfg, params)` | [`list_invoices`](v3::BillingInvoicesApi::list_invoices), [`list_invoices_all`](v3::BillingInvoicesApi::list_invoices_all) |
//! | `api.get_invoice_by_invoice_id(…)` (integer only) | `invoice_id: i32` | [`get_invoice_by_invoice_id`](v3::BillingInvoicesApi::get_invoice_by_invoice_id), which takes `INV-100001` |
//! | `api.get_month_to_date_invoice()` | `get_month_to_date_invoice` (a 202 decodes as an invoice of `None`s) | [`MonthToDate`] tells `Ready` from `Pending`; `…_when_ready` waits |
//! | `_request_timeout=5` | | [`CallOptions::timeout`] |
//! | `fastly.ApiException` | `Error<…Error>` | [`Error`] and [`ApiError`] |
//! | amounts are `float` | amounts are `f32` | amounts are exact decimals |
//!
//! # Features
//!
//! | feature | effect |
//! |---|---|
//! | `gzip` | requests compressed responses |
//! | `testing` | enables constructors for tests |
//!
//! # Minimum supported Rust version
//!
//! Rust 1.88. Raising this version is a minor release.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod calendar;
mod client;
mod error;
mod file;
mod generated;
mod id;
mod invoice;
mod line_item;
mod month_to_date;
mod rate_limit;
mod usage;

pub use client::{Client, ClientBuilder};
pub use error::{ApiError, ApiErrorKind, ErrorForm, ErrorReason};
#[expect(deprecated, reason = "v2 is deprecated as a whole")]
pub use generated::v2;
pub use generated::{billing_address, customer, v3};
pub use id::Id;
pub(crate) use line_item::LineItem;
pub use rate_limit::RateLimit;
pub use sdk_core::json::from_slice;
#[doc(inline)]
pub use sdk_core::telemetry;
pub use sdk_core::{
    Attempt, BillingMonth, CallOptions, Cursor, Decision, Error, ErrorKind, NeverRetry, OpenEnum,
    Page, Pager, Pages, Response, Result, RetryBudget, RetryPolicy, Secret, StandardRetry,
    TokenPage, UnknownValue,
    http::{Download, Wait},
};
// Kept for compatibility; these types are documented in `v2` and `v3`.
pub use {bytes, chrono, http, reqwest, rust_decimal};
#[doc(hidden)]
pub use {
    calendar::{Month, Year},
    file::FileFormat,
    month_to_date::{AsyncResponse, MonthToDate},
    usage::{Serviceusagemetrics, UsageWindow, Usagemetrics},
};
