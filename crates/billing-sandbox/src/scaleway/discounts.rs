//! The organization's discounts.

use chrono::{DateTime, TimeDelta, Utc};

use super::catalogue::Line;
use crate::ids;
use crate::money::Money;
use crate::month::Month;

/// How a discount applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// A percentage of every bill.
    Rate { percent: i64 },
    /// A fixed amount off one bill.
    Value { amount: Money },
    /// A fixed amount that is used up over several bills.
    Splittable { amount: Money },
}

/// A limit on what a discount applies to.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) on: FilterOn,
    pub(crate) value: &'static str,
    pub(crate) exclude: bool,
}

/// The side of a line that a filter looks at.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FilterOn {
    Category,
    Product,
    Zone,
}

impl Filter {
    fn covers(&self, line: &Line) -> bool {
        let equal = match self.on {
            FilterOn::Category => line.category == self.value,
            FilterOn::Product => line.product == self.value,
            FilterOn::Zone => line.sku.ends_with(&self.value.to_lowercase()),
        };
        equal != self.exclude
    }
}

/// A coupon that a discount came from.
#[derive(Debug)]
pub(crate) struct Coupon {
    pub(crate) description: Option<&'static str>,
}

/// A discount of the organization.
#[derive(Debug)]
pub(crate) struct Discount {
    pub(crate) id: String,
    pub(crate) description: &'static str,
    pub(crate) mode: Mode,
    /// What issued invoices have used of the amount.
    pub(crate) used: Money,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) start: Month,
    /// The month from which on it no longer holds.
    pub(crate) stop: Option<Month>,
    pub(crate) coupon: Option<Coupon>,
    pub(crate) filters: Vec<Filter>,
}

impl Discount {
    pub(crate) fn in_force(&self, month: Month) -> bool {
        self.start <= month && self.stop.is_none_or(|stop| month < stop)
    }

    /// What it takes off a bill with these lines.
    pub(crate) fn amount(&self, lines: &[Line]) -> Money {
        let covered = lines
            .iter()
            .filter(|line| self.filters.iter().all(|filter| filter.covers(line)))
            .map(|line| line.value)
            .sum::<Money>();
        match self.mode {
            Mode::Rate { percent } => covered.percent(percent),
            Mode::Value { amount } | Mode::Splittable { amount } => covered.min(amount - self.used),
        }
    }

    pub(crate) fn take(&mut self, taken: Money) {
        match self.mode {
            Mode::Rate { .. } => {}
            // What the one bill leaves of it is lost.
            Mode::Value { amount } => self.used = amount,
            Mode::Splittable { .. } => self.used = self.used + taken,
        }
    }
}

/// Returns all discounts, unused.
pub(crate) fn all() -> Vec<Discount> {
    let discount = |n, description, mode, start: Month| Discount {
        id: ids::uuid("discount", n),
        description,
        mode,
        used: Money::ZERO,
        created_at: start.start() - TimeDelta::days(30) + TimeDelta::microseconds(36_061_250_417),
        start,
        stop: None,
        coupon: None,
        filters: Vec::new(),
    };
    let filter = |on, value, exclude| Filter { on, value, exclude };
    let coupon = |description| Some(Coupon { description });
    let euros = |euros: i64| Money::cents(euros * 100);

    vec![
        Discount {
            stop: Some(Month::new(2027, 1)),
            coupon: coupon(Some("Start-up programme")),
            filters: vec![filter(FilterOn::Category, "Compute", false)],
            ..discount(1, "25 % off Compute", Mode::Rate { percent: 25 }, Month::new(2026, 1))
        },
        Discount {
            filters: vec![filter(FilterOn::Category, "Compute", true)],
            ..discount(
                2,
                "Migration credit, not for Compute",
                Mode::Splittable { amount: euros(500) },
                Month::new(2026, 5),
            )
        },
        Discount {
            stop: Some(Month::new(2026, 1)),
            ..discount(
                3,
                "Goodwill for an interruption",
                Mode::Value { amount: euros(20) },
                Month::new(2025, 9),
            )
        },
        Discount {
            stop: Some(Month::new(2026, 3)),
            coupon: coupon(None),
            ..discount(
                4,
                "Welcome credit",
                Mode::Splittable { amount: euros(100) },
                Month::new(2025, 3),
            )
        },
        Discount {
            stop: Some(Month::new(2026, 10)),
            coupon: coupon(Some("Summer of databases")),
            filters: vec![
                filter(FilterOn::Product, "RED1-XS", false),
                filter(FilterOn::Zone, "FR-PAR-1", false),
            ],
            ..discount(
                5,
                "15.50 EUR off Redis in Paris",
                Mode::Value { amount: Money::cents(1550) },
                Month::new(2026, 7),
            )
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaleway::{account::CURRENT_MONTH, catalogue};

    fn covered(on: FilterOn, value: &'static str, exclude: bool) -> Vec<&'static str> {
        let filter = Filter { on, value, exclude };
        let lines = catalogue::lines(CURRENT_MONTH);
        lines.iter().filter(|line| filter.covers(line)).map(|line| line.sku).collect()
    }

    #[test]
    fn filters_cover_what_they_name_or_all_but_that() {
        let all = catalogue::lines(CURRENT_MONTH).len();
        for (on, value, skus) in [
            (FilterOn::Category, "BareMetal", 1),
            (FilterOn::Product, "Block Storage Volume", 2),
            // Not FR-PAR-2, nor the whole region FR-PAR.
            (FilterOn::Zone, "FR-PAR-1", 7),
        ] {
            assert_eq!(covered(on, value, false).len(), skus, "{value}");
            assert_eq!(covered(on, value, true).len(), all - skus, "{value}");
        }
        assert!(covered(FilterOn::Zone, "FR-PAR-1", false).iter().all(|sku| sku.ends_with("-1")));
    }
}
