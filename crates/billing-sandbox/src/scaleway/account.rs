//! The account that the sandbox serves, and how its bills come about.

use chrono::{DateTime, TimeDelta, Utc};

use super::catalogue;
use super::discounts::{self, Discount};
use super::invoices::{self, Invoice};
use crate::money::Money;
use crate::month::Month;

pub(crate) const ORGANIZATION_ID: &str = "0f8b5a1c-7d24-4e6b-9c53-a1e0d4b7c201";

/// The projects shop, data and staging.
pub(crate) const PROJECT_IDS: [&str; 3] = [
    "3c1de9f0-52ab-4b87-8a16-6e90b2f4d301",
    "8e47ab63-0c9f-4d15-b2d8-f7135ac0e302",
    "d92f6c74-e138-4a0b-97e4-05b8c1d6a303",
];

/// The month in which the sandbox's present lies.
pub(crate) const CURRENT_MONTH: Month = Month::new(2026, 6);

/// How many months the organization has existed.
const HISTORY: i32 = 120;

/// When the consumption was last refreshed: a little before the sandbox's present, which is
/// noon of the same day.
pub(crate) fn updated_at() -> DateTime<Utc> {
    CURRENT_MONTH.start() + TimeDelta::days(14) + TimeDelta::microseconds(42_371_204_318)
}

/// Everything the key may read.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) invoices: Vec<Invoice>,
    pub(crate) discounts: Vec<Discount>,
    pub(crate) invoice_file_size: usize,
}

impl Account {
    pub(crate) fn new(invoices: usize, invoice_file_size: usize) -> Self {
        let mut discounts = discounts::all();
        let bills = bills(&mut discounts);
        Self { invoices: invoices::newest(invoices, &bills), discounts, invoice_file_size }
    }
}

/// What a month costs before tax.
#[derive(Debug)]
pub(crate) struct Bill {
    pub(crate) month: Month,
    pub(crate) total: Money,
}

/// Works out the bills of all months, the newest last, and what they use of the discounts.
fn bills(discounts: &mut [Discount]) -> Vec<Bill> {
    (0..HISTORY).rev().map(|age| bill(CURRENT_MONTH.before(age), discounts)).collect()
}

fn bill(month: Month, discounts: &mut [Discount]) -> Bill {
    let lines = catalogue::lines(month);
    let mut total: Money = lines.iter().map(|line| line.value).sum();
    for discount in discounts.iter_mut().filter(|discount| discount.in_force(month)) {
        let amount = discount.amount(&lines).min(total).max(Money::ZERO);
        total = total - amount;
        if month < CURRENT_MONTH {
            discount.take(amount);
        }
    }
    Bill { month, total }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_ever_rounded() {
        let whole_cents =
            |money: Money| money.to_string().split('.').nth(1).map(str::len) == Some(2);
        for invoice in &Account::new(500, 0).invoices {
            assert!(invoice.untaxed > Money::ZERO, "{invoice:?}");
            assert!(whole_cents(invoice.untaxed), "{invoice:?}");
            assert_eq!((invoice.taxed() - invoice.untaxed).percent(500), invoice.untaxed);
            assert!(whole_cents(invoice.taxed()), "{invoice:?}");
        }
    }

    #[test]
    fn credits_are_used_up_by_issued_bills_only() {
        let account = Account::new(0, 0);
        let used: Vec<Money> = account.discounts.iter().map(|discount| discount.used).collect();
        let euros = |euros: i64| Money::cents(euros * 100);
        assert_eq!(used[0], Money::ZERO);
        assert!(Money::ZERO < used[1] && used[1] < euros(500), "{:?}", used[1]);
        assert_eq!(used[2..], [euros(20), euros(100), Money::ZERO]);
    }

    #[test]
    fn any_number_of_invoices_can_be_had() {
        for count in [0, 1, 2, 3, 120, 1000] {
            let invoices = Account::new(count, 0).invoices;
            assert_eq!(invoices.len(), count);
            let mut ids: Vec<&String> = invoices.iter().map(|invoice| &invoice.id).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), count);
        }
    }
}
