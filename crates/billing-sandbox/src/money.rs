//! Exact amounts of money.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg, Sub};

use serde_json::{Value, json};

const NANOS_PER_UNIT: i64 = 1_000_000_000;
const NANOS_PER_CENT: i64 = 10_000_000;
const NANOS_PER_MICRO: i64 = 1_000;

/// An amount in euros, counted in billionths.
///
/// 64 bits are enough for nine billion euros, far more than any sum in the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Money {
    nanos: i64,
}

impl Money {
    pub(crate) const ZERO: Self = Self { nanos: 0 };

    pub(crate) const fn cents(cents: i64) -> Self {
        Self { nanos: cents * NANOS_PER_CENT }
    }

    /// Returns `percent` hundredths of the amount. For the amounts that callers pass, this is a
    /// whole number of nanos.
    pub(crate) const fn percent(self, percent: i64) -> Self {
        Self { nanos: self.nanos * percent / 100 }
    }

    /// Returns `part` out of `whole` equal parts, rounded towards zero to a nano.
    pub(crate) fn share(self, part: i64, whole: i64) -> Self {
        let nanos = i128::from(self.nanos) * i128::from(part) / i128::from(whole);
        // A part is never more than the whole.
        Self { nanos: i64::try_from(nanos).unwrap_or(self.nanos) }
    }

    /// Rounds towards zero to millionths.
    pub(crate) const fn whole_micros(self) -> Self {
        Self { nanos: self.nanos - self.nanos % NANOS_PER_MICRO }
    }

    /// The JSON of a `google.type.Money`: units and nanos carry the same sign.
    pub(crate) fn json(self) -> Value {
        json!({
            "currency_code": "EUR",
            "units": self.nanos / NANOS_PER_UNIT,
            "nanos": self.nanos % NANOS_PER_UNIT,
        })
    }

    /// Returns the amount as a plain JSON number: `20`, `3.75`.
    pub(crate) fn json_number(self) -> Value {
        if self.nanos % NANOS_PER_UNIT == 0 {
            json!(self.nanos / NANOS_PER_UNIT)
        } else {
            // A JSON number is a double here. For a decimal of so few digits, the shortest
            // representation of the double is the same decimal again.
            self.to_string().parse().unwrap_or_default()
        }
    }
}

/// Writes two decimal places, or more if the amount has them.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.nanos < 0 { "-" } else { "" };
        let units = self.nanos.unsigned_abs() / NANOS_PER_UNIT.unsigned_abs();
        let nanos = self.nanos.unsigned_abs() % NANOS_PER_UNIT.unsigned_abs();
        let decimals = format!("{nanos:09}");
        let (cents, rest) = decimals.split_at(2);
        write!(f, "{sign}{units}.{cents}{}", rest.trim_end_matches('0'))
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { nanos: self.nanos + other.nanos }
    }
}

impl Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self { nanos: self.nanos - other.nanos }
    }
}

impl Neg for Money {
    type Output = Self;

    fn neg(self) -> Self {
        Self { nanos: -self.nanos }
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_and_nanos_share_the_sign() {
        let money = |units: i64, nanos: i64| json!({"currency_code": "EUR", "units": units, "nanos": nanos});
        assert_eq!(Money::cents(1230).json(), money(12, 300_000_000));
        assert_eq!(Money::cents(-375).json(), money(-3, -750_000_000));
        assert_eq!(Money::cents(-35).json(), money(0, -350_000_000));
        assert_eq!(Money::ZERO.json(), money(0, 0));
    }

    #[test]
    fn shares_are_rounded_towards_zero() {
        let money = |nanos| Money { nanos };
        assert_eq!(money(10).share(2, 3), money(6));
        assert_eq!(money(-10).share(2, 3), money(-6));
        assert_eq!(money(-10).share(3, 3), money(-10));
        assert_eq!(money(i64::MAX).share(i64::MAX, i64::MAX), money(i64::MAX));
        assert_eq!(money(1_999).whole_micros(), money(1_000));
        assert_eq!(money(-1_999).whole_micros(), money(-1_000));
    }

    #[test]
    fn strings_and_plain_numbers_are_exact() {
        assert_eq!(Money::cents(-5).to_string(), "-0.05");
        assert_eq!(Money::cents(120).to_string(), "1.20");
        assert_eq!(Money { nanos: 1 }.to_string(), "0.000000001");
        assert_eq!(Money::cents(2000).json_number().to_string(), "20");
        assert_eq!(Money::cents(-1629535).json_number().to_string(), "-16295.35");
        assert_eq!(Money::cents(1629530).json_number().to_string(), "16295.3");
    }
}
