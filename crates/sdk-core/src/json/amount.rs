//! Amounts of money and quantities, digit for digit.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserializer, Serializer, de::Error as _};
use serde_with::{DeserializeAs, SerializeAs};

use super::literal::{content, literal};

/// A decimal amount written as a JSON number or as a string, kept digit for digit.
///
/// A [`Decimal`] has at most 28 decimal places and some 28 significant digits. Decimal places
/// beyond either limit are rounded, half away from zero: a service that computes in floating point
/// leaves remainders such as `7.105427357601002e-15`, and pads with zeros. An amount whose digits
/// before the decimal point do not fit is an error. Trailing zeros within the limits are kept, so
/// `0.00` has two decimal places. A string may have blanks around the amount, a plus sign, and no
/// digit before the point.
///
/// An amount is serialized as a string.
#[derive(Debug)]
pub struct Amount;

impl<'de> DeserializeAs<'de, Option<Decimal>> for Amount {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
        let literal = &*literal(deserializer)?;
        let refuse = |reason| D::Error::custom(format_args!("{reason}: {literal}"));
        let amount = match content(literal) {
            Some(text) => match text.trim() {
                "" => return Ok(None),
                text => {
                    let unsigned = text.strip_prefix('+').filter(|rest| !rest.starts_with('-'));
                    parse_decimal(unsigned.unwrap_or(text))
                }
            },
            None if literal == "null" => return Ok(None),
            None => parse_decimal(literal),
        };
        amount.map(Some).map_err(refuse)
    }
}

impl SerializeAs<Decimal> for Amount {
    fn serialize_as<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }
}

impl SerializeAs<Option<Decimal>> for Amount {
    fn serialize_as<S: Serializer>(
        value: &Option<Decimal>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => serializer.collect_str(value),
            None => serializer.serialize_none(),
        }
    }
}

pub(super) const NOT_DECIMAL: &str = "not a decimal amount";
pub(super) const TOO_LARGE: &str = "too large for a decimal amount";

/// Reads a decimal in JSON's notation, exponent included; its first digit may be missing.
pub(super) fn parse_decimal(text: &str) -> Result<Decimal, &'static str> {
    if let Some(amount) = parse_short_decimal(text) {
        return Ok(amount);
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = mantissa.strip_prefix('-').unwrap_or(mantissa);
    // The last digit is due, the first one before a point is not.
    let (whole, fraction) = digits.split_once('.').unwrap_or(("", digits));
    if fraction.is_empty() || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return Err(NOT_DECIMAL);
    }
    let amount = match exponent {
        None => Decimal::from_str(mantissa),
        Some(exponent) => match shift(mantissa, exponent)? {
            Some(text) => Decimal::from_str(&text),
            None => return Ok(Decimal::ZERO),
        },
    };
    let mut amount = amount.map_err(|_| TOO_LARGE)?;
    if amount.is_zero() {
        amount.set_sign_positive(true);
    }
    Ok(amount)
}

/// Reads a decimal of 18 characters at most and no exponent, which nearly all are; `None` if it is
/// anything else.
pub(super) fn parse_short_decimal(text: &str) -> Option<Decimal> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    // So many digits fit.
    if digits.len() > 18 || !digits.last().is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let (mut value, mut point) = (0_i64, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = value * 10 + i64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let places = point.map_or(0, |point| digits.len() - point - 1);
    Some(Decimal::new(if negative { -value } else { value }, u32::try_from(places).ok()?))
}

/// Moves the decimal point of a mantissa by an exponent. `None` if nothing but zero remains.
fn shift(mantissa: &str, exponent: &str) -> Result<Option<String>, &'static str> {
    /// More places than a decimal can hold, on either side of the point.
    const FAR: i64 = 64;
    let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NOT_DECIMAL);
    }
    let (sign, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", mantissa),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let leading = whole.len();
    let digits = format!("{whole}{fraction}");
    let first = digits.bytes().position(|digit| digit != b'0');
    let Some(first) = first else { return Ok(None) };
    // An exponent beyond 64 bits is as far away as any other.
    let end = if exponent.starts_with('-') { i64::MIN } else { i64::MAX };
    let exponent = exponent.parse().unwrap_or(end);
    let point = exponent.saturating_add(i64::try_from(leading).unwrap_or(i64::MAX));
    // How many digits stand before the point, without leading zeros.
    match point.saturating_sub(i64::try_from(first).unwrap_or(i64::MAX)) {
        FAR.. => Err(TOO_LARGE),
        ..0 if point < -FAR => Ok(None),
        _ => Ok(Some(match usize::try_from(point) {
            Ok(point) if point >= digits.len() => format!("{sign}{digits:0<point$}"),
            Ok(point) => format!("{sign}{}.{}", &digits[..point], &digits[point..]),
            Err(_) => {
                let zeros = usize::try_from(point.unsigned_abs()).unwrap_or_default();
                format!("{sign}0.{:0<zeros$}{digits}", "")
            }
        })),
    }
}
