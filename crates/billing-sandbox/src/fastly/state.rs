//! The account: its bills, and the changes made by requests.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::Value;

use super::bills::{self, Bill};
use crate::month::Today;

/// Number of writes that a user may make per hour.
const WRITES: u64 = 1000;

#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) today: Today,
    /// The finalized months, newest first.
    pub(crate) bills: Vec<Bill>,
    /// The current month.
    pub(crate) running: Bill,
    pub(crate) v2_estimate: Pending,
    pub(crate) v3_estimate: Pending,
    /// The addresses on invoices, by type.
    customer_addresses: Mutex<BTreeMap<String, Value>>,
    /// The attributes of the billing address, with its id.
    billing_address: Mutex<Option<(String, Value)>>,
    changes: AtomicU64,
}

impl Account {
    pub(crate) fn new(invoices: usize, pending: u32, today: Today) -> Self {
        Self {
            today,
            bills: bills::closed(invoices, today.month()),
            running: bills::running(today.month()),
            v2_estimate: Pending::new(pending),
            v3_estimate: Pending::new(pending),
            customer_addresses: Mutex::default(),
            billing_address: Mutex::default(),
            changes: AtomicU64::new(0),
        }
    }

    pub(crate) fn customer_addresses(&self) -> MutexGuard<'_, BTreeMap<String, Value>> {
        self.customer_addresses.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn billing_address(&self) -> MutexGuard<'_, Option<(String, Value)>> {
        self.billing_address.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns a new id.
    pub(crate) fn new_id(&self) -> String {
        format!("7sandboxAddress{:06}", self.changes.load(Ordering::Relaxed))
    }
}

/// A result that becomes available after a number of requests.
#[derive(Debug)]
pub(crate) struct Pending(AtomicU32);

impl Pending {
    fn new(times: u32) -> Self {
        Self(AtomicU32::new(times))
    }

    /// Returns whether the result is available, and counts this request.
    pub(crate) fn ready(&self) -> bool {
        let count = |left: u32| left.checked_sub(1);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count).is_err()
    }
}

/// Counts writes. Like Fastly, reports the rate limit in two of three responses to them.
pub(crate) async fn rate_limit(
    State(account): State<Arc<Account>>,
    request: Request,
    next: Next,
) -> Response {
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD);
    let number = if writes { account.changes.fetch_add(1, Ordering::Relaxed) } else { 0 };
    let mut response = next.run(request).await;
    if writes && number % 3 != 2 {
        let left = WRITES.saturating_sub(number + 1);
        let reset = account.today.noon().timestamp() + 3600;
        let headers = response.headers_mut();
        headers.insert("fastly-ratelimit-remaining", HeaderValue::from(left));
        headers.insert("fastly-ratelimit-reset", HeaderValue::from(reset));
    }
    response
}
