//! Viam's billing API: usage, invoices, invoice files and charges, over gRPC.
//!
//! # First call
//!
//! ```no_run
//! use viam_billing::{ViamClient, v1::GetInvoicePdfRequest};
//!
//! # async fn example() -> viam_billing::Result<()> {
//! let billing = ViamClient::from_env()?.billing_client();
//!
//! let summary = billing.get_invoices_summary("<organization id>").await?;
//! for invoice in &summary.invoices {
//!     println!("{} {:?} {}", invoice.id, invoice.due_date_utc()?, invoice.status);
//! }
//!
//! if let Some(invoice) = summary.invoices.first() {
//!     let request = GetInvoicePdfRequest::new(&*invoice.id, "<organization id>");
//!     billing.get_invoice_pdf(request).save("invoice.pdf").await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Calls run on Tokio. The API key needs the owner role of the organization.
//!
//! # Operations
//!
//! | operation | gRPC method of `viam.app.v1.BillingService` | idempotency |
//! |---|---|---|
//! | [`get_current_month_usage`](v1::BillingClient::get_current_month_usage) | `GetCurrentMonthUsage` | safe |
//! | [`get_org_billing_information`](v1::BillingClient::get_org_billing_information) | `GetOrgBillingInformation` | safe |
//! | [`get_invoices_summary`](v1::BillingClient::get_invoices_summary) | `GetInvoicesSummary` | safe |
//! | [`get_invoice_pdf`](v1::BillingClient::get_invoice_pdf) | `GetInvoicePdf`, a stream | safe |
//! | [`send_payment_required_email`](v1::BillingClient::send_payment_required_email) | `SendPaymentRequiredEmail` | at most once |
//! | [`get_available_billing_tiers`](v1::BillingClient::get_available_billing_tiers) | `GetAvailableBillingTiers` | safe |
//! | [`update_organization_billing_tier`](v1::BillingClient::update_organization_billing_tier) | `UpdateOrganizationBillingTier` | idempotent |
//! | [`get_location_billing_organization`](v1::BillingClient::get_location_billing_organization) | `GetLocationBillingOrganization` | safe |
//! | [`update_location_billing_organization`](v1::BillingClient::update_location_billing_organization) | `UpdateLocationBillingOrganization` | idempotent |
//! | [`charge_organization`](v1::BillingClient::charge_organization) | `ChargeOrganization` | at most once |
//! | [`create_invoice_and_charge_immediately`](v1::BillingClient::create_invoice_and_charge_immediately) | `CreateInvoiceAndChargeImmediately` | at most once |
//!
//! The types of [`v1`] are the messages of the API, with `new` and a setter per field. An operation
//! with a single required parameter also takes that alone: `get_invoices_summary("<id>")`.
//!
//! # Answers
//!
//! A [`Response`] dereferences to the message. What may be absent is an `Option`. Times come as the
//! wire has them; the accessors that end in `_utc` check and convert them. An enum keeps a number
//! that is not listed as `Unknown`. Fields that are new on the wire are ignored. Amounts are US dollars, in the binary floating-point numbers of the wire;
//! [`round_to_cents`] makes decimals of them.
//!
//! # Authentication
//!
//! The first call trades the API key for an access token, which all clones of the client share,
//! however many calls wait for it. A token that says when it ends is renewed before. When the
//! service no longer accepts it, it is renewed and the call made again, once; only operations that
//! must happen at most once return the error instead, and the call after that has a new token.
//!
//! # Errors
//!
//! Every failure is an [`Error`]. Its `code()` is the name of the gRPC code, `NOT_FOUND` say, and
//! its predicates (`is_not_found`, `is_auth`, `is_throttled`, …) say what to do.
//!
//! # Retries and time limits
//!
//! A call is tried up to four times, over at most two minutes, after lost connections, timeouts and
//! the codes `UNAVAILABLE`, `RESOURCE_EXHAUSTED` and `DEADLINE_EXCEEDED`; see [`StandardRetry`] and
//! [`CallOptions`]. An operation marked *at most once* is repeated only if it provably never left
//! this machine. To change it for some calls:
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
//! # Configuration
//!
//! | setting | variable |
//! |---|---|
//! | API key | `VIAM_API_KEY` |
//! | id of the API key | `VIAM_API_KEY_ID` |
//! | address, where it is not `app.viam.com:443` | `VIAM_BILLING_ADDRESS`, a variable of ours |
//!
//! - A variable that is set but empty is an error.
//! - Certificates are always verified, against those of the operating system; trust one of your own
//!   with [`add_root_certificates`](ViamClientBuilder::add_root_certificates).
//! - Plaintext is refused but for this machine.
//! - The proxy variables are not read. To go through a proxy, make a
//!   [`Channel`] that does, and hand it to [`channel`](ViamClientBuilder::channel).
//!
//! # Testing your code
//!
//! Every message has a `Default`, public fields and setters, so a test can build it; with the
//! feature `testing`, `Response::new` wraps it. With the feature `server` there are traits to serve
//! the API in your own tests; `billing-sandbox` does so.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `tls` (default) | TLS; without it `https` addresses are refused |
//! | `server` | the traits of the service's side |
//! | `testing` | `Response::new` |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod billing;
mod client;
#[allow(
    clippy::field_reassign_with_default,
    deprecated,
    missing_docs,
    unreachable_pub,
    reason = "the generator writes what is evenly right, for deprecated fields, too"
)]
mod generated;
mod money;
mod time;
mod token;

/// The API, version 1 (`viam.app.v1`): its client and its messages.
pub mod v1 {
    pub use prost_types::Timestamp;

    pub use crate::{
        billing::{BillingClient, InvoicePdf, InvoicePdfStream},
        generated::v1::*,
    };
}

pub use client::{ViamClient, ViamClientBuilder};
pub use generated::auth;
pub use money::round_to_cents;
#[doc(inline)]
pub use sdk_core::telemetry;
pub use sdk_core::{
    Attempt, CallOptions, Decision, Error, ErrorKind, NeverRetry, Response, Result, RetryBudget,
    RetryPolicy, Secret, StandardRetry, grpc::Channel,
};
