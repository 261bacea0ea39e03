//! Client for Viam's billing API: usage, invoices, invoice PDFs and charges, over gRPC.
//!
//! | module | API |
//! |---|---|
//! | [`v1`] | `viam.app.v1.BillingService` |
//!
//! The client, request, response and enum types mirror Viam's protobuf definitions one to one. This
//! crate is not made by Viam.
//!
//! # Installation
//!
//! ```toml
//! [dependencies]
//! viam-billing = "0.1"
//! tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
//! ```
//!
//! Until the crate is published, depend on a clone of the repository or on its URL instead:
//! `{ path = "…/crates/viam-billing" }` or `{ git = "https://example.com/billing-sdks" }`. The
//! same applies to `billing-sandbox` below.
//!
//! # First call
//!
//! ```no_run
//! use viam_billing::ViamClient;
//!
//! #[tokio::main]
//! async fn main() -> viam_billing::Result<()> {
//!     let billing = ViamClient::from_env()?.billing_client();
//!
//!     let summary = billing.get_invoices_summary("<organization id>").await?;
//!     for invoice in &summary.invoices {
//!         println!("{} {:.2} USD, {}", invoice.id, invoice.invoice_amount, invoice.status);
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Authentication and configuration
//!
//! [`ViamClient::builder`] takes an API key and its identifier, and [`ViamClient::from_env`] reads
//! them from the environment. The key needs the owner role of the organization.
//!
//! | setting | variable |
//! |---|---|
//! | API key | `VIAM_API_KEY` |
//! | identifier of the API key | `VIAM_API_KEY_ID` |
//! | base URL, if not `https://app.viam.com:443` | `VIAM_API_URL` (a variable of this crate) |
//!
//! The first call exchanges the API key for an access token. All clones of the client share the
//! token. The client renews it before it expires. If Viam rejects the token, the client renews it
//! and repeats the call once; an operation marked *at most once* returns the error instead, and the
//! next call uses a new token.
//!
//! Instead of an API key, [`access_token`](ViamClientBuilder::access_token) takes a ready token.
//!
//! TLS certificates are always verified against those of the operating system; to trust a private
//! certificate authority, use [`add_root_certificates`](ViamClientBuilder::add_root_certificates).
//! The client rejects plaintext except for loopback addresses. It does not read the proxy
//! variables, because the gRPC library does not support proxies;
//! [`channel`](ViamClientBuilder::channel) shows how to connect through one.
//!
//! # Operations
//!
//! [Retries and deadlines](#retries-and-deadlines) defines *safe*, *idempotent* and *at most once*.
//!
#![doc = include_str!("generated/operations.md")]
//!
//! The requests and models of [`v1`] have one setter for each field. An operation with a single
//! required parameter also takes it directly: `get_invoices_summary("<organization id>")`. An
//! operation without required parameters also takes `()`.
//!
//! # Responses and unknown values
//!
//! A [`Response`] dereferences to the decoded message. It also holds the metadata.
//!
//! - A field that may be absent is an [`Option`]. Protobuf does not distinguish an absent number or
//!   string from 0 or an empty string, so such fields are never `None`.
//! - Unknown fields are ignored.
//! - Enums are open. A number that this version of the crate does not know becomes `Unknown`.
//! - A timestamp out of range is an error of kind [`Decode`](ErrorKind::Decode) that names the
//!   field.
//! - Amounts are US dollars as binary floating-point numbers, as in Viam's protobuf definitions.
//!   [`round_to_cents`] converts them to exact decimals.
//!
//! Requests and models implement `Serialize` and `Deserialize`, so programs can store and reload
//! them. A stored request that lacks a required field, or has an unknown one, fails to deserialize.
//! Finite amounts read back equal. JSON has no infinities and no NaN: `serde_json` writes them as
//! `null`, which fails to deserialize.
//!
//! # Errors
//!
//! Every failure is an [`Error`]. [`code`](Error::code) is the name of the gRPC code, such as
//! `NOT_FOUND`, and the predicates and the kind tell what to do:
//!
//! | predicate | meaning | what to do |
//! |---|---|---|
//! | [`is_auth`](Error::is_auth) | Viam rejected the key or its permissions | check the key and its role |
//! | [`is_not_found`](Error::is_not_found) | the resource does not exist | check the identifier |
//! | [`is_throttled`](Error::is_throttled) | too many requests | slow down; see [`retry_after`](Error::retry_after) |
//! | [`is_timeout`](Error::is_timeout) | the call ran out of time | raise the deadline |
//! | [`is_connect`](Error::is_connect) | no connection; nothing was sent | check the URL and the certificates |
//! | [`kind`](Error::kind) is [`Transport`](ErrorKind::Transport) | the connection was lost, or the response is incomplete | call again if `is_retryable`; otherwise check what [`was_sent`](Error::was_sent) says |
//! | [`is_retryable`](Error::is_retryable) | repeating the call is safe and may succeed | wait, then call again |
//!
//! # Retries and deadlines
//!
//! The client sends a request up to four times within two minutes. It retries after lost
//! connections, timeouts and the codes `UNAVAILABLE`, `RESOURCE_EXHAUSTED` and `DEADLINE_EXCEEDED`,
//! with random exponential delays, and never before the delay that Viam asks for. A server that closes
//! the connection during the TLS handshake without sending a byte may be restarting or may not speak
//! TLS; the client cannot tell these apart, and retries. The table of operations tells how far it may
//! go:
//!
//! - **safe**: the operation only reads; the client retries it.
//! - **idempotent**: repeating the operation has the same effect as sending it once; the client
//!   retries it.
//! - **at most once**: repeating the operation could charge a customer twice. The client retries it
//!   only if the request provably never left this machine. If such a call fails and
//!   [`was_sent`](Error::was_sent) is `true`, check the invoices before you call again. If Viam
//!   rejects the API key, the exchange for an access token fails before the operation is sent, and
//!   `was_sent` is `false`.
//!
//! [`CallOptions`] changes retries and deadlines for some calls:
//!
//! ```no_run
//! use std::time::Duration;
//! use viam_billing::{CallOptions, NeverRetry, ViamClient};
//!
//! # fn example(client: ViamClient) {
//! let quick = CallOptions::new().timeout(Duration::from_secs(3)).retry(NeverRetry);
//! let billing = client.with_options(quick).billing_client();
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
//! `billing-sandbox` serves Viam's billing API on loopback. A test starts a sandbox of its own:
//!
//! ```toml
//! [dev-dependencies]
//! billing-sandbox = "0.1"
//! viam-billing = { version = "0.1", features = ["testing"] }
//! ```
//!
//! ```test_harness
//! use billing_sandbox::{Sandbox, chrono::NaiveDate};
//! use viam_billing::ViamClient;
//!
//! #[tokio::test]
//! async fn every_invoice_is_read() {
//!     let today = NaiveDate::from_ymd_opt(2026, 6, 15).unwrap();
//!     let sandbox = Sandbox::builder().today(today).start().await.unwrap();
//!     let viam = sandbox.viam();
//!     let client = ViamClient::builder()
//!         .api_url(viam.url())
//!         .api_key(viam.api_key(), viam.api_key_id())
//!         .build()
//!         .unwrap();
//!
//!     let billing = client.billing_client();
//!     let summary = billing.get_invoices_summary(viam.organization_id()).await.unwrap();
//!     assert_eq!(summary.invoices.len(), 24);
//! }
//! ```
//!
//! A function that takes a [`ViamClient`] or a [`BillingClient`](v1::BillingClient) needs a server
//! in its tests: the sandbox, or your own. With the feature `server`, the module `server` has
//! traits to serve the API, as `billing-sandbox` does. A function that takes a [`Response`] or
//! models needs none. Models implement `Default`, and have public fields and setters. The feature `testing`
//! adds [`Response`]`::new` and [`Error`]`::from_response`, so split a program into functions that
//! call the API and functions that process its results.
//!
//! ```test_harness
//! # #[cfg(feature = "testing")]
//! # mod example {
//! use viam_billing::{
//!     Error, Response,
//!     http::StatusCode,
//!     v1::{GetInvoicesSummaryResponse, InvoiceSummary},
//! };
//!
//! /// The code under test.
//! fn unpaid(summary: Result<Response<GetInvoicesSummaryResponse>, Error>) -> Result<usize, Error> {
//!     let open = |invoice: &&InvoiceSummary| invoice.paid_date.is_none();
//!     Ok(summary?.invoices.iter().filter(open).count())
//! }
//!
//! #[test]
//! fn the_number_or_the_error_is_returned() {
//!     let summary = GetInvoicesSummaryResponse::default()
//!         .invoices([InvoiceSummary::default().id("in-1").status("open")]);
//!     assert_eq!(unpaid(Ok(Response::new(summary))).unwrap(), 1);
//!
//!     let error = Error::from_response(StatusCode::FORBIDDEN, "PERMISSION_DENIED", "");
//!     assert!(unpaid(Err(error)).unwrap_err().is_auth());
//! }
//! # }
//! ```
//!
//! # Cookbook
//!
//! The folder `examples` of this crate contains complete programs. The program `billing-sandbox`
//! runs them without an account: `billing-sandbox -- cargo run --example usage`.
//!
//! <details><summary>Every invoice of a year as PDF, four at a time: <code>invoices_of_year</code></summary>
//!
//! ```no_run
#![doc = include_str!("../examples/invoices_of_year.rs")]
//! ```
//!
//! </details>
//!
//! <details><summary>The usage of the current month: <code>usage</code></summary>
//!
//! ```no_run
#![doc = include_str!("../examples/usage.rs")]
//! ```
//!
//! </details>
//!
//! | further example | what it does |
//! |---|---|
//! | `invoices` | lists the invoices of an organization |
//! | `invoice_pdf` | downloads an invoice as PDF |
//!
//! The documentation of [`billing-sandbox`](https://docs.rs/billing-sandbox) shows `all_vendors`, one
//! program for Scaleway, Fastly and Viam. [`Error`], [`CallOptions`], [`RetryPolicy`] and the other
//! types that are not specific to a vendor are the same in all three crates.
//!
//! # Migrating from Viam's Python SDK
//!
//! | Python (`viam-sdk`) | this crate |
//! |---|---|
//! | `DialOptions.with_api_key(key, key_id)` | [`ViamClientBuilder::api_key`] |
//! | `await ViamClient.create_from_dial_options(options)` | [`ViamClientBuilder::build`], which does not connect yet |
//! | `client.billing_client` | [`ViamClient::billing_client`] |
//! | `await billing.get_invoices_summary(org_id)` | [`get_invoices_summary`](v1::BillingClient::get_invoices_summary) |
//! | `await billing.get_invoice_pdf(id, org_id, dest)` | [`get_invoice_pdf`](v1::BillingClient::get_invoice_pdf) and `.save(path)`, which replaces the file only once the PDF is complete |
//! | `timeout=5` | [`CallOptions::timeout`] |
//! | `BillingServiceStub(channel)` | [`v1::BillingClient`] |
//! | `message.HasField("paid_date")` | `message.paid_date.is_some()` |
//! | `message.WhichOneof(…)` | a match on the enum of the field |
//! | `grpclib.GRPCError` | [`Error`] |
//!
//! # Features
//!
//! | feature | effect |
//! |---|---|
//! | `tls` (default) | enables TLS; without it the client rejects `https` URLs |
//! | `server` | the server side of the services, for tests |
//! | `testing` | enables constructors for tests |
//!
//! # Minimum supported Rust version
//!
//! Rust 1.88. Raising this version is a minor release.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
#[allow(
    clippy::module_inception,
    dead_code,
    deprecated,
    missing_docs,
    unreachable_pub,
    reason = "the generated code has unused messages and deprecated fields"
)]
mod generated;
mod money;
mod token;

