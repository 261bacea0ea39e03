//! Addresses that receive electronic invoices.

use std::cmp::Ordering;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::account::ORGANIZATION_ID;
use super::query::{self, time_json};
use super::state::{Record, Recorded};

#[derive(Debug, Clone)]
pub(crate) struct ElectronicAddress {
    pub(crate) record: Record,
    pub(crate) value: String,
    pub(crate) starts_at: Option<DateTime<Utc>>,
    pub(crate) stops_at: Option<DateTime<Utc>>,
}

impl Recorded for ElectronicAddress {
    const RESOURCE: &'static str = "ElectronicAddress";

    fn record(&self) -> &Record {
        &self.record
    }
}

impl ElectronicAddress {
    pub(crate) fn json(&self) -> Value {
        json!({
            "id": self.record.id,
            "starts_at": self.starts_at.map(time_json),
            "stops_at": self.stops_at.map(time_json),
            "created_at": self.record.created_json(),
            "updated_at": self.record.updated_json(),
            "organization_id": ORGANIZATION_ID,
            "value": self.value,
        })
    }
}

/// Sorts by start. An address without a start sorts last.
pub(crate) fn compare(order_by: &str, a: &ElectronicAddress, b: &ElectronicAddress) -> Ordering {
    let key = |address: &ElectronicAddress| (address.starts_at.is_none(), address.starts_at);
    query::ordering(order_by, |_| key(a).cmp(&key(b))).then_with(|| a.record.id.cmp(&b.record.id))
}
