//! The vendors' billing APIs on loopback, for examples and tests.
//!
//! A [`Sandbox`] answers real HTTP on `127.0.0.1` with data that depends on the date alone and whose
//! sums agree, checks the credentials it is sent, and remembers the requests that arrived.
//! Over HTTP it uses none of the SDK crates and writes every answer by hand, so a mistake in an SDK
//! cannot hide behind the same mistake here. Over gRPC it shares the description with the client.
//!
//! ```
//! use std::time::Duration;
//! use billing_sandbox::Sandbox;
//!
//! # async fn run() -> std::io::Result<()> {
//! let sandbox = Sandbox::start().await?;
//! let scaleway = sandbox.scaleway();
//! println!("serving on {}", scaleway.url());
//! // … point a client at `scaleway.url()` with `scaleway.secret_key()` …
//! println!("{:#?}", sandbox.requests());
//!
//! // Every service sleeps half a second before it answers, and invoices are a megabyte each.
//! let slow = Sandbox::builder()
//!     .latency(Duration::from_millis(500))
//!     .invoice_file_size(1_000_000)
//!     .start()
//!     .await?;
//!
//! // A quarter of a million charges a month, and one request in fifty fails.
//! let large = Sandbox::builder().charges(250_000).fail_every(50).start().await?;
//! # drop((slow, large));
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run()).unwrap();
//! ```
//!
//! The binary of the same name starts a sandbox and runs a command in its environment:
//! `billing-sandbox -- scw billing invoice list`. Without a command it prints the variables to
//! set and serves until Ctrl-C.
//!
//! # One program for all vendors
//!
//! <details><summary>Lists the invoices of all three vendors as CSV: <code>all_vendors</code></summary>
//!
//! ```no_run
#![doc = include_str!("../examples/all_vendors.rs")]
//! ```
//!
//! </details>
//!
//! # What is served
//!
//! | Vendor | API | Routes |
//! |---|---|---|
//! | Scaleway | Billing v2alpha1 | `GET /billing/v2alpha1/consumption`, `/invoices`, `/invoices/{invoice_id}/download`, `/discounts` |
//! | | Billing v2beta1 | `GET /billing/v2beta1/consumptions`, `/taxes`, `/invoices`, `/invoices/{invoice_id}`, `/invoices/{invoice_id}/download`, `/export-invoices`, `/discounts`; `POST /redeem-coupon` |
//! | | FinOps v2beta1 | `GET /billing/v2beta1/charges` |
//! | | Billing v2 | `GET`, `POST /billing/v2/budgets`; `GET`, `PATCH`, `DELETE /budgets/{budget_id}`; `POST /budget-alerts`; `PATCH`, `DELETE /budget-alerts/{budget_alert_id}`; `POST /budget-alert-notifications`; `PATCH`, `DELETE /budget-alert-notifications/{budget_alert_notification_id}` |
//! | | Electronic billing v2 | `GET`, `POST /billing/v2/electronic-address`; `GET`, `PATCH`, `DELETE /electronic-address/{electronic_address_id}` |
//! | Fastly | Billing v3 | `GET /billing/v3/invoices`, `/invoices/{invoice_id}`, `/invoices/month-to-date`, `/usage-metrics`, `/service-usage-metrics`; `GET`, `POST /customer-addresses`, `PUT /customer-addresses/{type}` |
//! | | Billing v2, as it was before Fastly retired it | `GET /billing/v2/year/{year}/month/{month}`, `/account_customers/{customer_id}/invoices/{invoice_id}`, `/account_customers/{customer_id}/mtd_invoice` |
//! | | Billing address | `GET`, `POST`, `PATCH`, `DELETE /customer/{customer_id}/billing_address` |
//! | | Customer | `GET /current_customer`, `/customer/{customer_id}` |
//! | Viam | `viam.app.v1.BillingService`, over gRPC without TLS | every method |
//! | | `proto.rpc.v1.AuthService` | `Authenticate` |
//!
//! Each vendor has a port of its own.
//!
//! # The data
//!
//! For the sandbox it is noon UTC of the day on which it starts, or of the day that
//! [`SandboxBuilder::today`] sets. One organization with three projects has had a bill every month
//! for ten years; the number of invoices asked for decides how far back
//! the list reaches. All API versions show the same. These hold exactly, to the cent and without
//! rounding:
//!
//! - The current month's `periodic` invoice is a draft of what the consumption shows:
//!   `total_untaxed` = the sum of the consumption lines − the discounts in force. With
//!   `billing_period` the same holds for every other month.
//! - A discount is worked out on the lines its filters cover: the percentage of their sum in
//!   rate mode, otherwise that sum but not more than `value_remaining`. Together the discounts
//!   never exceed the bill.
//! - `value_used` counts what issued invoices took, so the draft does not move it. It stays 0 in
//!   rate mode, where there is nothing to use up.
//! - `total_undiscount` + `total_discount` = `total_untaxed`, and `total_untaxed` + `total_tax` =
//!   `total_taxed`, on every invoice. The tax is 20 %. Credit notes are negative.
//!
//! ## Charges
//!
//! Every month has the same number of charges, [650 by default](SandboxBuilder::charges). A few
//! are for the whole month; the others are for usage, one after the other for each of 32
//! resources, in the current month up to the end of yesterday. A charge is on the invoice of its
//! month; those of the current month are on none and have an empty `invoice_id`.
//!
//! The charges of a line of consumption share its value equally, each cut to a millionth, so that
//! their sum comes close to the consumption without meeting it.
//!
//! With `clamp_to_time_range`, a charge is cut to what lies inside of the window, and its price in
//! proportion to the time. The price up to an instant is rounded towards zero to a nano, and a
//! slice costs the difference between its two ends; so the slices of adjoining windows add up to
//! exactly the whole. Without it, only charges wholly inside of the window are listed.
//!
//! ## Changes
//!
//! A sandbox begins without budgets and electronic addresses, and with three [coupons] to redeem.
//! What is created lasts as long as the sandbox. A redeemed coupon is a discount from the next
//! month on, so it moves none of the sums above. The clock stands still until something is
//! created or changed, and each time moves on by a little more than a second; the same requests in
//! the same order create the same ids and dates.
//!
//! [coupons]: Scaleway::coupon_codes
//!
//! ## Fastly
//!
//! One customer has had an invoice every month up to the last one; the number of invoices asked for
//! decides how far back the list reaches. A line's `amount` is `rate` times `units`, rounded half
//! up to cents, and a total is the sum of its lines. v2 shows the same months. Usage of a month is
//! what its invoice charges, and the usage of the services adds up to it. The current month is not
//! there at first: see [`SandboxBuilder::pending`]. Addresses last as long as the sandbox; one that
//! begins with `Nowhere` is not found, and answered with a proposal.
//!
//! ## Viam
//!
//! One organization with an invoice for each of 24 months, the newest of which could not be paid:
//! the outstanding balance is its amount. The costs of the current month come in the current form
//! only, and one of them is of a kind that no version of the API lists. A charge adds an invoice
//! that is `payment_processing` once it is listed, and `paid` from then on. Tier and payer can be
//! changed. Another organization is `PERMISSION_DENIED`, another invoice or location `NOT_FOUND`.
//!
//! # Where the real service is not known
//!
//! The sandbox is strict where nothing is known, so that a test notices a doubtful request.
//!
//! Queries:
//!
//! - A `page_size` outside 1–100 (1–1000 for charges and electronic addresses, no upper bound for
//!   budgets), a `page` below 1, an empty value, a parameter given twice where it is no list, and
//!   a date that is not RFC 3339 are `invalid_arguments`. Unknown parameters are ignored.
//! - Without `page_size` everything is returned, or 100 charges. A page past the end is an empty
//!   list with a `total_count` of 0, a discount of 0 and no `updated_at`.
//! - What a thing does not have sorts as if it were the greatest: an invoice without a number, a
//!   discount that never stops, an address without a start. Ties between invoices go by start
//!   date, then by id; between others by id. Credit notes come after purchases.
//! - Another organization, and a project that is not the organization's, are
//!   `permissions_denied`.
//!
//! v2alpha1 and v2beta1:
//!
//! - v2alpha1 shows credit notes, which it does not know, as `unknown_type`.
//! - Without `organization_id` and `project_id`, consumption is the organization's; with both, the
//!   request is refused. The discount in the answer is the whole bill's, whatever is filtered.
//! - `billing_period_start_after` includes its instant, and `billing_period_start_before` does
//!   not. A purchase belongs to the month it was made in, and has no `stop_date`.
//! - The export has the columns of an invoice, with one currency for all amounts.
//! - A coupon that has been redeemed is `already_exists`, for the discount that it gave. An
//!   unknown code is `not_found`, with an empty `resource_id`, as the code is a secret.
//!
//! Charges:
//!
//! - The window includes `start_date_after` and excludes `end_date_before`, both cut to
//!   microseconds. A window without any time in it is refused, also when one of its ends is the
//!   default.
//! - A `page_token` holds for the parameters it was given for, except `page_size`, and forever.
//! - Given both, `organization_id` and `project_ids` must both fit.
//!
//! v2:
//!
//! - A field that is unknown, `null` or of another type is refused, and so is a body that is not
//!   called `application/json`. A `PATCH` without fields changes nothing but `updated_at`.
//! - A change moves `updated_at` of what is changed, not of what it is nested in.
//! - An eleventh alert is `quotas_exceeded`, with status 403. Several alerts may have the same
//!   threshold. Recipients may be any strings, and none at all.
//! - `starts_after` includes its instant, and `stops_before` does not. An address without the date
//!   in question does not pass the filter. An address must not stop before it starts.

