//! The organization's invoices.

use std::cmp::Ordering;

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};

use super::account::Bill;
use super::query;
use crate::ids;
use crate::money::Money;
use crate::month::Month;

/// Age in months of the month whose invoice was stopped and never issued.
const STOPPED: i32 = 16;

const FIRST_NUMBER: i32 = 2_400_117;

const TAX_PERCENT: i64 = 20;

/// The kind of an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum InvoiceType {
    Periodic,
    Purchase,
    CreditNote,
}

impl InvoiceType {
    /// Its name since v2beta1.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Periodic => "periodic",
            Self::Purchase => "purchase",
            Self::CreditNote => "credit_note",
        }
    }
}

/// The issue date and the number of an invoice.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Issue {
    pub(crate) date: DateTime<Utc>,
    pub(crate) due_date: DateTime<Utc>,
    pub(crate) number: i32,
}

/// An invoice of the organization.
#[derive(Debug)]
pub(crate) struct Invoice {
    pub(crate) id: String,
    pub(crate) invoice_type: InvoiceType,
    pub(crate) month: Month,
    pub(crate) start_date: DateTime<Utc>,
    pub(crate) undiscounted: Money,
    pub(crate) untaxed: Money,
    /// Absent until the invoice is issued.
    pub(crate) issue: Option<Issue>,
    /// The current month.
    current: Month,
}

impl Invoice {
    pub(crate) fn tax(&self) -> Money {
        tax(self.untaxed)
    }

    pub(crate) fn taxed(&self) -> Money {
        self.untaxed + self.tax()
    }

    pub(crate) fn state(&self) -> &'static str {
        match self.issue {
            None if self.month < self.current => "stopped",
            None => "draft",
            Some(_) if self.month.next() < self.current => "paid",
            Some(_) => "issued",
        }
    }

    /// The last instant of the period; `None` for a purchase.
    pub(crate) fn stop_date(&self) -> Option<DateTime<Utc>> {
        (self.invoice_type == InvoiceType::Periodic)
            .then(|| self.month.next().start() - TimeDelta::microseconds(1))
    }
}

/// The tax on an amount.
pub(crate) fn tax(untaxed: Money) -> Money {
    untaxed.percent(TAX_PERCENT)
}

pub(crate) const ORDERS: &[&str] = &[
    "invoice_number_desc",
    "invoice_number_asc",
    "start_date_desc",
    "start_date_asc",
    "issued_date_desc",
    "issued_date_asc",
    "due_date_desc",
    "due_date_asc",
    "total_untaxed_desc",
    "total_untaxed_asc",
    "total_taxed_desc",
    "total_taxed_asc",
    "invoice_type_desc",
    "invoice_type_asc",
];

/// Sorts by one of [`ORDERS`].
pub(crate) fn sort(invoices: &mut [&Invoice], order_by: &str) {
    invoices.sort_by(|a, b| {
        query::ordering(order_by, |key| compare(key, a, b))
            .then_with(|| a.start_date.cmp(&b.start_date))
            .then_with(|| a.id.cmp(&b.id))
    });
}

/// A missing value sorts as the greatest.
fn compare(key: &str, a: &Invoice, b: &Invoice) -> Ordering {
    match key {
        "start_date" => a.start_date.cmp(&b.start_date),
        "issued_date" => by_issue(a, b, |issue| issue.date),
        "due_date" => by_issue(a, b, |issue| issue.due_date),
        "total_untaxed" => a.untaxed.cmp(&b.untaxed),
        "total_taxed" => a.taxed().cmp(&b.taxed()),
        "invoice_type" => a.invoice_type.cmp(&b.invoice_type),
        _ => by_issue(a, b, |issue| issue.number),
    }
}

fn by_issue<K: Ord>(a: &Invoice, b: &Invoice, key: impl Fn(Issue) -> K) -> Ordering {
    let key = |invoice: &Invoice| (invoice.issue.is_none(), invoice.issue.map(&key));
    key(a).cmp(&key(b))
}

/// Returns the `count` newest invoices: two monthly ones to each purchase as long as there are
/// months, then only purchases. A few of the purchases were refunded by a credit note.
pub(crate) fn newest(count: usize, bills: &[Bill], current: Month) -> Vec<Invoice> {
    let months = count.saturating_mul(2).div_ceil(3).min(bills.len());
    let purchases = count - months;
    let bills = &bills[bills.len() - months..];

    let mut invoices: Vec<Invoice> = bills.iter().map(|bill| periodic(bill, current)).collect();
    for (n, purchase_no) in (0..purchases).zip(0..) {
        // Spread evenly over the months, beginning with the newest.
        let month = bills[months - 1 - n * months / purchases].month;
        invoices.push(purchase(purchase_no, month, current));
    }
    number(&mut invoices);
    invoices
}

fn periodic(bill: &Bill, current: Month) -> Invoice {
    let Bill { month, gross, discount } = *bill;
    let issued = month < current && month != current.before(STOPPED);
    let date = month.next().start() + TimeDelta::days(1) + time_of_day(month.ordinal().into());
    Invoice {
        id: periodic_id(month),
        invoice_type: InvoiceType::Periodic,
        month,
        start_date: month.start(),
        undiscounted: gross,
        untaxed: gross - discount,
        issue: issued.then(|| issue(date)),
        current,
    }
}

/// The id of a month's periodic invoice.
pub(crate) fn periodic_id(month: Month) -> String {
    ids::uuid("periodic invoice", month.ordinal().unsigned_abs().into())
}

fn purchase(n: i32, month: Month, current: Month) -> Invoice {
    let start_date = month.start() + TimeDelta::hours((9 + 31 * i64::from(n)) % (14 * 24));
    let date = start_date + TimeDelta::microseconds(4_512_733);
    let amount = Money::cents(995 + 1250 * i64::from(n % 7));
    let (invoice_type, amount) = match n % 9 {
        5 => (InvoiceType::CreditNote, -amount),
        _ => (InvoiceType::Purchase, amount),
    };
    Invoice {
        id: ids::uuid("purchase invoice", n.unsigned_abs().into()),
        invoice_type,
        month,
        start_date,
        undiscounted: amount,
        untaxed: amount,
        issue: (month < current).then(|| issue(date)),
        current,
    }
}

/// The number is set later, when all invoices are known. Payment is due at the end of the tenth day
/// after issue.
fn issue(date: DateTime<Utc>) -> Issue {
    let midnight = date.date_naive().and_time(NaiveTime::MIN).and_utc();
    Issue { date, due_date: midnight + Days::new(11) - TimeDelta::microseconds(1), number: 0 }
}

fn time_of_day(n: i64) -> TimeDelta {
    TimeDelta::microseconds((n * 3_731_000_527).rem_euclid(86_400_000_000))
}

/// Numbers increase with the date of issue. They have gaps, since the vendor numbers the invoices
/// of all its customers together.
fn number(invoices: &mut [Invoice]) {
    invoices.sort_by(|a, b| {
        let key = |invoice: &Invoice| invoice.issue.map(|issue| issue.date);
        key(a).cmp(&key(b)).then_with(|| a.id.cmp(&b.id))
    });
    let issued = invoices.iter_mut().filter_map(|invoice| invoice.issue.as_mut());
    for (n, issue) in (0..).zip(issued) {
        issue.number = FIRST_NUMBER + 211 * n;
    }
}
