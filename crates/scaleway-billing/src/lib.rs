//! Client for Scaleway's billing APIs: invoices, consumption, charges, discounts and budgets.
//!
//! | module | API |
//! |---|---|
//! | [`v2beta1`] | current version: consumption, taxes, invoices, discounts and coupons; and the FinOps API with its charges |
//! | [`v2`] | complements v2beta1: budgets with their alerts, and electronic invoicing addresses |
//! | [`v2alpha1`] | superseded by v2beta1 |
//!
//! The request, response and enum types mirror Scaleway's documentation one to one. This crate is
//! not made by Scaleway.
//!
//! # Installation
//!
//! ```toml
//! [dependencies]
//! scaleway-billing = "0.1"
//! tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
//! ```
//!
//! Until the crate is published, depend on a clone of the repository or on its URL instead:
//! `{ path = "…/crates/scaleway-billing" }` or `{ git = "https://example.com/billing-sdks" }`. The
//! same applies to `billing-sandbox` below.
//!
//! # First call
//!
//! ```no_run
//! use scaleway_billing::{
//!     BillingMonth, Client,
//!     v2beta1::{BillingApi, ListConsumptionsRequest, ListInvoicesRequest},
//! };
//!
//! #[tokio::main]
//! async fn main() -> Result<(), scaleway_billing::Error> {
//!     let billing = BillingApi::new(&Client::from_env()?);
//!
//!     let page = billing.list_invoices(ListInvoicesRequest::new().page_size(50)).await?;
//!     println!("{} invoices, request {}", page.total_count, page.request_id().unwrap_or("-"));
//!
//!     let mut invoices = billing.list_invoices_all(ListInvoicesRequest::new());
//!     while let Some(invoice) = invoices.try_next().await? {
//!         if let Some(total) = &invoice.total_taxed {
//!             println!("{} {total}", invoice.number);
//!         }
//!     }
//!
//!     let may = ListConsumptionsRequest::new().billing_period(BillingMonth::new(2026, 5)?);
//!     println!("{} lines in May", billing.list_consumptions(may).await?.total_count);
//!     Ok(())
//! }
//! ```
//!
//! # Authentication and configuration
//!
//! A call authenticates with the secret key of an API key, which the client sends in the
//! `X-Auth-Token` header. Read operations need the permission set `BillingReadOnly`, write
//! operations `BillingManager`, both for the whole organization.
//!
//! [`Client::new`] takes the secret key, [`Client::builder`] every setting, and
//! [`Client::from_env`] reads the environment and the configuration file, like Scaleway's own
//! tools. A variable takes precedence over the file. Within a row, the first variable that is set
//! wins.
//!
//! | setting | variables | key in the file |
//! |---|---|---|
//! | secret key | `SCW_SECRET_KEY`, `SCW_TOKEN`, `SCALEWAY_TOKEN`, `SCALEWAY_ACCESS_KEY` | `secret_key` |
//! | access key (validated, never sent) | `SCW_ACCESS_KEY`, `SCALEWAY_ACCESS_KEY` | `access_key` |
//! | base URL | `SCW_API_URL` | `api_url` |
//! | default organization | `SCW_DEFAULT_ORGANIZATION_ID`, `SCW_ORGANIZATION`, `SCALEWAY_ORGANIZATION` | `default_organization_id` |
//! | default project | `SCW_DEFAULT_PROJECT_ID` | `default_project_id` |
//! | suffix of the `User-Agent` header | `SCW_USER_AGENT` | `user_agent` |
//! | profile | `SCW_PROFILE` | `active_profile` |
//! | configuration file | `SCW_CONFIG_PATH` | |
//!
//! The configuration file is `$XDG_CONFIG_HOME/scw/config.yaml`, or else
//! `~/.config/scw/config.yaml` (the extension `.yml` works as well). A named profile overrides the
//! settings at the top of the file. Without the feature `config-file`, [`Client::from_env`] reads the
//! environment alone, and fails if `SCW_CONFIG_PATH` or `SCW_PROFILE` asks for more.
//!
//! - TLS certificates are always verified: `insecure: true`, `SCW_INSECURE=true` and
//!   `SCW_TLSVERIFY=false` are rejected. To trust a private certificate authority, use
//!   [`add_root_certificates`](ClientBuilder::add_root_certificates).
//! - The client rejects plain `http` except for loopback addresses, never follows redirects, and
//!   honors `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.
//! - Region, zone, object storage and telemetry settings do not apply to billing and are ignored.
//!
//! # Operations
//!
//! [Retries and deadlines](#retries-and-deadlines) defines *safe*, *idempotent* and *at most once*.
//!
#![doc = include_str!("generated/operations.md")]
//!
//! Each module has one type for each request, response and enum of its API version. A request is
//! plain data with one setter for each parameter; unset parameters are not sent. An operation with
//! a single required parameter also takes it directly: `billing.get_invoice("1c00…")`. If
//! parameters exclude each other and a request sets too many or too few of them, the call fails
//! with [`ErrorKind::InvalidRequest`] and sends nothing.
//!
//! An update changes the fields that are set and keeps the others. No update clears a field: none
//! of Scaleway's PATCH requests takes null.
//!
//! # Responses and unknown values
//!
//! A [`Response`] dereferences to the decoded value. It also holds the status, the headers, the
//! request identifier and the [raw body](Response::raw_body).
//!
//! - A missing or null string or list is empty. A missing or null amount, quantity or date is
//!   `None`.
//! - Unknown fields are ignored; the raw body has them.
//! - Enums are open. A value that this version of the crate does not know becomes `Unknown`, and
//!   serializes to the same string again. `UnknownType` and the like are Scaleway's own values.
//! - A response of a different shape is an error of kind [`Decode`](ErrorKind::Decode), never an
//!   empty value.
//! - Amounts are exact: [`Money`], or [`Decimal`] if Scaleway sends a bare
//!   number.
//! - The marker "(observed, undocumented)" denotes behavior that Scaleway does not document.
//!
//! Requests and responses implement `Serialize` and `Deserialize`, so programs can store and reload
//! them. Decimals serialize as strings. A stored request that lacks a required field, or has an
//! unknown one, fails to deserialize.
//!
//! [`Decimal`]: https://docs.rs/rust_decimal/latest/rust_decimal/struct.Decimal.html
//!
//! # Pagination
//!
//! Each list operation has a variant with the suffix `_all`, which returns a [`Pager`]: a lazy
//! [`Stream`](https://docs.rs/futures-core/latest/futures_core/stream/trait.Stream.html) of items
//! that fetches one page at a time. [`first_page`](Pager::first_page) returns the first page, with
//! the totals of the whole list. [`cursor`](Pager::cursor) marks the next item, so a program can
//! store it and [resume](Pager::resume_from) after a failure. [`read_ahead`](Pager::read_ahead)
//! fetches pages in advance, and [`shortfall`](Pager::shortfall) tells whether items are missing.
//!
//! # Errors
//!
//! Every failure is an [`Error`]. Its predicates and its kind tell what to do:
//!
//! | predicate | meaning | what to do |
//! |---|---|---|
//! | [`is_auth`](Error::is_auth) | Scaleway rejected the key or its permissions (401, 403) | check the key, its expiration and its permission sets |
//! | [`is_not_found`](Error::is_not_found) | the resource does not exist (404) | check the identifier, and the organization of the key |
//! | [`is_throttled`](Error::is_throttled) | too many requests (429) | slow down; see [`retry_after`](Error::retry_after) |
//! | [`is_timeout`](Error::is_timeout) | the call ran out of time | raise the deadline, or request smaller pages |
//! | [`is_connect`](Error::is_connect) | no connection; nothing was sent | check the URL, the proxy and the certificates |
//! | [`kind`](Error::kind) is [`Transport`](ErrorKind::Transport) | the connection was lost, or the response is incomplete | call again if `is_retryable`; otherwise check what [`was_sent`](Error::was_sent) says |
//! | [`is_retryable`](Error::is_retryable) | repeating the call is safe and may succeed | wait, then call again |
//!
//! [`ApiError::from_error`] returns Scaleway's typed view of an error: rejected arguments, missing
//! permissions, exceeded quotas. Quote [`request_id`](Error::request_id) to Scaleway's support.
//!
//! # Retries and deadlines
//!
//! The client sends a request up to four times within two minutes. It retries after lost
//! connections, timeouts and the statuses 408, 429, 500, 502, 503 and 504, with random exponential
//! delays, and never before a `Retry-After` time. The table of operations tells how far it may go:
//!
//! - **safe**: the operation only reads; the client retries it.
//! - **idempotent**: repeating the operation has the same effect as sending it once; the client
//!   retries it. A repeated deletion that finds nothing left to delete succeeds.
//! - **at most once**: repeating the operation could, for example, redeem a coupon twice. The
//!   client retries it only if the request provably never left this machine. If such a call fails
//!   and [`was_sent`](Error::was_sent) is `true`, check the state before you call again.
//!
//! [`CallOptions`] changes retries and deadlines for some calls:
//!
//! ```no_run
//! use std::time::Duration;
//! use scaleway_billing::{CallOptions, Client, NeverRetry, v2beta1::BillingApi};
//!
//! # fn example(client: Client) {
//! let quick = CallOptions::new().timeout(Duration::from_secs(3)).retry(NeverRetry);
//! let billing = BillingApi::new(&client.with_options(quick));
//! # }
//! ```
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
//! `billing-sandbox` serves Scaleway's billing APIs on loopback. A test starts a sandbox of its
//! own:
//!
//! ```toml
//! [dev-dependencies]
//! billing-sandbox = "0.1"
//! scaleway-billing = { version = "0.1", features = ["testing"] }
//! ```
//!
//! ```test_harness
//! use billing_sandbox::{Sandbox, chrono::NaiveDate};
//! use scaleway_billing::{
//!     Client,
//!     v2beta1::{BillingApi, ListInvoicesRequest},
//! };
//!
//! #[tokio::test]
//! async fn every_invoice_is_read() {
//!     let today = NaiveDate::from_ymd_opt(2026, 6, 15).unwrap();
//!     let sandbox = Sandbox::builder().today(today).invoices(30).start().await.unwrap();
//!     let client = Client::builder()
//!         .api_url(sandbox.scaleway().url())
//!         .secret_key(sandbox.scaleway().secret_key())
//!         .build()
//!         .unwrap();
//!
//!     let request = ListInvoicesRequest::new().page_size(10);
//!     let invoices = BillingApi::new(&client).list_invoices_all(request);
//!     assert_eq!(invoices.try_collect().await.unwrap().len(), 30);
//!     assert!(sandbox.requests()[0].starts_with("GET /billing/v2beta1/invoices?"));
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
//! use scaleway_billing::{
//!     ApiError, Error, Pager,
//!     http::StatusCode,
//!     v2beta1::{Invoice, ListInvoicesResponse},
//! };
//!
//! /// The code under test.
//! async fn last_number(mut invoices: Pager<ListInvoicesResponse>) -> Result<i32, Error> {
//!     let mut last = 0;
//!     while let Some(invoice) = invoices.try_next().await? {
//!         last = invoice.number.max(last);
//!     }
//!     Ok(last)
//! }
//!
//! #[tokio::test]
//! async fn the_last_number_or_the_error_is_returned() {
//!     let items = [Invoice::default().number(7), Invoice::default().number(6)];
//!     assert_eq!(last_number(Pager::from_items(items.clone())).await.unwrap(), 7);
//!
//!     let body = r#"{"type": "permissions_denied", "details": []}"#;
//!     let error = Error::from_response(StatusCode::FORBIDDEN, "permissions_denied", body);
//!     assert!(matches!(
//!         ApiError::from_error(&error),
//!         Some(ApiError::PermissionsDenied { .. })
//!     ));
//!     let error = last_number(Pager::from_items_then_error(items, error)).await.unwrap_err();
//!     assert!(error.is_auth());
//! }
//! # }
//! ```
//!
//! # Cookbook
//!
//! The folder `examples` of this crate contains complete programs. The program `billing-sandbox`
//! runs them without an account: `billing-sandbox -- cargo run --example cost_by_project`.
//!
//! <details><summary>The cost of each project last month, as CSV: <code>cost_by_project</code></summary>
//!
//! ```no_run
#![doc = include_str!("../examples/cost_by_project.rs")]
//! ```
//!
//! </details>
//!
//! <details><summary>Every invoice of a year as PDF, four at a time, resumable: <code>invoice_archive</code></summary>
//!
//! ```no_run
#![doc = include_str!("../examples/invoice_archive.rs")]
//! ```
//!
//! </details>
//!
//! <details><summary>Budgets of which the charges, including tax, are near the limit: <code>budgets_near_limit</code></summary>
//!
//! ```no_run
#![doc = include_str!("../examples/budgets_near_limit.rs")]
//! ```
//!
//! </details>
//!
//! | further example | what it does |
//! |---|---|
//! | `scaleway_invoices` | lists every invoice |
//! | `charges_to_csv` | writes the charges of a month as CSV |
//! | `budgets` | creates a budget with an alert, and deletes it |
//! | `download_invoice` | downloads an invoice as PDF |
//!
//! The documentation of [`billing-sandbox`](https://docs.rs/billing-sandbox) shows `all_vendors`, one
//! program for Scaleway, Fastly and Viam. [`Error`], [`CallOptions`], [`RetryPolicy`] and the other
//! types that are not specific to a vendor are the same in all three crates.
//!
//! # Migrating from Scaleway's SDKs
//!
//! | Python (`scaleway`) | Go (`scaleway-sdk-go`) | this crate |
//! |---|---|---|
//! | `Client.from_config_file_and_env()` | `scw.NewClient` | [`Client::from_env`] |
//! | `BillingV2Beta1API` | `billing.NewAPI` | [`v2beta1::BillingApi::new`] |
//! | `BillingV2Beta1FinOpsAPI` | `finops.NewAPI` | [`v2beta1::FinOpsApi::new`] |
//! | `BillingV2API`, `BillingV2ElectronicBillingAPI` | | [`v2::BillingApi::new`], [`v2::ElectronicBillingApi::new`] |
//! | `BillingV2Alpha1API` | | [`v2alpha1::BillingApi::new`] |
//! | `api.list_invoices(page_size=50)` | `api.ListInvoices` | [`list_invoices`](v2beta1::BillingApi::list_invoices), with `page_size(50)` on the request |
//! | `api.list_invoices_all()` | `scw.WithAllPages()` | [`list_invoices_all`](v2beta1::BillingApi::list_invoices_all) |
//! | `api.download_invoice(invoice_id=…)` | `api.DownloadInvoice` | [`download_invoice`](v2beta1::BillingApi::download_invoice), which returns the decoded file |
//! | `unmarshal_Invoice(json)` | `json.Unmarshal(…)` | [`from_slice`] |
//! | `bypass_validation=True` | | [`bypass_validation`](ClientBuilder::bypass_validation) for the settings; required parameters are always checked |
//! | `ScalewayException` | `*scw.ResponseError` | [`Error`] and [`ApiError`] |
//! | | `scw.WithHTTPClient` | [`ClientBuilder::configure_http`] |
//!
//! The official SDKs send the default organization with every list of invoices, budgets and
//! discounts in Python, and with none in Go. This crate follows Go, and the documentation of each
//! operation states this.
//!
//! # Features
//!
//! | feature | effect |
//! |---|---|
//! | `config-file` (default) | reads the configuration file; without it, a clean build has no YAML parser |
//! | `gzip` | requests compressed responses |
//! | `testing` | enables constructors for tests |
//!
//! # Minimum supported Rust version
//!
//! Rust 1.88. Raising this version is a minor release.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
mod config;
mod error;
mod file;
mod generated;
mod money;

pub use client::{Client, ClientBuilder};
pub use error::{
    ApiError, ArgumentError, ArgumentReason, AuthenticationMethod, AuthenticationReason,
    ExceededQuota, MissingPermission, Precondition,
};
pub use file::ScwFile;
pub use generated::{v2, v2alpha1, v2beta1};
pub(crate) use money::SentMoney;
pub use money::{Money, MoneyError};
pub use sdk_core::json::from_slice;
#[doc(inline)]
pub use sdk_core::telemetry;
pub use sdk_core::{
    Attempt, BillingMonth, CallOptions, Cursor, Decision, Error, ErrorKind, NeverRetry,
    NumberedPage, OpenEnum, Page, Pager, Pages, Response, Result, RetryBudget, RetryPolicy, Secret,
    StandardRetry, TokenPage, UnknownValue,
};
pub use {bytes, chrono, http, reqwest, rust_decimal};
