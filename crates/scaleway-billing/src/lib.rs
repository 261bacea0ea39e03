//! Scaleway's billing APIs: invoices, consumption, charges, discounts and budgets, exact and typed.
//!
//! | module | what is in it |
//! |---|---|
//! | [`v2beta1`] | the current version: consumption, taxes, invoices, discounts, coupons; and charges, in the FinOps API |
//! | [`v2`] | what came after it, beside it: budgets with their alerts, addresses for electronic invoices |
//! | [`v2alpha1`] | the version before, superseded: for programs that still need its answers |
//!
//! # First call
//!
//! ```no_run
//! use scaleway_billing::{
//!     BillingMonth, Client,
//!     v2beta1::{BillingApi, ListConsumptionsRequest, ListInvoicesRequest},
//! };
//!
//! # async fn example() -> Result<(), scaleway_billing::Error> {
//! let billing = BillingApi::new(&Client::from_env()?);
//!
//! let page = billing.list_invoices(ListInvoicesRequest::new().page_size(50)).await?;
//! println!("{} invoices, request {:?}", page.total_count, page.request_id());
//!
//! let mut all = billing.list_invoices_all(ListInvoicesRequest::new());
//! while let Some(invoice) = all.try_next().await? {
//!     println!("{} {:?}", invoice.number, invoice.total_taxed);
//! }
//!
//! let may = ListConsumptionsRequest::new().billing_period(BillingMonth::new(2026, 5)?);
//! println!("{} lines", billing.list_consumptions(may).await?.total_count);
//! # Ok(())
//! # }
//! ```
//!
//! Calls run on Tokio. The key needs the `BillingReadOnly` permission set to read, and
//! `BillingManager` to change anything; both are given for the organization.
//!
//! # Operations
//!
#![doc = include_str!("generated/operations.md")]
//!
//! Each module is one version of the API, with a type per request, answer and enum. Requests are
//! plain data with a setter per parameter; what is not set is not sent, be it in a query or in a
//! change. An operation with a single required parameter also takes that alone:
//! `billing.download_invoice("1c00…")`. Parameters that exclude each other are fields of their own,
//! and a request that sets too many or too few of them is refused before anything is sent.
//!
//! Requests can be stored as JSON and read again. A required field that is missing and a key that is
//! unknown are errors then.
//!
//! Lists have a second form, `…_all`, which returns a [`Pager`] over every item. What the first
//! page says about the whole list, such as a total, stays in [`first_page`](Pager::first_page).
//! After a failure a list [resumes](Pager::resume_from) from its [`cursor`](Pager::cursor), and a long
//! one can [read ahead](Pager::read_ahead).
//!
//! # Answers
//!
//! A [`Response`] dereferences to the decoded answer and knows status, headers, request id and the
//! body as received. Fields that are new on the wire are ignored, and found in
//! [`raw_body`](Response::raw_body); missing or null texts and lists are empty; enum values that
//! are new are kept as `Unknown`. An answer that is something else than the expected object is an
//! error, never an empty value. Amounts are exact: [`Money`], or a decimal where Scaleway writes a
//! bare number. Answers can be stored as JSON and read again; decimals are written as texts.
//!
//! # Errors
//!
//! Every failure is an [`Error`]: its predicates (`is_not_found`, `is_auth`, `is_throttled`, …)
//! say what to do, and [`ApiError::from_error`] gives Scaleway's own view of it with all details.
//!
//! # Retries and time limits
//!
//! A call is tried up to four times, over at most two minutes, after lost connections, timeouts
//! and the statuses 408, 429, 500, 502, 503 and 504; see [`StandardRetry`] and [`CallOptions`].
//! An operation marked *at most once* is repeated only if it provably never left this machine.
//! A deletion that is repeated and finds nothing left to delete has succeeded. To change retries
//! and limits for some calls:
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
//! # Configuration
//!
//! [`Client::from_env`] reads the environment over the active profile of the configuration file,
//! as Scaleway's tools do. The first variable of a row that is set is taken.
//!
//! | setting | variables | key in the file |
//! |---|---|---|
//! | secret key | `SCW_SECRET_KEY`, `SCW_TOKEN`, `SCALEWAY_TOKEN`, `SCALEWAY_ACCESS_KEY` | `secret_key` |
//! | access key (checked, never sent) | `SCW_ACCESS_KEY`, `SCALEWAY_ACCESS_KEY` | `access_key` |
//! | address | `SCW_API_URL` | `api_url` |
//! | default organization | `SCW_DEFAULT_ORGANIZATION_ID`, `SCW_ORGANIZATION`, `SCALEWAY_ORGANIZATION` | `default_organization_id` |
//! | default project | `SCW_DEFAULT_PROJECT_ID` | `default_project_id` |
//! | text behind our own `User-Agent` | `SCW_USER_AGENT` | `user_agent` |
//! | profile | `SCW_PROFILE` | `active_profile` |
//! | file | `SCW_CONFIG_PATH` | |
//!
//! The file is `$XDG_CONFIG_HOME/scw/config.yaml`, else `~/.config/scw/config.yaml` (`.yml` works
//! too). A named profile is laid over the settings at the top of the file.
//!
//! - A variable that is set but empty is an error, except `SCW_PROFILE` and `SCW_CONFIG_PATH`,
//!   where empty means unset.
//! - Certificates are always verified: `insecure: true`, `SCW_INSECURE=true` and
//!   `SCW_TLSVERIFY=false` are refused. Trust a certificate of your own with
//!   [`add_root_certificates`](ClientBuilder::add_root_certificates).
//! - Plain `http` is refused but for this machine, redirects are never followed, and
//!   `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are honoured.
//! - Region, zone, object storage and telemetry settings mean nothing to billing and are ignored.
//!
//! # Testing your code
//!
//! `billing-sandbox` serves Scaleway's billing APIs on loopback. A test starts a sandbox of its own:
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
//! Models have a `Default`, public fields and setters. With the feature `testing`, a test needs no
//! server: [`Response`] gets `new`, [`Error`] gets `from_response`, and [`Pager`] gets `from_items`.
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
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `gzip` | asks for compressed answers |
//! | `testing` | constructors of responses, errors and lists, for tests |

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
