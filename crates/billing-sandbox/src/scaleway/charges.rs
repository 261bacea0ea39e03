//! The charges behind the consumption. Each is computed from its position, so any number of them
//! takes no memory.

use chrono::{DateTime, Utc};

use super::account;
use super::catalogue::{self, LINES, Line};
use super::invoices;
use crate::ids;
use crate::money::Money;
use crate::month::{Month, Today};

/// One in this many charges covers a whole month; the others are for metered usage.
const CHARGES_PER_SUBSCRIPTION: usize = 100;

/// Fewer than the lines of consumption, so that no line begins its month with both a subscription
/// and usage.
const MAX_SUBSCRIPTIONS: usize = LINES / 2;

const MICROS_PER_SECOND: i64 = 1_000_000;
const MICROS_PER_HOUR: i64 = 3_600 * MICROS_PER_SECOND;

/// A billed resource: one for each line of the consumption.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) id: String,
    pub(crate) name: Option<String>,
}

/// All charges of the organization, a fixed number in every month.
#[derive(Debug)]
pub(crate) struct Charges {
    per_month: usize,
    today: Today,
    pub(crate) resources: Vec<Resource>,
}

/// A period from `start` (inclusive) to `end` (exclusive), in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: i64,
    pub(crate) end: i64,
}

impl Span {
    fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    fn overlap(self, other: Self) -> Option<Self> {
        let (start, end) = (self.start.max(other.start), self.end.min(other.end));
        (start < end).then_some(Self { start, end })
    }
}

/// A charge, or a slice of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) month: Month,
    /// The index of the resource and of the line of consumption.
    pub(crate) line: usize,
    pub(crate) price: Money,
    pub(crate) span: Span,
    pub(crate) updated_at: i64,
}

impl Charge {
    /// Cuts the charge to the part inside `window`, and its price in proportion to the time.
    ///
    /// The price up to any instant is rounded towards zero to a nano, and a slice costs the
    /// difference between its ends. Adjoining slices therefore always add up to exactly the whole.
    fn clamp(self, window: Span) -> Option<Self> {
        let span = self.span.overlap(window)?;
        let whole = self.span.end - self.span.start;
        let up_to = |time: i64| self.price.share(time - self.span.start, whole);
        Some(Self { price: up_to(span.end) - up_to(span.start), span, ..self })
    }
}

/// Selects charges.
#[derive(Debug)]
pub(crate) struct Selection {
    pub(crate) window: Span,
    /// Whether to cut charges to the window. Otherwise only charges wholly inside it are selected.
    pub(crate) clamp: bool,
    pub(crate) descending: bool,
    /// For each line, whether it is selected.
    pub(crate) lines: Vec<bool>,
    /// Lowercase invoice ids. If empty, every month is selected.
    pub(crate) invoice_ids: Vec<String>,
}

impl Charges {
    pub(crate) fn new(per_month: usize, today: Today) -> Self {
        let lines = catalogue::lines(today.month());
        Self { per_month, today, resources: (0..).zip(&lines).map(resource).collect() }
    }

    /// Returns the selected charges in order, each with its index among all charges in range, from
    /// the index `from` on.
    pub(crate) fn select<'a>(
        &'a self,
        selection: &'a Selection,
        from: usize,
    ) -> impl Iterator<Item = (usize, Charge)> + 'a {
        let first = month_of(selection.window.start).max(account::first_month(self.today.month()));
        let last = month_of(selection.window.end - 1).min(self.today.month());
        let months = usize::try_from(last.ordinal() - first.ordinal() + 1).unwrap_or(0);
        let in_reach = months.saturating_mul(self.per_month);

        let mut period = Period::new(first, self.per_month, self.today);
        (from..in_reach).filter_map(move |index| {
            let index_in_time = if selection.descending { in_reach - 1 - index } else { index };
            let month = first.after(index_in_time / self.per_month);
            let index_in_month = index_in_time % self.per_month;
            if period.month != month {
                period = Period::new(month, self.per_month, self.today);
            }
            let wanted = selection.lines[line_of(index_in_month)]
                && (selection.invoice_ids.is_empty()
                    || selection.invoice_ids.contains(&period.invoice_id));
            let charge = wanted.then(|| period.charge(index_in_month))?;
            let charge = match selection.clamp {
                true => charge.clamp(selection.window),
                false => Some(charge).filter(|charge| selection.window.contains(charge.span)),
            };
            Some((index, charge?))
        })
    }
}

/// The resource of a line. Resources of the last project never have a name.
fn resource((index, line): (u64, &Line)) -> Resource {
    let name = format!("{}-{}-{index}", line.project_name, line.category.to_lowercase());
    let name = name.replace(' ', "-");
    let id = match line.category {
        // Not every product identifies its resources by UUIDs.
        "Object Storage" => format!("fr-par/{name}"),
        _ => ids::uuid("resource", index),
    };
    let named = line.project_id != account::PROJECT_IDS[2];
    Resource { id, name: named.then_some(name) }
}

/// The id of the invoice for the charges of a month. Charges of the current month have no invoice.
pub(crate) fn invoice_id(month: Month, current: Month) -> String {
    if month < current { invoices::periodic_id(month) } else { String::new() }
}

/// The line of consumption that a charge of a month belongs to.
fn line_of(index: usize) -> usize {
    index % LINES
}

