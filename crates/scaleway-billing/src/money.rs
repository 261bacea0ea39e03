use std::{
    borrow::Borrow,
    cmp::Ordering,
    error::Error as StdError,
    fmt,
    hash::{Hash, Hasher},
    iter::Sum,
};

use rust_decimal::Decimal;
use sdk_core::json::{As, DefaultOnNull, DeserializeAs, Number, Object, OrDefault, SerializeAs};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const NANOS_PER_UNIT: i128 = 1_000_000_000;
const MAX_NANOS: u32 = 999_999_999;
const DECIMALS: u32 = 9;

/// An amount of one currency, exact to nine decimals.
///
/// The value is `units + nanos / 1 000 000 000`. Both parts of a negative amount are negative:
/// −5911.17 EUR is `units` −5911 and `nanos` −170 000 000. No operation uses floating-point
/// numbers.
///
/// ```
/// use scaleway_billing::Money;
///
/// let total = Money::new("EUR", 5911, 170_000_000)?;
/// let discount = Money::new("EUR", -911, -170_000_000)?;
/// assert_eq!(total.checked_add(&discount)?, Money::new("EUR", 5000, 0)?);
/// assert_eq!(discount.to_string(), "-911.17 EUR");
/// assert_eq!(discount.to_decimal().to_string(), "-911.17");
/// # Ok::<(), scaleway_billing::MoneyError>(())
/// ```
///
/// # Comparison
///
/// Amounts are equal if their currencies and values are equal. Amounts in different currencies are
/// not ordered. An empty currency (`""`, which Scaleway sends for some limits) counts as a currency
/// of its own, so even zero amounts in different currencies are neither equal nor ordered.
///
/// [`PartialOrd`] is therefore partial, and `Money` has no `Ord`. To sort amounts in mixed
/// currencies, pass [`total_cmp`](Self::total_cmp) to `sort_by`.
///
/// # Sums
///
/// A zero amount without a currency, such as [`Money::default`], is the neutral element of
/// addition: added to an amount, it takes that amount's currency. Amounts in different currencies
/// cannot be added; this includes a nonzero amount without a currency and one in `EUR`.
///
/// ```
/// use std::collections::BTreeMap;
/// use scaleway_billing::{Money, MoneyError};
///
/// let lines = [("a", Money::new("EUR", 9, 0)?), ("b", Money::new("EUR", 1, 0)?)];
/// let mut by_project: BTreeMap<&str, Money> = BTreeMap::new();
/// for (project, value) in &lines {
///     by_project.entry(project).or_default().checked_add_assign(value)?;
/// }
/// let total = by_project.values().sum::<Result<Money, MoneyError>>()?;
/// assert_eq!(total.to_string(), "10.00 EUR");
/// # Ok::<(), MoneyError>(())
/// ```
///
/// # Absent amounts and parts
///
/// An amount in a response is `None` if Scaleway does not send it, sends null, or sends an object
/// in which `currency_code`, `units` and `nanos` are all missing or null. If only some of them are
/// missing, the missing number is 0, because JSON written from Protocol Buffers omits zeros:
/// `{"currency_code":"EUR"}` is zero euros.
///
/// # Amounts that break the rules
///
/// [`new`](Self::new) and the arithmetic operators return only amounts whose parts agree in sign
/// and whose `nanos` are less than one unit. A response, or a value whose fields were set by hand,
/// may break these rules. The value is still the sum above, and every method uses it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
#[doc(alias = "google.type.Money")]
pub struct Money {
    /// ISO 4217 code, such as `EUR`; empty if Scaleway sends none.
    #[serde(with = "As::<DefaultOnNull>")]
    pub currency_code: String,
    /// Whole units of the currency.
    #[serde(with = "As::<OrDefault<Number>>")]
    pub units: i64,
    /// Billionths of a unit, from −999 999 999 to 999 999 999, with the same sign as `units`.
    #[serde(with = "As::<OrDefault<Number>>")]
    pub nanos: i32,
}

/// An amount in a response, which is `None` unless one of its parts is present.
#[derive(Debug)]
pub(crate) struct SentMoney;

/// The parts of an amount, if they were sent.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Parts {
    currency_code: Option<String>,
    #[serde(with = "As::<Number>")]
    units: Option<i64>,
    #[serde(with = "As::<Number>")]
    nanos: Option<i32>,
}

