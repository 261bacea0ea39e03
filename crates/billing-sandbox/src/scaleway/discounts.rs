//! The organization's discounts.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::account::ORGANIZATION_ID;
use super::catalogue::Line;
use super::query::{self, time_json};
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
    /// A fixed amount that several bills use up.
    Splittable { amount: Money },
}

/// A limit on what a discount applies to.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) on: FilterOn,
    pub(crate) value: &'static str,
    pub(crate) exclude: bool,
}

/// The attribute of a line that a filter compares.
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

/// The coupon from which a discount comes.
#[derive(Debug, Clone)]
pub(crate) struct Coupon {
    pub(crate) description: Option<&'static str>,
}

/// A discount of the organization.
#[derive(Debug, Clone)]
pub(crate) struct Discount {
    pub(crate) id: String,
    pub(crate) description: &'static str,
    pub(crate) mode: Mode,
    /// The part of the amount that issued invoices have used.
    pub(crate) used: Money,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) start: Month,
    /// The first month in which the discount no longer applies.
    pub(crate) stop: Option<Month>,
    pub(crate) coupon: Option<Coupon>,
    pub(crate) filters: Vec<Filter>,
}

impl Discount {
    pub(crate) fn in_force(&self, month: Month) -> bool {
        self.start <= month && self.stop.is_none_or(|stop| month < stop)
    }

    /// The reduction on a bill with these lines.
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
            // The part that this one bill does not use is lost.
            Mode::Value { amount } => self.used = amount,
            Mode::Splittable { .. } => self.used = self.used + taken,
        }
    }

    /// The JSON in all API versions, which name the filter attributes differently.
    pub(crate) fn json(&self, filter_type: fn(FilterOn) -> &'static str) -> Value {
        let (mode, value, used, remaining) = match self.mode {
            Mode::Rate { percent } => {
                ("discount_mode_rate", json!(percent), json!(0), json!(percent))
            }
            Mode::Value { amount } => self.amount_json("discount_mode_value", amount),
            Mode::Splittable { amount } => self.amount_json("discount_mode_splittable", amount),
        };
        let filter_json = |filter: &Filter| {
            json!({
                "type": filter_type(filter.on),
                "value": filter.value,
                "exclude": filter.exclude,
            })
        };
        let coupon_json = |coupon: &Coupon| json!({"description": coupon.description});
        json!({
            "id": self.id,
            "creation_date": time_json(self.created_at),
            "organization_id": ORGANIZATION_ID,
            "description": self.description,
            "value": value,
            "value_used": used,
            "value_remaining": remaining,
            "mode": mode,
            "start_date": time_json(self.start.start()),
            "stop_date": self.stop.map(|stop| time_json(stop.start())),
            "coupon": self.coupon.as_ref().map(coupon_json),
            "filters": self.filters.iter().map(filter_json).collect::<Vec<_>>(),
        })
    }

    fn amount_json(
        &self,
        mode: &'static str,
        amount: Money,
    ) -> (&'static str, Value, Value, Value) {
        let remaining = amount - self.used;
        (mode, amount.json_number(), self.used.json_number(), remaining.json_number())
    }
}

/// Sorts by `creation_date`, `start_date` or `stop_date`, each with `_asc` or `_desc`. A discount
/// without an end counts as the latest to stop.
pub(crate) fn sort(discounts: &mut [Discount], order_by: &str) {
    discounts.sort_by(|a, b| {
        query::ordering(order_by, |key| match key {
            "start_date" => a.start.cmp(&b.start),
            "stop_date" => {
                let key = |discount: &Discount| (discount.stop.is_none(), discount.stop);
                key(a).cmp(&key(b))
            }
            _ => a.created_at.cmp(&b.created_at),
        })
        .then_with(|| a.id.cmp(&b.id))
    });
}

/// The redeemable coupons: code, description, and how the discount applies.
const COUPONS: [(&str, &str, Mode); 3] = [
    ("TEN-PERCENT", "10 % off everything", Mode::Rate { percent: 10 }),
    ("FIFTY-EUROS", "50 EUR off one bill", Mode::Value { amount: Money::cents(5_000) }),
    ("BIT-BY-BIT", "120.50 EUR, bit by bit", Mode::Splittable { amount: Money::cents(12_050) }),
];

pub(crate) fn coupon_codes() -> impl Iterator<Item = &'static str> {
    COUPONS.iter().map(|(code, ..)| *code)
}

/// Returns the discount of a coupon. It applies from the next month on, for a year.
pub(crate) fn of_coupon(code: &str, created_at: DateTime<Utc>) -> Option<Discount> {
    let (code, description, mode) = COUPONS.into_iter().find(|(known, ..)| *known == code)?;
    let start = Month::of(created_at).next();
    Some(Discount {
        id: ids::uuid(code, 0),
        description,
        mode,
        used: Money::ZERO,
        created_at,
        start,
        stop: Some(start.before(-12)),
        coupon: Some(Coupon { description: Some(description) }),
        filters: Vec::new(),
    })
}

/// Returns all discounts, unused, as they are in the month `current`.
pub(crate) fn all(current: Month) -> Vec<Discount> {
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
            stop: Some(current.before(-7)),
            coupon: coupon(Some("Start-up programme")),
            filters: vec![filter(FilterOn::Category, "Compute", false)],
            ..discount(1, "25 % off Compute", Mode::Rate { percent: 25 }, current.before(5))
        },
        Discount {
            filters: vec![filter(FilterOn::Category, "Compute", true)],
            ..discount(
                2,
                "Migration credit, not for Compute",
                Mode::Splittable { amount: euros(500) },
                current.before(1),
            )
        },
        Discount {
            stop: Some(current.before(5)),
            ..discount(
                3,
                "Goodwill for an interruption",
                Mode::Value { amount: euros(20) },
                current.before(9),
            )
        },
        Discount {
            stop: Some(current.before(3)),
            coupon: coupon(None),
            ..discount(
                4,
                "Welcome credit",
                Mode::Splittable { amount: euros(100) },
                current.before(15),
            )
        },
        Discount {
            stop: Some(current.before(-4)),
            coupon: coupon(Some("Summer of databases")),
            filters: vec![
                filter(FilterOn::Product, "RED1-XS", false),
                filter(FilterOn::Zone, "FR-PAR-1", false),
            ],
            ..discount(
                5,
                "15.50 EUR off Redis in Paris",
                Mode::Value { amount: Money::cents(1550) },
                current.before(-1),
            )
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::month::june_2026;
    use crate::scaleway::catalogue;

    fn covered(on: FilterOn, value: &'static str, exclude: bool) -> Vec<&'static str> {
        let filter = Filter { on, value, exclude };
        let lines = catalogue::lines(june_2026().month());
        lines.iter().filter(|line| filter.covers(line)).map(|line| line.sku).collect()
    }

    #[test]
    fn filters_include_or_exclude() {
        let all = catalogue::lines(june_2026().month()).len();
        for (on, value, skus) in [
            (FilterOn::Category, "BareMetal", 1),
            (FilterOn::Product, "Block Storage Volume", 2),
            // Neither FR-PAR-2 nor the whole region FR-PAR.
            (FilterOn::Zone, "FR-PAR-1", 7),
        ] {
            assert_eq!(covered(on, value, false).len(), skus, "{value}");
            assert_eq!(covered(on, value, true).len(), all - skus, "{value}");
        }
        assert!(covered(FilterOn::Zone, "FR-PAR-1", false).iter().all(|sku| sku.ends_with("-1")));
    }
}