fn month_of(micros: i64) -> Month {
    Month::of(time(micros))
}

pub(crate) fn time(micros: i64) -> DateTime<Utc> {
    // Called only with times that come from a `DateTime`.
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

/// The inputs from which the charges of a month are computed.
struct Period {
    month: Month,
    invoice_id: String,
    lines: Vec<Line>,
    whole: Span,
    /// The period for which usage is known.
    used: Span,
    charges: usize,
    subscriptions: usize,
    updated_at: i64,
}

impl Period {
    fn new(month: Month, charges: usize, today: Today) -> Self {
        let start = month.start().timestamp_micros();
        let end = month.next().start().timestamp_micros();
        // On the first day of a month, the usage of that day is already known.
        let known = today.midnight().timestamp_micros().max(start + 24 * MICROS_PER_HOUR);
        let used_end = end.min(known);
        let subscriptions = charges.div_ceil(CHARGES_PER_SUBSCRIPTION).min(MAX_SUBSCRIPTIONS);
        Self {
            month,
            invoice_id: invoice_id(month, today.month()),
            lines: catalogue::lines(month),
            whole: Span { start, end },
            used: Span { start, end: used_end },
            charges,
            subscriptions,
            updated_at: account::updated_at(today).timestamp_micros(),
        }
    }

    /// Subscriptions come first, since they all start with the month. Usages follow, evenly spread;
    /// those of one resource follow each other without a gap.
    fn charge(&self, index: usize) -> Charge {
        let span = if index < self.subscriptions {
            self.whole
        } else {
            let start = self.usage_start(index);
            let end = self.usage_start(index + LINES).max(start + MICROS_PER_SECOND);
            Span { start, end }
        };
        let updated_at = span.end + MICROS_PER_HOUR;
        Charge {
            month: self.month,
            line: line_of(index),
            price: self.price(line_of(index)),
            span,
            updated_at: updated_at.min(self.updated_at),
        }
    }

    /// When a usage starts, in whole seconds. A usage after the last one starts at the end.
    fn usage_start(&self, index: usize) -> i64 {
        let seconds = (self.used.end - self.used.start) / MICROS_PER_SECOND;
        let part = |n: usize| i128::try_from(n).unwrap_or(i128::MAX);
        let before = index.min(self.charges) - self.subscriptions;
        let usages = self.charges - self.subscriptions;
        let offset = i128::from(seconds) * part(before) / part(usages);
        self.used.start + i64::try_from(offset).unwrap_or(seconds) * MICROS_PER_SECOND
    }

    /// The charges of a line share its value equally, each rounded to a millionth, so their sum is
    /// slightly off.
    fn price(&self, line: usize) -> Money {
        let charges = (self.charges + LINES - 1 - line) / LINES;
        self.lines[line].value.share(1, i64::try_from(charges).unwrap_or(i64::MAX)).whole_micros()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::month::june_2026;

    fn span(start: i64, end: i64) -> Span {
        Span { start, end }
    }

    #[test]
    fn slices_add_up_to_the_whole() {
        for cents in [0, 1, 7, 12_345, -5] {
            let charge = Charge {
                month: june_2026().month(),
                line: 0,
                price: Money::cents(cents).share(1, 3),
                span: span(100, 797),
                updated_at: 0,
            };
            for step in [1, 2, 3, 10, 349, 697, 1000] {
                let windows = (0..1000)
                    .step_by(step)
                    .map(|start| span(start, start + i64::try_from(step).unwrap()));
                let slices: Vec<Charge> =
                    windows.filter_map(|window| charge.clone().clamp(window)).collect();
                let sum: Money = slices.iter().map(|slice| slice.price).sum();
                assert_eq!(sum, charge.price, "{cents} {step}");
                let time: i64 = slices.iter().map(|slice| slice.span.end - slice.span.start).sum();
                assert_eq!(time, 697);
            }
        }
    }

    #[test]
    fn charges_are_in_order_within_their_month() {
        let current = june_2026().month();
        for count in [0, 1, 31, 32, 33, 100, 101, 4_000, 50_000] {
            for month in [account::first_month(current), current] {
                let period = Period::new(month, count, june_2026());
                let charges: Vec<Charge> = (0..count).map(|index| period.charge(index)).collect();
                assert!(charges.is_sorted_by_key(|charge| charge.span.start), "{count}");
                for charge in &charges {
                    assert!(period.whole.contains(charge.span), "{count} {charge:?}");
                    assert!(charge.span.start < charge.span.end, "{count} {charge:?}");
                }
                let mut keys: Vec<_> =
                    charges.iter().map(|charge| (charge.span.start, charge.line)).collect();
                keys.sort_unstable();
                keys.dedup();
                assert_eq!(keys.len(), count);
            }
        }
    }

    #[test]
    fn charges_almost_add_up_to_the_consumption() {
        let current = june_2026().month();
        let value = |month| catalogue::lines(month).iter().map(|line| line.value).sum::<Money>();
        for count in [64, 650, 50_000] {
            let period = Period::new(current, count, june_2026());
            let sum: Money = (0..count).map(|index| period.charge(index).price).sum();
            let difference = value(current) - sum;
            assert!((Money::ZERO..Money::cents(5)).contains(&difference), "{difference}");
            assert_eq!(difference == Money::ZERO, count == 64, "{difference}");
        }
    }
}
