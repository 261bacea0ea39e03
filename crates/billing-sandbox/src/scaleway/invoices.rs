//! The organization's invoices.

use chrono::{DateTime, Days, NaiveTime, TimeDelta, Utc};

use super::account::{Bill, CURRENT_MONTH};
use crate::ids;
use crate::money::Money;
use crate::month::Month;

/// A month whose invoice was stopped and never issued.
const STOPPED_MONTH: Month = Month::new(2025, 2);

const FIRST_NUMBER: i32 = 2_400_117;

const TAX_PERCENT: i64 = 20;

/// What an invoice is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum InvoiceType {
    Periodic,
    Purchase,
}

/// When an invoice went out, and its number.
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
    pub(crate) untaxed: Money,
    /// Absent until the invoice is issued.
    pub(crate) issue: Option<Issue>,
}

impl Invoice {
    pub(crate) fn taxed(&self) -> Money {
        self.untaxed + self.untaxed.percent(TAX_PERCENT)
    }
}

/// Returns the `count` newest invoices: two monthly ones to each purchase as long as there are
/// months, and purchases from then on.
pub(crate) fn newest(count: usize, bills: &[Bill]) -> Vec<Invoice> {
    let months = count.saturating_mul(2).div_ceil(3).min(bills.len());
    let purchases = count - months;
    let bills = &bills[bills.len() - months..];

    let mut invoices: Vec<Invoice> = bills.iter().map(periodic).collect();
    for (n, purchase_no) in (0..purchases).zip(0..) {
        // Spread evenly over the months, beginning with the newest.
        let month = bills[months - 1 - n * months / purchases].month;
        invoices.push(purchase(purchase_no, month));
    }
    number(&mut invoices);
    invoices
}

fn periodic(bill: &Bill) -> Invoice {
    let Bill { month, total } = *bill;
    let issued = month < CURRENT_MONTH && month != STOPPED_MONTH;
    let date = month.next().start() + TimeDelta::days(1) + time_of_day(month.ordinal().into());
    Invoice {
        id: ids::uuid("periodic invoice", month.ordinal().unsigned_abs().into()),
        invoice_type: InvoiceType::Periodic,
        month,
        start_date: month.start(),
        untaxed: total,
        issue: issued.then(|| issue(date)),
    }
}

fn purchase(n: i32, month: Month) -> Invoice {
    let start_date = month.start() + TimeDelta::hours((9 + 31 * i64::from(n)) % (14 * 24));
    let date = start_date + TimeDelta::microseconds(4_512_733);
    Invoice {
        id: ids::uuid("purchase invoice", n.unsigned_abs().into()),
        invoice_type: InvoiceType::Purchase,
        month,
        start_date,
        untaxed: Money::cents(995 + 1250 * i64::from(n % 7)),
        issue: (month < CURRENT_MONTH).then(|| issue(date)),
    }
}

/// The number is set later, when all invoices are known. Payment is due at the end of the tenth
/// day after.
fn issue(date: DateTime<Utc>) -> Issue {
    let midnight = date.date_naive().and_time(NaiveTime::MIN).and_utc();
    Issue { date, due_date: midnight + Days::new(11) - TimeDelta::microseconds(1), number: 0 }
}

fn time_of_day(n: i64) -> TimeDelta {
    TimeDelta::microseconds((n * 3_731_000_527).rem_euclid(86_400_000_000))
}

/// Numbers rise with the date of issue. They have gaps, as the vendor counts all its customers.
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
