//! Exact decimal numbers with four decimal places.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;

use serde_json::{Number, Value};

/// A number, counted in ten-thousandths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Amount(i64);

impl Amount {
    pub(crate) const fn of_ten_thousandths(value: i64) -> Self {
        Self(value)
    }

    pub(crate) const fn of_cents(cents: i64) -> Self {
        Self(cents * 100)
    }

    /// The product, rounded half up to cents.
    pub(crate) fn charge(self, units: Self) -> Self {
        let exact = i128::from(self.0) * i128::from(units.0);
        let cents = (exact + 500_000).div_euclid(1_000_000);
        Self::of_cents(i64::try_from(cents).unwrap_or(i64::MAX / 100))
    }

    pub(crate) fn times(self, factor: i64) -> Self {
        Self(self.0 * factor)
    }

    /// Returns this many tenths of the number, rounded down.
    pub(crate) fn tenths(self, tenths: i64) -> Self {
        Self(self.0 * tenths / 10)
    }

    /// Returns a JSON number with as many decimal places as it needs.
    pub(crate) fn json(self) -> Value {
        // Numbers of this size survive the conversion to a float and back.
        self.to_string().parse::<Number>().map_or(Value::Null, Value::Number)
    }

    /// Returns a JSON string with two decimal places.
    pub(crate) fn json_text(self) -> Value {
        let cents = self.0 / 100;
        let sign = if cents < 0 { "-" } else { "" };
        format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100).into()
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, rest) = (self.0.abs() / 10_000, self.0.abs() % 10_000);
        let text = format!("{sign}{whole}.{rest:04}");
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Add for Amount {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sum for Amount {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::default(), Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::Amount;

    #[test]
    fn charges_are_rounded_and_numbers_are_exact() {
        let rate = Amount::of_ten_thousandths(20);
        let units = Amount::of_ten_thousandths(1_460_170_369);
        assert_eq!(rate.charge(units).json().to_string(), "292.03");
        assert_eq!(units.json().to_string(), "146017.0369");
        assert_eq!(Amount::of_cents(-2500).json().to_string(), "-25");
        assert_eq!(Amount::of_cents(289_032).json_text(), "2890.32");
        assert_eq!(Amount::of_cents(-5).json_text(), "-0.05");
        let sum: Amount = [Amount::of_cents(10), Amount::of_cents(-3)].into_iter().sum();
        assert_eq!(sum.to_string(), "0.07");
    }
}
