//! The objects that were created and changed by requests.

use chrono::{DateTime, TimeDelta, Utc};

use super::budgets::Budget;
use super::discounts::Discount;
use super::electronic_addresses::ElectronicAddress;
use super::errors::Error;
use super::query::time_json;
use crate::ids;
use crate::month::Today;

/// Everything that requests can change. The clock advances with every change and every attempt at
/// one, so the same sequence of requests yields the same ids and dates on every run.
#[derive(Debug)]
pub(crate) struct State {
    today: Today,
    changes: u64,
    /// The codes of redeemed coupons, and their discounts.
    pub(crate) redeemed: Vec<(String, Discount)>,
    pub(crate) budgets: Vec<Budget>,
    pub(crate) electronic_addresses: Vec<ElectronicAddress>,
}

impl State {
    pub(crate) fn new(today: Today) -> Self {
        Self {
            today,
            changes: 0,
            redeemed: Vec::new(),
            budgets: Vec::new(),
            electronic_addresses: Vec::new(),
        }
    }

    /// Advances the clock, and returns the time.
    pub(crate) fn tick(&mut self) -> DateTime<Utc> {
        self.changes += 1;
        let changes = i64::try_from(self.changes).unwrap_or(i64::MAX);
        self.today.noon() + TimeDelta::microseconds(changes.saturating_mul(1_234_567))
    }

    /// Advances the clock, and returns the metadata of a new object.
    pub(crate) fn record(&mut self) -> Record {
        let now = self.tick();
        Record { id: ids::uuid("created", self.changes), created_at: now, updated_at: now }
    }
}

/// The metadata of a created object.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    pub(crate) id: String,
    created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
}

impl Record {
    pub(crate) fn created_json(&self) -> String {
        time_json(self.created_at)
    }

    pub(crate) fn updated_json(&self) -> String {
        time_json(self.updated_at)
    }
}

/// An object that can be created, found by its id, and deleted.
pub(crate) trait Recorded {
    /// Its name in error messages.
    const RESOURCE: &'static str;

    fn record(&self) -> &Record;
}

/// Finds an object by its id.
pub(crate) fn find<'a, T: Recorded>(
    items: impl IntoIterator<Item = &'a mut T>,
    id: String,
) -> Result<&'a mut T, Error> {
    let mut items = items.into_iter();
    items
        .find(|item| item.record().id.eq_ignore_ascii_case(&id))
        .ok_or(Error::NotFoundById { resource: T::RESOURCE, id })
}

/// Removes an object by its id from whichever list contains it.
pub(crate) fn remove<'a, T: Recorded + 'a>(
    lists: impl IntoIterator<Item = &'a mut Vec<T>>,
    id: String,
) -> Result<(), Error> {
    for list in lists {
        if let Some(index) = list.iter().position(|item| item.record().id.eq_ignore_ascii_case(&id))
        {
            list.remove(index);
            return Ok(());
        }
    }
    Err(Error::NotFoundById { resource: T::RESOURCE, id })
}