impl<'de> DeserializeAs<'de, Option<Money>> for SentMoney {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Money>, D::Error> {
        let parts: Option<Parts> = Object::deserialize_as(deserializer)?;
        Ok(match parts {
            None | Some(Parts { currency_code: None, units: None, nanos: None }) => None,
            Some(Parts { currency_code, units, nanos }) => Some(Money {
                currency_code: currency_code.unwrap_or_default(),
                units: units.unwrap_or_default(),
                nanos: nanos.unwrap_or_default(),
            }),
        })
    }
}

impl<T: Serialize> SerializeAs<T> for SentMoney {
    fn serialize_as<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }
}

impl Money {
    /// Creates an amount from its parts.
    ///
    /// # Errors
    ///
    /// Fails if `nanos` amount to a whole unit or more ([`MoneyError::InvalidNanos`]), or if
    /// `nanos` and `units` have different signs ([`MoneyError::MixedSigns`]).
    pub fn new(
        currency_code: impl Into<String>,
        units: i64,
        nanos: i32,
    ) -> Result<Self, MoneyError> {
        if nanos.unsigned_abs() > MAX_NANOS {
            return Err(MoneyError::InvalidNanos);
        }
        if i64::from(nanos.signum()) * units.signum() < 0 {
            return Err(MoneyError::MixedSigns);
        }
        Ok(Self { currency_code: currency_code.into(), units, nanos })
    }

    /// Creates a zero amount of this currency.
    #[must_use]
    pub fn zero(currency_code: impl Into<String>) -> Self {
        Self { currency_code: currency_code.into(), units: 0, nanos: 0 }
    }

