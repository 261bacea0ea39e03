//! The customer's monthly charges.

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta, Utc};

use super::amount::Amount;
use crate::ids;
use crate::month::Month;

/// The bill of one month.
#[derive(Debug, Clone)]
pub(crate) struct Bill {
    pub(crate) month: Month,
    /// A number that increases by one each month.
    pub(crate) number: i64,
    pub(crate) paid: bool,
    pub(crate) lines: Vec<Line>,
}

/// One charge or credit.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) product: &'static Product,
    pub(crate) units: Amount,
    pub(crate) amount: Amount,
}

/// A billed item.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) name: &'static str,
    pub(crate) group: &'static str,
    pub(crate) line: &'static str,
    pub(crate) region: &'static str,
    pub(crate) usage_type: &'static str,
    pub(crate) product_id: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) coupon: &'static str,
    rate: i64,
    /// Units in an average month, in ten-thousandths; exactly one unit for a fixed charge.
    usual: i64,
}

impl Product {
    pub(crate) fn rate(&self) -> Amount {
        Amount::of_ten_thousandths(self.rate)
    }

    pub(crate) fn is_usage(&self) -> bool {
        !self.usage_type.is_empty()
    }
}

const fn usage(
    name: &'static str,
    region: &'static str,
    usage_type: &'static str,
    unit: &'static str,
    rate: i64,
    usual: i64,
) -> Product {
    Product {
        name,
        group: "Full Site Delivery",
        line: "Network Services",
        region,
        usage_type,
        product_id: "cdn_usage",
        unit,
        coupon: "",
        rate,
        usual,
    }
}

const fn fixed(name: &'static str, group: &'static str, rate: i64) -> Product {
    Product {
        name,
        group,
        line: "Network Services",
        region: "",
        usage_type: "",
        product_id: "",
        unit: "",
        coupon: "",
        rate,
        usual: 10_000,
    }
}

pub(crate) const PRODUCTS: &[Product] = &[
    usage("North America Bandwidth", "North America", "Bandwidth", "gb", 1_200, 145_000_000),
    usage("Europe Bandwidth", "Europe", "Bandwidth", "gb", 1_200, 81_000_000),
    usage("North America Requests", "North America", "Requests", "unit", 75, 612_000_000),
    usage("Asia Requests", "Asia", "Requests", "unit", 20, 1_460_000_000),
    fixed("Gold Support", "CS: CSE", 26_000_000),
    fixed("TLS Certificates", "TLS", 200_000),
];

/// A credit every sixth month.
const CREDIT: Product = Product { coupon: "SANDBOX25", ..fixed("Service credit", "N/A", -250_000) };

impl Bill {
    fn new(month: Month, age: i32) -> Self {
        let mut lines: Vec<Line> =
            PRODUCTS.iter().map(|product| line(product, month, 10_000)).collect();
        if month.ordinal() % 6 == 0 {
            lines.push(line(&CREDIT, month, 10_000));
        }
        Self { month, number: 100_000 - i64::from(age), paid: age > 1, lines }
    }

    pub(crate) fn total(&self) -> Amount {
        self.lines.iter().map(|line| line.amount).sum()
    }

    /// The id in v3. Invoices that are more than two years old have an id of digits only.
    pub(crate) fn id(&self) -> String {
        if self.number > 99_976 {
            format!("INV-{}", self.number)
        } else {
            format!("{}", 29_000_000 + self.number)
        }
    }

    /// The id in v2.
    pub(crate) fn old_id(&self) -> i64 {
        4_000_000 + self.number
    }

    pub(crate) fn start(&self) -> DateTime<Utc> {
        self.month.start()
    }

    /// The first instant of the last day.
    pub(crate) fn end(&self) -> DateTime<Utc> {
        self.month.next().start() - TimeDelta::days(1)
    }

    pub(crate) fn first_day(&self) -> NaiveDate {
        self.start().date_naive()
    }
}

/// `share` is the elapsed part of the month, in ten-thousandths.
fn line(product: &'static Product, month: Month, share: i64) -> Line {
    let units = if product.is_usage() {
        let change = ids::hash(product.name, u64::from(month.ordinal().unsigned_abs())) % 4_000;
        let change = 8_000 + i64::try_from(change).unwrap_or_default();
        // An odd number of ten-thousandths, so that the charge has to be rounded.
        product.usual / 10_000 * change / 10_000 * share + change % 10_000
    } else {
        product.usual
    };
    let units = Amount::of_ten_thousandths(units);
    Line { product, units, amount: product.rate().charge(units) }
}

/// The finalized months, newest first.
pub(crate) fn closed(count: usize, current: Month) -> Vec<Bill> {
    let ages = 1..=i32::try_from(count.min(600)).unwrap_or(600);
    ages.map(|age| Bill::new(current.before(age), age)).collect()
}

/// The current month up to now. Fixed charges count in full; certificates cost nothing until the
/// month is finalized.
pub(crate) fn running(current: Month) -> Bill {
    let share = 10_000 * 29 / 60;
    let mut bill = Bill::new(current, 0);
    bill.lines = PRODUCTS.iter().map(|product| line(product, current, share)).collect();
    for line in bill.lines.iter_mut().filter(|line| line.product.group == "TLS") {
        line.amount = Amount::default();
        line.units = Amount::default();
    }
    bill.paid = false;
    bill
}

/// The usage of a month; nothing before the first bill or after the current month.
pub(crate) fn of_month(bills: &[Bill], running: &Bill, month: Month) -> Option<Bill> {
    bills.iter().chain([running]).find(|bill| bill.month == month).cloned()
}

/// RFC 3339 in UTC, in whole seconds.
pub(crate) fn time_json(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
