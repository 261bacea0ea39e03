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
//!     println!("{} {:?} {}", invoice.id, invoice.due_date, invoice.status);
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
#![doc = include_str!("generated/operations.md")]
//!
//! [Retries](#retries-and-time-limits) defines the words of the third column. The types of [`v1`]
//! have a setter for each field, and requests have `new` with the required ones. An operation with a
//! single required parameter also takes that alone: `get_invoices_summary("<id>")`. One without
//! required parameters takes `()`.
//!
//! # Responses
//!
//! A [`Response`] dereferences to the model. A field that may be absent is an `Option`, and times are
//! `chrono` types; a time that does not exist fails the call with an error that names the field. An
//! enum keeps a number that is not listed as `Unknown`. Fields that are new on the wire are ignored.
//! Amounts are US dollars, in the binary floating-point numbers of the wire; [`round_to_cents`]
//! converts them to decimals.
//!
//! Models and requests implement serde's traits, so that you can store and read them. In requests,
//! required fields are required and unknown keys are refused. A finite amount reads back equal. JSON
//! has no infinities and no NaN: serde_json stores them as `null`, which is an error on reading.
//!
//! # Authentication
//!
//! The first call exchanges the API key for an access token, which all clones of the client share. A
//! token that says when it ends is renewed before, while calls go on with it. When the service no
//! longer accepts it, the client renews it and repeats the call once. An operation that must happen at
//! most once returns the error instead; the next call has a new token.
//!
//! # Errors
//!
//! Every failure is an [`Error`]. Its `code()` is the name of the gRPC code, such as `NOT_FOUND`, and
//! its predicates (`is_not_found`, `is_auth`, `is_throttled`, …) say what to do.
//!
//! # Retries and time limits
//!
//! The client makes up to four attempts, over at most two minutes, after lost connections, timeouts
//! and the codes `UNAVAILABLE`, `RESOURCE_EXHAUSTED` and `DEADLINE_EXCEEDED`; see [`StandardRetry`]
//! and [`CallOptions`]. An operation is *safe* if it only reads, and *idempotent* if doing it twice
//! is the same as doing it once. An operation that must happen *at most once* is repeated only if
//! the request provably never left this machine. To change the limits for some calls:
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
//! | address, if it is not `app.viam.com:443` | `VIAM_BILLING_ADDRESS`, a variable of this crate |
//!
//! - A variable that is set but empty is an error.
//! - Certificates are always verified against those of the operating system; trust your own with
//!   [`add_root_certificates`](ViamClientBuilder::add_root_certificates).
//! - Plaintext is refused except for loopback addresses.
//! - The proxy variables are not read: the gRPC library has no support for proxies, and that of its
//!   HTTP library would add dependencies for everyone. To connect through a proxy, see the example
//!   of [`channel`](ViamClientBuilder::channel).
//!
//! # Testing your code
//!
//! Every model has a `Default`, public fields and setters, so a test can build it; with the feature
//! `testing`, `Response::new` wraps it. With the feature `server`, the module `server` has traits to
//! serve the API in your own tests, as `billing-sandbox` does.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `tls` (default) | TLS; without it `https` addresses are refused |
//! | `server` | the server side of the services |
//! | `testing` | `Response::new` |

#![cfg_attr(docsrs, feature(doc_cfg))]

mod client;
#[allow(
    clippy::module_inception,
    deprecated,
    missing_docs,
    unreachable_pub,
    reason = "the generators write what is evenly right, for deprecated fields, too"
)]
mod generated;
mod money;
mod token;

/// The API, version 1 (`viam.app.v1`): its client, its requests and its models.
#[doc(alias = "HasField")]
#[doc(alias = "WhichOneof")]
pub use generated::v1;

/// The server side of the services, to serve the API in your own tests.
///
/// The messages are those of the wire, as the Protocol Buffers compiler writes them. Models convert
/// to them and back: `let wire: server::v1::InvoiceSummary = model.into();`. The fields are those of
/// [`v1`](crate::v1), and documented there.
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