    /// Returns whether the amount is zero, in any currency.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.value() == 0
    }

    /// Returns whether the amount is less than zero, as a discount or credit is.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.value() < 0
    }

    /// Compares two amounts by currency first and then by value.
    ///
    /// ```
    /// use scaleway_billing::Money;
    ///
    /// let mut amounts = [Money::new("USD", 1, 0)?, Money::new("EUR", 3, 0)?, Money::new("EUR", 2, 0)?];
    /// amounts.sort_by(Money::total_cmp);
    /// assert_eq!(amounts.map(|amount| amount.to_string()), ["2.00 EUR", "3.00 EUR", "1.00 USD"]);
    /// # Ok::<(), scaleway_billing::MoneyError>(())
    /// ```
    #[must_use]
    pub fn total_cmp(&self, other: &Self) -> Ordering {
        self.currency_code.cmp(&other.currency_code).then_with(|| self.value().cmp(&other.value()))
    }

    /// Creates an amount from a decimal number.
    ///
    /// # Errors
    ///
    /// Fails if the number has more than nine decimals ([`MoneyError::TooManyDecimals`]; round it
    /// first), or is too large ([`MoneyError::Overflow`]).
    pub fn from_decimal(
        currency_code: impl Into<String>,
        amount: Decimal,
    ) -> Result<Self, MoneyError> {
        let amount = amount.normalize();
        let missing = DECIMALS.checked_sub(amount.scale()).ok_or(MoneyError::TooManyDecimals)?;
        let value = amount.mantissa().checked_mul(10_i128.pow(missing));
        Self::from_value(currency_code.into(), value.ok_or(MoneyError::Overflow)?)
    }

    /// Returns the exact amount as a decimal number, without its currency.
    #[must_use]
    pub fn to_decimal(&self) -> Decimal {
        // Less than 2^94 in any case, and a decimal holds 96 bits.
        Decimal::from_i128_with_scale(self.value(), DECIMALS).normalize()
    }

    /// Adds two amounts in the same currency.
    ///
    /// # Errors
    /// Fails if the currencies differ ([`MoneyError::DifferentCurrencies`]), or if the result is
    /// too large ([`MoneyError::Overflow`]).
    pub fn checked_add(&self, other: &Self) -> Result<Self, MoneyError> {
        Self::from_value(self.common_currency(other)?, self.value() + other.value())
    }

    /// Adds an amount in the same currency to this one.
    ///
    /// # Errors
    ///
    /// Same as [`checked_add`](Self::checked_add). This amount is unchanged if the call fails.
    pub fn checked_add_assign(&mut self, other: &Self) -> Result<(), MoneyError> {
        *self = self.checked_add(other)?;
        Ok(())
    }

    /// Subtracts an amount in the same currency.
    ///
    /// # Errors
    /// Fails if the currencies differ ([`MoneyError::DifferentCurrencies`]), or if the result is too large
    /// ([`MoneyError::Overflow`]).
    pub fn checked_sub(&self, other: &Self) -> Result<Self, MoneyError> {
        Self::from_value(self.common_currency(other)?, self.value() - other.value())
    }

    /// Negates the amount.
    ///
    /// # Errors
    ///
    /// Fails with [`MoneyError::Overflow`] if `units` is `i64::MIN`, which has no positive
    /// counterpart.
    pub fn checked_neg(&self) -> Result<Self, MoneyError> {
        Self::from_value(self.currency_code.clone(), -self.value())
    }

    /// Adds up amounts in this currency; returns zero if there are none.
    ///
    /// ```
    /// use scaleway_billing::Money;
    ///
    /// let lines = [Money::new("EUR", 9, 360_000_000)?, Money::new("EUR", 0, -60_000_000)?];
    /// assert_eq!(Money::checked_sum("EUR", &lines)?.to_string(), "9.30 EUR");
    /// # Ok::<(), scaleway_billing::MoneyError>(())
    /// ```
    ///
    /// # Errors
    /// Fails if a currency differs ([`MoneyError::DifferentCurrencies`]), or if the final sum is
    /// too large ([`MoneyError::Overflow`]). Intermediate sums may be larger.
    pub fn checked_sum<'a>(
        currency_code: impl Into<String>,
        amounts: impl IntoIterator<Item = &'a Self>,
    ) -> Result<Self, MoneyError> {
        Self::sum_from(Self::zero(currency_code), amounts.into_iter())
    }

    /// Adds amounts to a zero amount. Intermediate sums may exceed the range of an amount.
    fn sum_from<A: Borrow<Self>>(
        mut zero: Self,
        amounts: impl Iterator<Item = A>,
    ) -> Result<Self, MoneyError> {
        let mut sum = 0_i128;
        for amount in amounts {
            let amount = amount.borrow();
            // The sum so far is zero without a currency only while no amount has one.
            let so_far = Self { nanos: i32::from(sum != 0), ..zero };
            zero = Self::zero(so_far.common_currency(amount)?);
            sum = sum.checked_add(amount.value()).ok_or(MoneyError::Overflow)?;
        }
        Self::from_value(zero.currency_code, sum)
    }

    /// Returns the amount in billionths of a unit, whatever the signs of its parts.
    fn value(&self) -> i128 {
        i128::from(self.units) * NANOS_PER_UNIT + i128::from(self.nanos)
    }

    fn from_value(currency_code: String, value: i128) -> Result<Self, MoneyError> {
        let units = i64::try_from(value / NANOS_PER_UNIT).map_err(|_| MoneyError::Overflow)?;
        let nanos = i32::try_from(value % NANOS_PER_UNIT).map_err(|_| MoneyError::Overflow)?;
        Ok(Self { currency_code, units, nanos })
    }

    /// Returns the currency of a sum. A zero amount without a currency takes the other's.
    fn common_currency(&self, other: &Self) -> Result<String, MoneyError> {
        let neutral = |amount: &Self| amount.currency_code.is_empty() && amount.is_zero();
        if self.currency_code == other.currency_code || neutral(other) {
            Ok(self.currency_code.clone())
        } else if neutral(self) {
            Ok(other.currency_code.clone())
        } else {
            Err(MoneyError::DifferentCurrencies {
                left: self.currency_code.clone(),
                right: other.currency_code.clone(),
            })
        }
    }
}

/// Writes the amount and its currency, such as `-5911.17 EUR`, with two decimals or as many as it
/// needs.
///
/// Width, fill, alignment (to the right by default), `+` and `0` work as they do for integers. A
/// precision is ignored, because it could change the amount.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value();
        let (units, nanos) = (value.abs() / NANOS_PER_UNIT, value.abs() % NANOS_PER_UNIT);
        let nanos = format!("{nanos:09}");
        let (cents, rest) = nanos.split_at(2);
        let mut text = format!("{units}.{cents}{}", rest.trim_end_matches('0'));
        if !self.currency_code.is_empty() {
            text.push(' ');
            text.push_str(&self.currency_code);
        }
        f.pad_integral(value >= 0, "", &text)
    }
}

