//! Fastly's billing APIs: invoices, the running month's bill, usage and addresses, exact and typed.
//!
//! # First call
//!
//! ```no_run
//! use fastly_billing::{
//!     Client, Wait,
//!     v3::{BillingInvoicesApi, GetMonthToDateInvoiceRequest, ListInvoicesRequest},
//! };
//!
//! # async fn example() -> Result<(), fastly_billing::Error> {
//! let billing = BillingInvoicesApi::new(&Client::from_env()?);
//!
//! let mut invoices = billing.list_invoices_all(ListInvoicesRequest::new());
//! while let Some(invoice) = invoices.try_next().await? {
//!     println!("{} {:?} {}", invoice.invoice_id, invoice.monthly_transaction_amount, invoice.currency_code);
//! }
//!
//! let request = GetMonthToDateInvoiceRequest::new();
//! let bill = billing.get_month_to_date_invoice_when_ready(request, Wait::new()).await?;
//! println!("{:?} so far", bill.monthly_transaction_amount);
//! # Ok(())
//! # }
//! ```
//!
//! Calls run on Tokio. Reading needs a token with the scope `global` or `global:read`, of a user
//! with the role Billing or Superuser; changing an address needs `global`.
//!
//! # Operations
//!
#![doc = include_str!("generated/operations.md")]
//!
//! Write new programs against `v3`: Fastly has retired `v2`, whose page says what takes the place of
//! each call. The billing address has no version in its route, and so has a module of its own.
//!
//! Each module has a type per request, answer and enum. Requests are plain data with a setter per
//! parameter; what is not set is not sent. An operation with a single required parameter also takes
//! that alone: `billing.get_invoice_by_invoice_id("INV-100001")`.
//!
//! Requests can be stored as JSON and read again. A required field that is missing and a key that is
//! unknown are errors then.
//!
//! Lists have a second form, `…_all`, which returns a [`Pager`] over every item.
//! [`get_usage_metrics_all`](v3::BillingUsageMetricsApi::get_usage_metrics_all) covers any number of
//! months, three at a time. After a failure a list [resumes](Pager::resume_from) from its
//! [`cursor`](Pager::cursor), and a long one can [read ahead](Pager::read_ahead).
//!
//! # Answers
//!
//! A [`Response`] dereferences to the decoded answer and knows status, headers and the body as
//! received. Fields that are new on the wire are ignored, and found in
//! [`raw_body`](Response::raw_body); missing or null strings and lists are empty; amounts,
//! quantities and counts that Fastly does not send are `None`, never 0; enum
//! values that are new are kept as `Unknown`. An answer that is something else than the expected
//! object is an error, never an empty value.
//!
//! - Amounts and quantities are decimals, taken digit for digit from numbers and from texts: Fastly
//!   sends both. They are written as texts when an answer is stored as JSON; [`from_slice`] reads it
//!   again.
//! - Identifiers are texts: see [`Id`].
//! - A bill of the running month is [`Ready` or `Pending`](MonthToDate), by the status of the answer.
//!   The `…_when_ready` form waits for it as [`Wait`] says, 90 s unless told otherwise.
//! - Older forms decode too: the capitalized keys of v3 lines (`ProductName`), v2's `lines`, and both
//!   envelopes of the usage metrics.
//!
//! # Errors
//!
//! Every failure is an [`Error`]: its predicates (`is_not_found`, `is_auth`, `is_throttled`, …) say
//! what to do, and [`ApiError::from_error`] gives Fastly's own view of it with all details.
//!
//! # Retries and time limits
//!
//! A call is tried up to four times, over at most two minutes, after lost connections, timeouts and
//! the statuses 408, 429, 500, 502, 503 and 504; see [`StandardRetry`] and [`CallOptions`]. After a
//! 429 it waits for the time in `Fastly-RateLimit-Reset`, unless that lies beyond the deadline. An
//! operation marked *at most once* is repeated only if it provably never left this machine. To change
//! it for some calls:
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
//! Fastly counts calls that change something, 1,000 an hour, and reading is free. [`RateLimit`] reads
//! what an answer says of it.
//!
//! # Configuration
//!
//! [`Client::from_env`] reads the environment. The first variable of a row that is set is taken.
//!
//! | setting | variables |
//! |---|---|
//! | API token | `FASTLY_API_TOKEN` |
//! | address | `FASTLY_API_URL` (as Fastly's Go library and Terraform), `FASTLY_API_ENDPOINT` (as its command line tool) |
//!
//! - A variable that is set but empty is an error, and so is a missing token.
//! - Plain `http` is refused but for this machine, redirects are never followed, and `HTTPS_PROXY`,
//!   `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` are honoured.
//!
//! # Testing your code
//!
//! `billing-sandbox` serves Fastly's billing APIs on loopback. A test starts a sandbox of its own:
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
//! Models have a `Default`, public fields and setters. With the feature `testing`, a test needs no
//! server: [`Response`] gets `new`, [`Error`] gets `from_response`, and [`Pager`] gets `from_items`.
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
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `gzip` | asks for compressed answers |
//! | `testing` | constructors of responses, errors and lists, for tests |

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
// Their own paths are those in `v2` and `v3`.
pub use {bytes, chrono, http, reqwest, rust_decimal};
#[doc(hidden)]
pub use {
    calendar::{Month, Year},
    file::FileFormat,
    month_to_date::{AsyncResponse, MonthToDate},
    usage::{Serviceusagemetrics, UsageWindow, Usagemetrics},
};