mod fastly;
mod ids;
mod money;
mod month;
mod pdf;
mod scaleway;
mod server;
mod viam;

use std::fmt;
use std::io;
use std::time::Duration;

pub use chrono;
use chrono::NaiveDate;
pub use fastly::Fastly;
use month::Today;
pub use scaleway::Scaleway;
use server::{RequestLog, Settings};
pub use viam::Viam;

/// A running sandbox. It serves until it is dropped.
pub struct Sandbox {
    log: RequestLog,
    scaleway: Scaleway,
    fastly: Fastly,
    viam: Viam,
}

impl Sandbox {
    /// Starts a sandbox with the default settings on a free port of `127.0.0.1`.
    ///
    /// The server runs on a thread of its own: it needs no runtime of the caller, and a caller
    /// that blocks its runtime or pauses its clock does not stop it.
    ///
    /// # Errors
    ///
    /// Returns the operating system's error when no socket or thread could be had.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Returns a builder for a sandbox with other settings.
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::default()
    }

    /// Returns the Scaleway side: its URL, credentials and identifiers.
    pub fn scaleway(&self) -> &Scaleway {
        &self.scaleway
    }

    /// Returns the Fastly side: its URL, credentials and identifiers.
    pub fn fastly(&self) -> &Fastly {
        &self.fastly
    }

    /// Returns the Viam side: its URL, credentials and identifiers.
    pub fn viam(&self) -> &Viam {
        &self.viam
    }

    /// Returns the environment variables that point the tools of every vendor at this sandbox.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut environment = self.scaleway.environment();
        environment.extend(self.fastly.environment());
        environment.extend(self.viam.environment());
        environment
    }

    /// Returns the environment variables that could get in the way of [`environment`], and that
    /// a process meant for the sandbox should therefore not inherit.
    ///
    /// [`environment`]: Self::environment
    pub fn conflicting_environment(&self) -> Vec<&'static str> {
        self.scaleway.conflicting_environment().to_vec()
    }

    /// Returns the requests that arrived so far, in order, as `METHOD path?query`, those that
    /// were refused included.
    pub fn requests(&self) -> Vec<String> {
        self.log.lines()
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("scaleway", &self.scaleway)
            .field("fastly", &self.fastly)
            .field("viam", &self.viam)
            .finish_non_exhaustive()
    }
}

