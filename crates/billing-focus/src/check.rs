use std::{collections::BTreeMap, fmt};

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{ChargeCategory, Error, ErrorKind, Result, Row};

/// The vendor's total of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvoiceTotal {
    /// Identifier of the invoice, as in `InvoiceId`; `None` if the rows do not belong to an
    /// invoice.
    pub invoice_id: Option<String>,
    /// Currency of the amounts.
    pub currency: String,
    /// Amount before tax, if the vendor states it.
    pub untaxed: Option<Decimal>,
    /// Amount including tax, if the vendor states it.
    pub total: Option<Decimal>,
}

/// Adds up the rows of each invoice and compares the sums with the vendor's totals.
///
/// ```no_run
/// # #[cfg(feature = "scaleway")]
/// # async fn example(client: scaleway_billing::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use billing_focus::{Check, scaleway};
///
/// let mut rows = scaleway::consumption(&client, "2026-05".parse()?);
/// let mut check = Check::default();
/// while let Some(row) = rows.try_next().await? {
///     check.add(&row)?;
/// }
/// for comparison in check.compare(rows.totals()) {
///     println!("{comparison}");
/// }
/// # Ok(())
/// # }
/// ```
///
/// It implements serde's traits, so that a program can store it and continue an export later.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(Key, Sum)>", into = "Vec<(Key, Sum)>")]
pub struct Check {
    sums: BTreeMap<Key, Sum>,
}

impl From<Vec<(Key, Sum)>> for Check {
    fn from(sums: Vec<(Key, Sum)>) -> Self {
        Self { sums: sums.into_iter().collect() }
    }
}

impl From<Check> for Vec<(Key, Sum)> {
    fn from(check: Check) -> Self {
        check.sums.into_iter().collect()
    }
}

/// The invoice and the currency.
type Key = (Option<String>, String);

/// The sum of the rows of an invoice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sum {
    rows: u64,
    untaxed: Decimal,
    total: Decimal,
}

impl Check {
    /// Adds a row to the sum of its invoice.
    ///
    /// # Errors
    ///
    /// Fails if the sum does not fit in a `Decimal`.
    pub fn add(&mut self, row: &Row) -> Result<()> {
        let key = (row.invoice_id.clone(), row.billing_currency.clone());
        let sum = self.sums.entry(key).or_default();
        let cost = row.billed_cost;
        let untaxed = match row.charge_category {
            ChargeCategory::Tax => Some(sum.untaxed),
            _ => sum.untaxed.checked_add(cost),
        };
        match (untaxed, sum.total.checked_add(cost)) {
            (Some(untaxed), Some(total)) => {
                *sum = Sum { rows: sum.rows + 1, untaxed, total };
                Ok(())
            }
            _ => Err(Error::new(ErrorKind::Data, "the sum of the rows is too large to be exact")),
        }
    }

    /// Compares the sums with `totals`. The result has the order of `totals`, followed by the
    /// invoices without a total.
    #[must_use]
    pub fn compare(&self, totals: &[InvoiceTotal]) -> Vec<Comparison> {
        let compared = totals.iter().map(|total| {
            let key = (total.invoice_id.clone(), total.currency.clone());
            let sum = self.sums.get(&key).copied().unwrap_or_default();
            Comparison { key, sum, untaxed: total.untaxed, total: total.total }
        });
        let known = |key: &Key| {
            totals.iter().any(|total| (&total.invoice_id, &total.currency) == (&key.0, &key.1))
        };
        let others = self
            .sums
            .iter()
            .filter(|(key, _)| !known(key))
            .map(|(key, &sum)| Comparison { key: key.clone(), sum, untaxed: None, total: None });
        compared.chain(others).collect()
    }
}

/// The sums of an invoice's rows, and the amounts that the vendor states. `Display` writes one
/// line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    key: Key,
    sum: Sum,
    untaxed: Option<Decimal>,
    total: Option<Decimal>,
}

impl Comparison {
    /// Returns the identifier of the invoice; `None` if the rows do not belong to one.
    #[must_use]
    pub fn invoice_id(&self) -> Option<&str> {
        self.key.0.as_deref()
    }

    /// Returns the sum of the rows except those of category `Tax`, minus the vendor's amount.
    /// `None` if the vendor states none, or if the difference does not fit in a `Decimal`.
    #[must_use]
    pub fn untaxed_difference(&self) -> Option<Decimal> {
        self.sum.untaxed.checked_sub(self.untaxed?)
    }

    /// Returns the sum of all rows, minus the vendor's amount. `None` if the vendor states none, or
    /// if the difference does not fit in a `Decimal`.
    #[must_use]
    pub fn total_difference(&self) -> Option<Decimal> {
        self.sum.total.checked_sub(self.total?)
    }