impl PartialEq for Money {
    fn eq(&self, other: &Self) -> bool {
        self.currency_code == other.currency_code && self.value() == other.value()
    }
}

impl Eq for Money {}

impl Hash for Money {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.currency_code.hash(state);
        self.value().hash(state);
    }
}

impl PartialOrd for Money {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self.currency_code == other.currency_code).then(|| self.value().cmp(&other.value()))
    }
}

impl From<&Money> for Decimal {
    fn from(amount: &Money) -> Self {
        amount.to_decimal()
    }
}

impl From<Money> for Decimal {
    fn from(amount: Money) -> Self {
        amount.to_decimal()
    }
}

/// Adds up amounts in one currency: `lines.iter().sum::<Result<Money, MoneyError>>()`.
///
/// An empty iterator gives [`Money::default`], zero without a currency. Use [`Money::checked_sum`]
/// to name the currency.
impl<'a> Sum<&'a Money> for Result<Money, MoneyError> {
    fn sum<I: Iterator<Item = &'a Money>>(amounts: I) -> Self {
        Money::sum_from(Money::default(), amounts)
    }
}

/// Adds up amounts in one currency, like the sum over references.
impl Sum<Money> for Result<Money, MoneyError> {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Self {
        Money::sum_from(Money::default(), amounts)
    }
}

/// The error of an invalid amount or a failed calculation.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MoneyError {
    /// `nanos` amount to a whole unit or more: carry it over to `units`.
    InvalidNanos,
    /// `units` and `nanos` have different signs: both parts of a negative amount must be negative.
    MixedSigns,
    /// The amounts are in different currencies: convert one of them first.
    DifferentCurrencies {
        /// Currency of the first amount.
        left: String,
        /// Currency of the other amount.
        right: String,
    },
    /// The amount is too large for 64-bit units.
    Overflow,
    /// The number has more than nine decimals: round it first.
    TooManyDecimals,
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidNanos => f.write_str("nanos must be between -999999999 and 999999999"),
            Self::MixedSigns => f.write_str("units and nanos must be of the same sign"),
            Self::DifferentCurrencies { left, right } => {
                write!(f, "amounts of different currencies: {left:?} and {right:?}")
            }
            Self::Overflow => f.write_str("the amount is too large"),
            Self::TooManyDecimals => f.write_str("the amount has more than nine decimals"),
        }
    }
}

impl StdError for MoneyError {}

#[cfg(test)]
mod tests {
    use std::{collections::HashSet, str::FromStr as _};

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const EXTREMES: [(i64, i32); 2] = [(i64::MIN, -999_999_999), (i64::MAX, 999_999_999)];

    fn euros(units: i64, nanos: i32) -> Money {
        Money::new("EUR", units, nanos).unwrap()
    }

    /// An amount that no constructor returns, such as one from a response.
    fn raw(units: i64, nanos: i32) -> Money {
        Money { currency_code: "EUR".to_owned(), units, nanos }
    }

    #[test]
    fn new_keeps_both_rules() {
        for (units, nanos) in EXTREMES.into_iter().chain([
            (0, 0),
            (0, 1),
            (0, -1),
            (5911, 170_000_000),
            (-5911, -170_000_000),
            (7, 0),
            (-7, 0),
        ]) {
            let money = euros(units, nanos);
            assert_eq!((money.units, money.nanos), (units, nanos));
        }
        for nanos in [1_000_000_000, -1_000_000_000, i32::MAX, i32::MIN] {
            assert_eq!(Money::new("EUR", 0, nanos), Err(MoneyError::InvalidNanos));
        }
        for (units, nanos) in [(1, -1), (-1, 1), (i64::MAX, -5), (i64::MIN, 5)] {
            assert_eq!(Money::new("EUR", units, nanos), Err(MoneyError::MixedSigns));
        }
    }

    #[test]
    fn display_is_exact() {
        for (units, nanos, expected) in [
            (0, 0, "0.00 EUR"),
            (0, -500_000_000, "-0.50 EUR"),
            (0, 50_000_000, "0.05 EUR"),
            (-5911, -170_000_000, "-5911.17 EUR"),
            (9, 360_000_000, "9.36 EUR"),
            (1, 234_000_000, "1.234 EUR"),
            (1, 1, "1.000000001 EUR"),
            (-1, -999_999_990, "-1.99999999 EUR"),
            (9_007_199_254_740_993, 0, "9007199254740993.00 EUR"),
            (i64::MIN, -999_999_999, "-9223372036854775808.999999999 EUR"),
        ] {
            assert_eq!(euros(units, nanos).to_string(), expected);
        }
        assert_eq!(Money::default().to_string(), "0.00");
        assert_eq!(Money::new("", -3, 0).unwrap().to_string(), "-3.00");
    }