/// Settings of a [`Sandbox`] to be started.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct SandboxBuilder {
    scaleway: scaleway::Options,
    fastly: fastly::Options,
    viam: viam::Options,
    latency: Duration,
    port: u16,
    today: Option<NaiveDate>,
    log_requests: bool,
}

impl SandboxBuilder {
    /// Sets the number of invoices, 120 by default.
    ///
    /// Of Scaleway's, about two thirds are monthly invoices, for ten years at most; the rest are
    /// purchases. Fastly's are all monthly, for fifty years at most.
    pub fn invoices(mut self, count: usize) -> Self {
        self.scaleway.invoices = count;
        self.fastly.invoices = count;
        self
    }

    /// Sets the size in bytes to which invoice files are padded.
    ///
    /// By default, and when the file is larger anyway, nothing is added.
    pub fn invoice_file_size(mut self, bytes: usize) -> Self {
        self.scaleway.invoice_file_size = bytes;
        self
    }

    /// Sets the number of charges in each of the organization's months, 650 by default.
    ///
    /// They take no memory, and no two have both their resource and their start in common. With
    /// less than a few dozen, some of the consumption is not charged.
    pub fn charges(mut self, count: usize) -> Self {
        self.scaleway.charges = count;
        self
    }

    /// Lets every `n`th request to Scaleway with a valid key fail. By default, and with 0, none does.
    ///
    /// In turn, a request is answered with 503 and `Retry-After: 0`, with 429 and an empty body,
    /// with 200 and at most half of the announced body, and not at all. One that fails has no
    /// effect: the cut body of a `GET` begins like the true answer, that of others is made up.
    pub fn fail_every(mut self, n: u64) -> Self {
        self.scaleway.fail_every = n;
        self
    }

