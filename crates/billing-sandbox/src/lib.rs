//! The vendors' billing APIs on loopback, for examples and tests.
//!
//! A [`Sandbox`] serves real HTTP on `127.0.0.1`, with consistent data that depends only on the
//! date. It checks credentials and records the requests. Over HTTP it uses none of the SDK crates
//! and builds every response by hand, so a mistake in an SDK cannot hide behind the same mistake
//! here. Over gRPC it shares the protobuf definitions with the client.
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
//! // Every service waits half a second before it responds, and invoices are a megabyte each.
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
//! Each vendor has its own port.
//!
//! # The data
//!
//! The clock of a sandbox starts at noon UTC of the current day, or of the day set with
//! [`SandboxBuilder::today`]. One organization with three projects has had a monthly bill for ten
//! years; the configured number of invoices limits how far back the list goes. All API versions
//! show the same data. The following equations hold exactly, to the cent and without rounding:
//!
//! - The current month's `periodic` invoice is a draft computed from the consumption:
//!   `total_untaxed` = the sum of the consumption lines − the applicable discounts. With
//!   `billing_period` the same is true of every other month.
//! - A discount is computed from the lines that its filters cover: in rate mode it is a percentage
//!   of their sum, otherwise the sum itself, up to `value_remaining`. Together the discounts never
//!   exceed the bill.
//! - `value_used` is the amount used by issued invoices, so a draft does not change it. It is
//!   always 0 in rate mode, where there is no amount to use up.
//! - `total_undiscount` + `total_discount` = `total_untaxed`, and `total_untaxed` + `total_tax` =
//!   `total_taxed`, on every invoice. The tax is 20 %. Credit notes are negative.
//!
//! ## Charges
//!
//! Every month has the same number of charges, [650 by default](SandboxBuilder::charges). A few
//! cover the whole month. The others are for usage: each of 32 resources has a series of adjoining
//! usage charges, which in the current month ends yesterday. A charge belongs to the invoice of its
//! month; a charge of the current month has an empty `invoice_id`.
//!
//! The charges of a consumption line share its value equally. Each is truncated to a millionth, so
//! their sum is close to the consumption but not equal to it.
//!
//! With `clamp_to_time_range`, a charge is clamped to the part inside the window, and its price is
//! prorated by time. The price up to an instant is rounded towards zero to a nano, and a slice
//! costs the difference between its two ends. The slices of adjoining windows therefore add up to
//! exactly the whole. Without it, only charges wholly inside the window are listed.
//!
//! ## Changes
//!
//! A sandbox starts without budgets and electronic addresses, and with three redeemable [coupons].
//! Created objects last as long as the sandbox. A redeemed coupon becomes a discount from the next
//! month on, so it changes none of the sums above. The clock advances only when something is
//! created or changed, each time by a little more than a second. The same requests in the same
//! order create the same ids and dates.
//!
//! [coupons]: Scaleway::coupon_codes
//!
//! ## Fastly
//!
//! One customer has an invoice for every month up to the last one; the configured number of
//! invoices limits how far back the list goes. The `amount` of a line is `rate` times `units`,
//! rounded half up to cents, and a total is the sum of its lines. v2 shows the same months. The
//! usage of a month matches its invoice, and the usage of the services adds up to it. The
//! month-to-date invoice is not available at first: see [`SandboxBuilder::pending`]. Addresses
//! last as long as the sandbox. An address that begins with `Nowhere` is not found; the response
//! suggests another one.
//!
//! ## Viam
//!
//! One organization has an invoice for each of 24 months. The payment of the newest one failed, so
//! its amount is the outstanding balance. The costs of the current month use only the current,
//! non-deprecated fields, and one of them has a type that no version of the API defines. A charge
//! creates an invoice that is `payment_processing` in the first list and `paid` from then on. The
//! tier and the payer can be changed. Another organization yields `PERMISSION_DENIED`, another
//! invoice or location `NOT_FOUND`.
//!
//! # Faults
//!
//! By default, nothing fails. Each setting is a method of [`SandboxBuilder`]; most are also options
//! of the program.
//!
//! | method | option | vendor | fault |
//! |---|---|---|---|
//! | [`fail_every`](SandboxBuilder::fail_every) | `--fail-every` | Scaleway | every nth request gets a 503, a 429, a truncated body or no response, in turn |
//! | [`fastly_fail_every`](SandboxBuilder::fastly_fail_every) | `--fastly-fail-every` | Fastly | the same, with Fastly's headers of the rate limit |
//! | [`viam_fail_every`](SandboxBuilder::viam_fail_every) | `--viam-fail-every` | Viam | every nth call fails with `UNAVAILABLE` or `RESOURCE_EXHAUSTED`, in turn |
//! | [`stall`](SandboxBuilder::stall) | `--stall` | Scaleway, Fastly | the time for which a request without a response keeps its connection open |
//! | [`pending`](SandboxBuilder::pending) | `--pending` | Fastly | the month-to-date invoice is a 202 at first |
//! | [`viam_flaky_start`](SandboxBuilder::viam_flaky_start) | `--viam-flaky-start` | Viam | the first calls fail with `UNAVAILABLE` |
//! | [`viam_token_lifetime`](SandboxBuilder::viam_token_lifetime) | – | Viam | access tokens expire early |
//! | [`latency`](SandboxBuilder::latency) | `--latency` | all | every response is delayed |
//!
//! # Unknown behavior
//!
//! If the behavior of the real service is unknown, the sandbox is strict, so that tests detect
//! doubtful requests.
//!
//! Queries:
//!
//! - The following are `invalid_arguments`: a `page_size` outside 1–100 (1–1000 for charges and
//!   electronic addresses, no upper limit for budgets), a `page` below 1, an empty value, a
//!   repeated parameter that is not a list, and a date that is not RFC 3339. Unknown parameters
//!   are ignored.
//! - Without `page_size` the response contains all items, or 100 charges. A page past the end is
//!   an empty list with a `total_count` of 0, a discount of 0 and no `updated_at`.
//! - A missing value sorts as the greatest: an invoice without a number, a discount without an
//!   end, an address without a start. Invoices that compare equal are ordered by start date, then
//!   by id; other objects by id. Credit notes come after purchases.
//! - Another organization, or a project of another organization, is `permissions_denied`.
//!
//! v2alpha1 and v2beta1:
//!
//! - v2alpha1 has no type for credit notes and shows them as `unknown_type`.
//! - Without `organization_id` and `project_id`, consumption is that of the organization; with
//!   both, the request is rejected. The discount in the response is always that of the whole bill,
//!   regardless of filters.
//! - `billing_period_start_after` is inclusive, and `billing_period_start_before` is exclusive. A
//!   purchase belongs to the month in which it was made, and has no `stop_date`.
//! - The export has the columns of an invoice, with one currency for all amounts.
//! - A coupon that was already redeemed is `already_exists`, with the id of its discount. An
//!   unknown code is `not_found` with an empty `resource_id`, since the code is a secret.
//!
//! Charges:
//!
//! - `start_date_after` is inclusive and `end_date_before` exclusive, both truncated to
//!   microseconds. An empty window is rejected, even if one of its ends is the default.
//! - A `page_token` is valid only with the parameters of its request, except `page_size`. It never
//!   expires.
//! - If `organization_id` and `project_ids` are both set, a charge must match both.
//!
//! v2:
//!
//! - A field that is unknown, `null` or of another type is rejected, and so is a body whose
//!   content type is not `application/json`. A `PATCH` without fields changes only `updated_at`.
//! - A change sets `updated_at` only on the changed object, not on the objects that contain it.
//! - An eleventh alert is `quotas_exceeded`, with status 403. Several alerts may have the same
//!   threshold. Recipients may be any strings, and the list may be empty.
//! - `starts_after` is inclusive, and `stops_before` is exclusive. An address without the date in
//!   question does not match the filter. The end of an address must not be before its start.