    #[test]
    fn display_follows_the_value_where_the_signs_differ() {
        assert_eq!(raw(5, -170_000_000).to_string(), "4.83 EUR");
        assert_eq!(raw(-1, 250_000_000).to_string(), "-0.75 EUR");
        assert_eq!(raw(1, 2_000_000_000).to_string(), "3.00 EUR");
        assert_eq!(raw(1, -1_000_000_000).to_string(), "0.00 EUR");
        assert_eq!(raw(i64::MAX, i32::MAX).to_string(), "9223372036854775809.147483647 EUR");
    }

    #[test]
    fn display_pads_and_never_truncates() {
        let money = euros(-5911, -170_000_000);
        assert_eq!(format!("{money:15}"), "   -5911.17 EUR");
        assert_eq!(format!("{money:<15}|"), "-5911.17 EUR   |");
        assert_eq!(format!("{money:*^16}"), "**-5911.17 EUR**");
        assert_eq!(format!("{money:015}"), "-0005911.17 EUR");
        assert_eq!(format!("{money:.1}"), "-5911.17 EUR");
        assert_eq!(format!("{money:3.0}"), "-5911.17 EUR");
        assert_eq!(format!("{:+}", euros(1, 0)), "+1.00 EUR");
    }

    #[test]
    fn equality_hash_and_order_are_by_value_and_currency() {
        assert_eq!(raw(1, -500_000_000), euros(0, 500_000_000));
        let set = HashSet::from([raw(1, -500_000_000), euros(0, 500_000_000), euros(2, 0)]);
        assert_eq!(set.len(), 2);
        assert!(euros(-1, -1) < euros(-1, 0) && euros(0, 1) > euros(0, -1));

        let (dollars, none) = (Money::new("USD", 0, 0).unwrap(), Money::default());
        assert_ne!(euros(0, 0), dollars);
        assert_ne!(euros(0, 0), none);
        assert_eq!(euros(0, 0).partial_cmp(&dollars), None);
        assert_eq!(euros(0, 0).partial_cmp(&none), None);
        assert_eq!(none.partial_cmp(&Money::default()), Some(Ordering::Equal));
    }