    /// Sets how long a request that fails by not being answered keeps its connection, a minute by
    /// default. Then it is closed.
    pub fn stall(mut self, stall: Duration) -> Self {
        self.scaleway.stall = stall;
        self
    }

    /// Sets how long an access token of Viam's lives, an hour by default.
    pub fn viam_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.viam.token_lifetime = lifetime;
        self
    }

    /// Lets the first `n` calls to Viam's services fail with `UNAVAILABLE`, authentication
    /// included. By default none does.
    pub fn viam_flaky_start(mut self, n: u64) -> Self {
        self.viam.flaky_start = n;
        self
    }

    /// Sets how long every request waits before it is answered. By default it does not wait.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Sets how often Fastly's month-to-date bill has to be asked for before it is there, once by
    /// default. Until then the answer is 202. Each version of the API counts on its own.
    pub fn pending(mut self, times: u32) -> Self {
        self.fastly.pending = times;
        self
    }

    /// Sets the port on which Fastly listens. By default, and with 0, the system picks a free one.
    pub fn fastly_port(mut self, port: u16) -> Self {
        self.fastly.port = port;
        self
    }

    /// Sets the port on which Viam listens. By default, and with 0, the system picks a free one.
    pub fn viam_port(mut self, port: u16) -> Self {
        self.viam.port = port;
        self
    }

    /// Sets the day that the sandbox takes for today, in UTC. By default it is the actual date.
    ///
    /// The data depends on this day alone: the current month, the invoices of the months before it,
    /// and the usage up to the day before. Set it for a test that compares amounts or dates.
    ///
    /// ```
    /// use billing_sandbox::{Sandbox, chrono::NaiveDate};
    ///
    /// let sandbox = Sandbox::builder().today(NaiveDate::from_ymd_opt(2026, 6, 15).unwrap());
    /// ```
    pub fn today(mut self, today: NaiveDate) -> Self {
        self.today = Some(today);
        self
    }

    /// Prints each request to standard error when it arrives, as in [`Sandbox::requests`].
    pub fn log_requests(mut self, log: bool) -> Self {
        self.log_requests = log;
        self
    }

    /// Sets the port of Scaleway's APIs. By default, and with 0, the system picks a free one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Starts the sandbox. See [`Sandbox::start`].
    ///
    /// # Errors
    ///
    /// Returns the operating system's error, for example when the port is taken.
    pub async fn start(self) -> io::Result<Sandbox> {
        let log = RequestLog::new(self.log_requests);
        let settings = Settings {
            port: self.port,
            latency: self.latency,
            today: Today::new(self.today),
            log: log.clone(),
        };
        let fastly = Fastly::start(settings.clone(), &self.fastly)?;
        let scaleway = Scaleway::start(settings.clone(), &self.scaleway)?;
        let viam = Viam::start(settings, &self.viam, self.scaleway.invoice_file_size)?;
        Ok(Sandbox { log, scaleway, fastly, viam })
    }
}