mod fastly;
mod faults;
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
    /// The server runs on its own thread and runtime, so a caller that blocks its runtime or pauses
    /// its clock does not stop it.
    ///
    /// # Errors
    ///
    /// Returns the operating system's error if a socket or thread cannot be created.
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

    /// Returns the names of environment variables that could interfere with [`environment`]. A
    /// process that uses the sandbox should not inherit them.
    ///
    /// [`environment`]: Self::environment
    pub fn conflicting_environment(&self) -> Vec<&'static str> {
        self.scaleway.conflicting_environment().to_vec()
    }

    /// Returns the requests received so far, in order, as `METHOD path?query`. Rejected requests
    /// are included.
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

/// Builder for a [`Sandbox`].
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
    /// Sets the number of invoices. The default is 120.
    ///
    /// About two thirds of Scaleway's are monthly invoices, for at most ten years; the rest are
    /// purchases. Fastly's are all monthly, for at most fifty years.
    pub fn invoices(mut self, count: usize) -> Self {
        self.scaleway.invoices = count;
        self.fastly.invoices = count;
        self
    }

    /// Sets the size in bytes to which invoice files are padded.
    ///
    /// By default files are not padded. A larger file is unchanged.
    pub fn invoice_file_size(mut self, bytes: usize) -> Self {
        self.scaleway.invoice_file_size = bytes;
        self
    }

    /// Sets the number of charges in each month of the organization. The default is 650.
    ///
    /// Charges take no memory, and no two have the same resource and start. With only a few dozen
    /// charges, some of the consumption is not charged.
    pub fn charges(mut self, count: usize) -> Self {
        self.scaleway.charges = count;
        self
    }

    /// Makes every `n`th request to Scaleway with a valid key fail. By default, or if `n` is 0, no
    /// request fails.
    ///
    /// The failures alternate: 503 with `Retry-After: 0`; 429 with an empty body; 200 with at most
    /// half of the announced body; no response. A failed request has no effect. The truncated body
    /// of a `GET` starts like the real response; that of other methods is invented.
    pub fn fail_every(mut self, n: u64) -> Self {
        self.scaleway.fail_every = n;
        self
    }

    /// Sets the time for which a failing request without a response keeps its connection open. The
    /// default is a minute.
    pub fn stall(mut self, stall: Duration) -> Self {
        self.scaleway.stall = stall;
        self.fastly.stall = stall;
        self
    }

    /// Makes every `n`th request to Fastly with a valid token fail. By default, or if `n` is 0, no
    /// request fails.
    ///
    /// The failures alternate as with [`fail_every`](Self::fail_every). The 429 has the headers
    /// `Fastly-RateLimit-Remaining` (0) and `Fastly-RateLimit-Reset` (a second later), even for a
    /// read operation.
    pub fn fastly_fail_every(mut self, n: u64) -> Self {
        self.fastly.fail_every = n;
        self
    }

    /// Makes every `n`th call to Viam's billing service with a valid token fail. By default, or if
    /// `n` is 0, no call fails.
    ///
    /// The codes alternate: `UNAVAILABLE`, `RESOURCE_EXHAUSTED`. A failed call has no effect.
    pub fn viam_fail_every(mut self, n: u64) -> Self {
        self.viam.fail_every = n;
        self
    }

    /// Sets the lifetime of Viam's access tokens. The default is an hour.
    pub fn viam_token_lifetime(mut self, lifetime: Duration) -> Self {
        self.viam.token_lifetime = lifetime;
        self
    }

    /// Makes the first `n` calls to Viam's services, including authentication, fail with
    /// `UNAVAILABLE`. By default, no call fails.
    pub fn viam_flaky_start(mut self, n: u64) -> Self {
        self.viam.flaky_start = n;
        self
    }

    /// Sets the delay before each response. By default, there is no delay.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Sets the number of requests for Fastly's month-to-date invoice that get a 202 before the
    /// invoice is ready. The default is 1. Each API version counts separately.
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

    /// Sets the date that the sandbox uses as today, in UTC. The default is the current date.
    ///
    /// The data depends only on this date: the current month, the invoices of earlier months, and
    /// the usage up to the day before. Set it in a test that compares amounts or dates.
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

    /// Prints each request to standard error when it arrives, in the format of
    /// [`Sandbox::requests`].
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
    /// Returns the operating system's error, for example if the port is in use.
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