    #[test]
    fn arithmetic_is_checked() {
        let different =
            MoneyError::DifferentCurrencies { left: "EUR".to_owned(), right: "USD".to_owned() };
        let dollars = Money::new("USD", 0, 0).unwrap();
        assert_eq!(euros(1, 0).checked_add(&dollars), Err(different.clone()));
        assert_eq!(euros(1, 0).checked_sub(&dollars), Err(different.clone()));
        assert_eq!(Money::checked_sum("EUR", [&euros(1, 0), &dollars]), Err(different.clone()));
        assert_eq!(different.to_string(), r#"amounts of different currencies: "EUR" and "USD""#);

        let [least, most] = EXTREMES.map(|(units, nanos)| euros(units, nanos));
        let nano = euros(0, 1);
        assert_eq!(most.checked_add(&nano), Err(MoneyError::Overflow));
        assert_eq!(least.checked_sub(&nano), Err(MoneyError::Overflow));
        assert_eq!(least.checked_neg(), Err(MoneyError::Overflow));
        assert_eq!(most.checked_neg(), Ok(euros(-i64::MAX, -999_999_999)));
        assert_eq!(raw(1, -500_000_000).checked_neg(), Ok(euros(0, -500_000_000)));
        let normal = raw(1, -500_000_000).checked_add(&euros(0, 0)).unwrap();
        assert_eq!((normal.units, normal.nanos), (0, 500_000_000));
    }

    #[test]
    fn only_the_final_sum_must_fit() {
        let [least, most] = EXTREMES.map(|(units, nanos)| euros(units, nanos));
        assert_eq!(Money::checked_sum("EUR", [&most, &most, &least, &least]), Ok(euros(-2, 0)));
        assert_eq!(Money::checked_sum("EUR", [&most, &most]), Err(MoneyError::Overflow));
        assert_eq!(Money::checked_sum("EUR", []), Ok(euros(0, 0)));
    }

    #[test]
    fn zero_without_a_currency_takes_the_others() {
        let sum = |amounts: &[Money]| amounts.iter().sum::<Result<Money, MoneyError>>();
        let (none, dollars) = (Money::default(), Money::new("USD", 1, 0).unwrap());
        assert_eq!(none.checked_add(&euros(1, 0)), Ok(euros(1, 0)));
        assert_eq!(euros(1, 0).checked_add(&none), Ok(euros(1, 0)));
        assert_eq!(none.checked_sub(&euros(1, 0)), Ok(euros(-1, 0)));
        assert_eq!(Money::checked_sum("EUR", [&none, &euros(1, 0)]), Ok(euros(1, 0)));

        assert_eq!(sum(&[]), Ok(none.clone()));
        assert_eq!(sum(&[none.clone(), euros(1, 0), none.clone()]), Ok(euros(1, 0)));
        // Zero euros are euros.
        assert!(sum(&[euros(1, 0), euros(-1, 0), dollars.clone()]).is_err());
        // A nonzero amount without a currency counts as having a currency of its own.
        let limit = Money::new("", 600, 0).unwrap();
        assert_eq!(sum(&[limit.clone(), limit.clone()]), Money::new("", 1200, 0));
        let different = limit.checked_add(&euros(1, 0)).unwrap_err();
        assert_eq!(sum(&[limit.clone(), euros(1, 0)]), Err(different));
        assert!(sum(&[euros(1, 0), limit.clone()]).is_err());
        // Their sum may be zero again, and is neutral then.
        let credit = limit.checked_neg().unwrap();
        assert_eq!(sum(&[limit, credit, euros(1, 0)]), Ok(euros(1, 0)));

        let mut total = Money::default();
        total.checked_add_assign(&euros(2, 0)).unwrap();
        assert!(total.checked_add_assign(&dollars).is_err());
        assert_eq!(total, euros(2, 0));
        let owned: Result<Money, MoneyError> = [euros(1, 0), euros(2, 0)].into_iter().sum();
        assert_eq!(owned, Ok(euros(3, 0)));
    }

    #[test]
    fn signs_and_zero_go_by_value() {
        assert!(Money::zero("EUR").is_zero() && raw(1, -1_000_000_000).is_zero());
        assert!(raw(1, -1_500_000_000).is_negative() && !raw(-1, 1_500_000_000).is_negative());
        assert_eq!(Money::zero("EUR"), euros(0, 0));
        assert_eq!(Decimal::from(euros(1, 500_000_000)).to_string(), "1.5");
        assert_eq!(euros(5, 0).total_cmp(&Money::zero("USD")), Ordering::Less);
        assert_eq!(raw(1, -500_000_000).total_cmp(&euros(0, 500_000_000)), Ordering::Equal);
    }

    #[test]
    fn decimals_are_exact_or_refused() {
        for (units, nanos) in EXTREMES {
            let money = euros(units, nanos);
            let decimal = money.to_decimal();
            assert_eq!(decimal.mantissa(), money.value());
            assert_eq!(Money::from_decimal("EUR", decimal), Ok(money));
        }
        let extreme = raw(i64::MIN, i32::MIN);
        assert_eq!(extreme.to_decimal().mantissa(), extreme.value());
        assert_eq!(euros(-5911, -170_000_000).to_decimal().to_string(), "-5911.17");

        let decimal = |text| Decimal::from_str(text).unwrap();
        for (text, expected) in [
            ("0.1234567891", Err(MoneyError::TooManyDecimals)),
            ("0.1234567890", Ok(euros(0, 123_456_789))),
            ("1.0000000000000000000", Ok(euros(1, 0))),
            ("-0.05", Ok(euros(0, -50_000_000))),
            ("9223372036854775808", Err(MoneyError::Overflow)),
            ("-9223372036854775808", Ok(euros(i64::MIN, 0))),
            ("79228162514264337593543950335", Err(MoneyError::Overflow)),
        ] {
            assert_eq!(Money::from_decimal("EUR", decimal(text)), expected, "{text}");
        }
    }

    #[test]
    fn numbers_strings_and_absent_parts_decode() {
        for body in [
            json!({"currency_code": "EUR", "units": -5911, "nanos": -170_000_000}),
            json!({"currency_code": "EUR", "units": "-5911", "nanos": "-170000000", "new": {}}),
        ] {
            let money: Money = serde_json::from_str(&body.to_string()).unwrap();
            assert_eq!((money.units, money.nanos), (-5911, -170_000_000));
        }
        for body in [
            json!({}),
            json!({"currency_code": null, "units": null, "nanos": null}),
            json!({"currency_code": "", "units": "", "nanos": ""}),
        ] {
            let money: Money = serde_json::from_str(&body.to_string()).unwrap();
            assert_eq!(money, Money::default());
        }
        let exact: Money = serde_json::from_str(r#"{"units": 9007199254740993}"#).unwrap();
        assert_eq!(exact.units, 9_007_199_254_740_993);
        for body in [
            r#"{"units": 1.5}"#,
            r#"{"units": "1.5"}"#,
            r#"{"nanos": 3000000000}"#,
            r#"{"units": 9223372036854775808}"#,
            r#"{"units": true}"#,
            r#"{"currency_code": 978}"#,
        ] {
            assert!(serde_json::from_str::<Money>(body).is_err(), "{body}");
        }
    }

    #[test]
    fn encodes_numbers() {
        assert_eq!(
            serde_json::to_value(euros(-5911, -170_000_000)).unwrap(),
            json!({"currency_code": "EUR", "units": -5911, "nanos": -170_000_000})
        );
    }

    fn any_money() -> impl Strategy<Value = Money> {
        let units = prop_oneof![any::<i64>(), -20..20_i64, Just(i64::MIN), Just(i64::MAX)];
        let nanos = prop_oneof![any::<i32>(), Just(0), (-20..20).prop_map(|n| n * 50_000_000)];
        (units, nanos).prop_map(|(units, nanos)| raw(units, nanos))
    }

    proptest! {
        #[test]
        fn a_stored_amount_follows_the_rules(units: i64, nanos: i32) {
            if let Ok(money) = Money::new("EUR", units, nanos) {
                prop_assert!(nanos.abs() < 1_000_000_000);
                prop_assert!(units == 0 || nanos == 0 || (units < 0) == (nanos < 0));
                prop_assert_eq!(Money::from_value("EUR".to_owned(), money.value()), Ok(money));
            }
        }

        #[test]
        fn json_and_decimals_round_trip(money in any_money()) {
            let json = serde_json::to_string(&money).unwrap();
            let back: Money = serde_json::from_str(&json).unwrap();
            prop_assert_eq!((back.units, back.nanos), (money.units, money.nanos));
            let decimal = Decimal::from(&money);
            match Money::from_decimal("EUR", decimal) {
                Ok(back) => prop_assert_eq!(back, money),
                Err(error) => prop_assert_eq!(
                    (error, money.checked_add(&euros(0, 0))),
                    (MoneyError::Overflow, Err(MoneyError::Overflow))
                ),
            }
        }

        #[test]
        fn arithmetic_agrees_with_whole_numbers(a in any_money(), b in any_money()) {
            let expected = |value| Money::from_value("EUR".to_owned(), value);
            prop_assert_eq!(a.checked_add(&b), expected(a.value() + b.value()));
            prop_assert_eq!(a.checked_sub(&b), expected(a.value() - b.value()));
            prop_assert_eq!(a.checked_neg(), expected(-a.value()));
            prop_assert_eq!(Money::checked_sum("EUR", [&a, &b]), a.checked_add(&b));
            if let Ok(sum) = a.checked_add(&b) {
                prop_assert!(Money::new("EUR", sum.units, sum.nanos).is_ok());
            }
        }

        #[test]
        fn order_agrees_with_decimals(a in any_money(), b in any_money()) {
            prop_assert_eq!(a.partial_cmp(&b), Some(a.to_decimal().cmp(&b.to_decimal())));
            prop_assert_eq!(a == b, a.to_decimal() == b.to_decimal());
        }

        #[test]
        fn display_agrees_with_decimals(money in any_money()) {
            let text = money.to_string();
            let amount = text.strip_suffix(" EUR").unwrap();
            prop_assert_eq!(Decimal::from_str(amount).unwrap(), money.to_decimal());
            let decimals = amount.split_once('.').unwrap().1;
            prop_assert!(decimals.len() == 2 || (3..=9).contains(&decimals.len()) && !decimals.ends_with('0'));
        }
    }
}
