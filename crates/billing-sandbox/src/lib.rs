//! The vendors' billing APIs on loopback, for examples and tests.
//!
//! A [`Sandbox`] answers real HTTP on `127.0.0.1` with data that is the same on every start and
//! whose sums agree, checks the credentials it is sent, and remembers the requests that arrived.
//! It uses none of the SDK crates and writes every answer by hand, so a mistake in an SDK cannot
//! hide behind the same mistake here.
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
//! # drop(slow);
//! # Ok(())
//! # }
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(run()).unwrap();
//! ```
//!
//! The binary of the same name starts a sandbox and runs a command in its environment:
//! `billing-sandbox -- scw billing invoice list`. Without a command it prints the variables to
//! set and serves until Ctrl-C.
//!
//! # What is served
//!
//! | Vendor | API | Routes |
//! |---|---|---|
//! | Scaleway | Billing v2alpha1 | `GET /billing/v2alpha1/consumption`, `/invoices`, `/invoices/{invoice_id}/download`, `/discounts` |
//!
//! # The data
//!
//! For the sandbox it is always 2026-06-15T12:00:00Z. One organization with three projects has
//! had a bill every month for ten years; the number of invoices asked for decides how far back
//! the list reaches. These hold exactly, to the cent and without rounding:
//!
//! - The running month's `periodic` invoice is a draft of what the consumption shows:
//!   `total_untaxed` = the sum of the consumption lines − the discounts in force.
//! - A discount is worked out on the lines its filters cover: the percentage of their sum in
//!   rate mode, otherwise that sum but not more than `value_remaining`. Together the discounts
//!   never exceed the bill.
//! - `value_used` counts what issued invoices took, so the draft does not move it. It stays 0 in
//!   rate mode, where there is nothing to use up.
//! - `total_taxed` = `total_untaxed` + 20 %, on every invoice.
//!
//! # Where the real service is not known
//!
//! The sandbox is strict where nothing is known, so that a test notices a doubtful request:
//!
//! - A `page_size` outside 1–100, a `page` below 1, an empty value, a parameter given twice and a
//!   date that is not RFC 3339 are `invalid_arguments`. Unknown parameters are ignored.
//! - Without `page_size` everything is returned. A page past the end is an empty list with a
//!   `total_count` of 0.
//! - An invoice without a number or a date sorts as if it had the greatest one: first in
//!   descending order, last in ascending order. Ties go by start date, then by id.

mod ids;
mod money;
mod month;
mod pdf;
mod scaleway;
mod server;

use std::fmt;
use std::io;
use std::time::Duration;

pub use scaleway::Scaleway;
use server::{RequestLog, Settings};

/// A running sandbox. It serves until it is dropped.
pub struct Sandbox {
    log: RequestLog,
    scaleway: Scaleway,
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

    /// Returns the environment variables that point the tools of every vendor at this sandbox.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        self.scaleway.environment()
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
        f.debug_struct("Sandbox").field("scaleway", &self.scaleway).finish_non_exhaustive()
    }
}

/// Settings of a [`Sandbox`] to be started.
#[derive(Debug, Clone)]
#[must_use]
pub struct SandboxBuilder {
    invoices: usize,
    invoice_file_size: usize,
    latency: Duration,
    port: u16,
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        Self { invoices: 120, invoice_file_size: 0, latency: Duration::ZERO, port: 0 }
    }
}

impl SandboxBuilder {
    /// Sets the number of invoices, 120 by default.
    ///
    /// About two thirds are monthly invoices, for ten years at most; the rest are purchases.
    pub fn invoices(mut self, count: usize) -> Self {
        self.invoices = count;
        self
    }

    /// Sets the size in bytes to which invoice files are padded.
    ///
    /// By default, and when the file is larger anyway, nothing is added.
    pub fn invoice_file_size(mut self, bytes: usize) -> Self {
        self.invoice_file_size = bytes;
        self
    }

    /// Sets how long every request waits before it is answered. By default it does not wait.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Sets the port to listen on. By default, and with 0, the system picks a free one.
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
        let log = RequestLog::default();
        let settings = Settings { port: self.port, latency: self.latency, log: log.clone() };
        let scaleway = Scaleway::start(settings, self.invoices, self.invoice_file_size)?;
        Ok(Sandbox { log, scaleway })
    }
}