/// Version 1 of the API (`viam.app.v1`): its client, requests and models.
///
#[doc(alias = "HasField")]
#[doc(alias = "WhichOneof")]
pub use generated::v1;

/// The server side of the services, to serve the API in your own tests.
///
/// The messages are the wire types, as the Protocol Buffers compiler generates them. Models convert
/// to them and back: `let wire: server::v1::InvoiceSummary = model.into();`. [`v1`] documents the
/// fields.
#[cfg(feature = "server")]
#[cfg_attr(docsrs, doc(cfg(feature = "server")))]
pub mod server {
    /// The authentication service, `proto.rpc.v1`.
    pub mod auth {
        pub use crate::generated::proto::proto::rpc::v1::*;
    }

    /// The billing service, `viam.app.v1`.
    pub mod v1 {
        pub use crate::generated::proto::viam::app::v1::*;
    }
}

pub use client::{ViamClient, ViamClientBuilder};
pub use money::round_to_cents;
#[doc(inline)]
pub use sdk_core::telemetry;
pub use sdk_core::{
    Attempt, CallOptions, Decision, Error, ErrorKind, NeverRetry, Response, Result, RetryBudget,
    RetryPolicy, Secret, StandardRetry, grpc::Channel,
};
pub use {bytes, chrono, http, rust_decimal};
