//! The account that the sandbox serves, and how its bills are computed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::Options;
use super::catalogue;
use super::charges::Charges;
use super::discounts::{self, Discount};
use super::errors::Error;
use super::invoices::{self, Invoice};
use super::state::State;
use crate::money::Money;
use crate::month::{Month, Today};

pub(crate) const ORGANIZATION_ID: &str = "0f8b5a1c-7d24-4e6b-9c53-a1e0d4b7c201";

pub(crate) const ORGANIZATION_NAME: &str = "Example Outfitters";

pub(crate) const PROJECT_IDS: [&str; 3] = [
    "3c1de9f0-52ab-4b87-8a16-6e90b2f4d301",
    "8e47ab63-0c9f-4d15-b2d8-f7135ac0e302",
    "d92f6c74-e138-4a0b-97e4-05b8c1d6a303",
];

pub(crate) const PROJECT_NAMES: [&str; 3] = ["shop", "data", "staging"];

/// Number of months for which the organization has existed.
const HISTORY: i32 = 120;

/// The first month of the organization.
pub(crate) fn first_month(current: Month) -> Month {
    current.before(HISTORY - 1)
}

/// Time of the last refresh of the consumption.
pub(crate) fn updated_at(today: Today) -> DateTime<Utc> {
    today.midnight() + TimeDelta::microseconds(42_371_204_318)
}

/// All data that the key can read.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) today: Today,
    pub(crate) invoices: Vec<Invoice>,
    pub(crate) invoice_file_size: usize,
    pub(crate) charges: Charges,
    bills: Vec<Bill>,
    discounts: Vec<Discount>,
    state: Mutex<State>,
}

impl Account {
    pub(crate) fn new(options: &Options, today: Today) -> Self {
        let mut discounts = discounts::all(today.month());
        let bills = bills(&mut discounts, today.month());
        Self {
            today,
            invoices: invoices::newest(options.invoices, &bills, today.month()),
            invoice_file_size: options.invoice_file_size,
            charges: Charges::new(options.charges, today),
            bills,
            discounts,
            state: Mutex::new(State::new(today)),
        }
    }

    /// Returns the bill of a month; `None` if there is none, before the organization existed or in
    /// the future.
    pub(crate) fn bill(&self, month: Month) -> Option<&Bill> {
        self.bills.iter().find(|bill| bill.month == month)
    }

    pub(crate) fn invoice(&self, id: String) -> Result<&Invoice, Error> {
        let invoice = self.invoices.iter().find(|invoice| invoice.id.eq_ignore_ascii_case(&id));
        invoice.ok_or(Error::NotFound { resource: "invoice", id })
    }

    /// The initial discounts and those of redeemed coupons.
    pub(crate) fn discounts(&self) -> Vec<Discount> {
        let state = self.state();
        let redeemed = state.redeemed.iter().map(|(_, discount)| discount);
        self.discounts.iter().chain(redeemed).cloned().collect()
    }

    /// The changes made by requests.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The cost of a month before tax.
#[derive(Debug)]
pub(crate) struct Bill {
    pub(crate) month: Month,
    /// The sum of the lines.
    pub(crate) gross: Money,
    pub(crate) discount: Money,
}

/// Computes the bills of all months, the newest last, and the part of the discounts that they use.
fn bills(discounts: &mut [Discount], current: Month) -> Vec<Bill> {
    (0..HISTORY).rev().map(|age| bill(current.before(age), discounts, current)).collect()
}

fn bill(month: Month, discounts: &mut [Discount], current: Month) -> Bill {
    let lines = catalogue::lines(month);
    let gross: Money = lines.iter().map(|line| line.value).sum();
    let mut taken = Money::ZERO;
    for discount in discounts.iter_mut().filter(|discount| discount.in_force(month)) {
        let amount = discount.amount(&lines).min(gross - taken).max(Money::ZERO);
        taken = taken + amount;
        if month < current {
            discount.take(amount);
        }
    }
    Bill { month, gross, discount: taken }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::month::june_2026;
    use crate::scaleway::invoices::InvoiceType;

    fn account(invoices: usize) -> Account {
        Account::new(&Options { invoices, ..Options::default() }, june_2026())
    }

    /// Every month begins with a day without usage.
    #[test]
    fn any_date_can_be_today() {
        for (year, month, day) in [(2026, 1, 1), (2026, 3, 31), (2028, 2, 29), (2031, 11, 2)] {
            let today = Today::new(NaiveDate::from_ymd_opt(year, month, day));
            let account = Account::new(&Options::default(), today);
            let newest = account.invoices.iter().max_by_key(|invoice| invoice.month);
            assert_eq!(newest.map(|invoice| invoice.month), Some(today.month()));
            let last_month = today.month().before(1);
            assert!(account.bill(last_month).is_some());
            let issued = |invoice: &&Invoice| invoice.month == last_month;
            assert!(account.invoices.iter().filter(issued).all(|invoice| invoice.issue.is_some()));
            let used = account.discounts.iter().map(|discount| discount.used).max();
            assert!(used > Some(Money::ZERO));
        }
    }

    #[test]
    fn nothing_is_ever_rounded() {
        let whole_cents =
            |money: Money| money.to_string().split('.').nth(1).map(str::len) == Some(2);
        for invoice in &account(500).invoices {
            let credit = invoice.invoice_type == InvoiceType::CreditNote;
            assert_eq!(invoice.untaxed < Money::ZERO, credit, "{invoice:?}");
            assert_ne!(invoice.untaxed, Money::ZERO, "{invoice:?}");
            assert!(whole_cents(invoice.untaxed), "{invoice:?}");
            assert_eq!(invoice.tax().percent(500), invoice.untaxed);
            assert!(whole_cents(invoice.taxed()), "{invoice:?}");
        }
    }

    #[test]
    fn credits_are_used_up_by_issued_bills_only() {
        let used: Vec<Money> = account(0).discounts.iter().map(|discount| discount.used).collect();
        let euros = |euros: i64| Money::cents(euros * 100);
        assert_eq!(used[0], Money::ZERO);
        assert!(Money::ZERO < used[1] && used[1] < euros(500), "{:?}", used[1]);
        assert_eq!(used[2..], [euros(20), euros(100), Money::ZERO]);
    }

    #[test]
    fn number_of_invoices_can_be_any() {
        for count in [0, 1, 2, 3, 120, 1000] {
            let invoices = account(count).invoices;
            assert_eq!(invoices.len(), count);
            let mut ids: Vec<&String> = invoices.iter().map(|invoice| &invoice.id).collect();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), count);
        }
    }
}