    /// Returns whether the sums differ from the vendor's amounts.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.untaxed.is_some_and(|untaxed| untaxed != self.sum.untaxed)
            || self.total.is_some_and(|total| total != self.sum.total)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let currency = &self.key.1;
        match &self.key.0 {
            Some(id) => write!(f, "invoice {id}: ")?,
            None => f.write_str("no invoice: ")?,
        }
        let Sum { rows, untaxed, total } = self.sum;
        write!(f, "{rows} {}, ", if rows == 1 { "row" } else { "rows" })?;
        if self.untaxed.is_none() && self.total.is_none() {
            return write!(f, "{} {currency}, nothing to compare with", shown(total));
        }
        let amounts = [("before tax", untaxed, self.untaxed), ("in total", total, self.total)];
        let stated =
            amounts.into_iter().filter_map(|(what, rows, vendor)| Some((what, rows, vendor?)));
        for (index, (what, rows, vendor)) in stated.enumerate() {
            f.write_str(if index > 0 { "; " } else { "" })?;
            write!(f, "{} {currency} {what}", shown(rows))?;
            if rows == vendor {
                let matched = if self.key.0.is_some() { "invoice" } else { "vendor's total" };
                write!(f, ", which matches the {matched}")?;
            } else {
                write!(f, " but {} invoiced", shown(vendor))?;
                if let Some(difference) = rows.checked_sub(vendor) {
                    write!(f, ", a difference of {}", shown(difference))?;
                }
            }
        }
        Ok(())
    }
}

/// Formats an amount with two decimal places, or as many as it needs.
fn shown(amount: Decimal) -> Decimal {
    let mut amount = amount.normalize();
    if amount.scale() < 2 {
        amount.rescale(2);
    }
    amount
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ServiceSubcategory, row::Basis};

    fn row(invoice: &str, category: ChargeCategory, cents: i64) -> Row {
        let basis = Basis {
            provider: "X",
            account: "a",
            currency: "EUR",
            cost: Decimal::new(cents, 2),
            period: Default::default(),
            service: ("s", ServiceSubcategory::OtherOther),
        };
        let mut row = Row::new(&basis);
        row.charge_category = category;
        row.invoice_id = crate::row::filled(invoice);
        row
    }

    #[test]
    fn differences_are_found_and_displayed() {
        let mut check = Check::default();
        for row in [
            row("1", ChargeCategory::Usage, 1000),
            row("1", ChargeCategory::Credit, -100),
            row("1", ChargeCategory::Tax, 180),
            row("2", ChargeCategory::Usage, 7),
            row("", ChargeCategory::Usage, 5),
        ] {
            check.add(&row).unwrap();
        }
        let total = |id: &str, untaxed, total| InvoiceTotal {
            invoice_id: crate::row::filled(id),
            currency: "EUR".to_owned(),
            untaxed: Some(Decimal::new(untaxed, 2)),
            total: Some(Decimal::new(total, 2)),
        };
        let lines = |totals: &[InvoiceTotal]| {
            let comparisons = check.compare(totals);
            comparisons.iter().map(|c| (c.differs(), c.to_string())).collect::<Vec<_>>()
        };
        let none = |text: &str| (false, text.to_owned());
        assert_eq!(
            lines(&[total("1", 900, 1080), total("2", 6, 7), total("3", 1, 1)]),
            [
                none("invoice 1: 3 rows, 9.00 EUR before tax, which matches the invoice; 10.80 EUR in total, which matches the invoice"),
                (true, "invoice 2: 1 row, 0.07 EUR before tax but 0.06 invoiced, a difference of 0.01; 0.07 EUR in total, which matches the invoice".to_owned()),
                (true, "invoice 3: 0 rows, 0.00 EUR before tax but 0.01 invoiced, a difference of -0.01; 0.00 EUR in total but 0.01 invoiced, a difference of -0.01".to_owned()),
                none("no invoice: 1 row, 0.05 EUR, nothing to compare with"),
            ],
        );
    }

    #[test]
    fn a_difference_that_does_not_fit_is_a_difference() {
        let mut check = Check::default();
        let mut row = row("1", ChargeCategory::Usage, 0);
        row.billed_cost = Decimal::MIN;
        check.add(&row).unwrap();
        let total = InvoiceTotal {
            invoice_id: Some("1".to_owned()),
            currency: "EUR".to_owned(),
            untaxed: None,
            total: Some(Decimal::MAX),
        };
        let [comparison] = check.compare(&[total]).try_into().unwrap();
        assert!(comparison.differs());
        assert_eq!(comparison.total_difference(), None);
        let text = comparison.to_string();
        assert!(text.ends_with("in total but 79228162514264337593543950335 invoiced"), "{text}");
        assert!(check.add(&row).is_err(), "a sum that does not fit is refused");
    }
}
