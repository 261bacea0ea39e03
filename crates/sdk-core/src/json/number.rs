//! Integers, and strings that may be numbers.

use std::{any::type_name, fmt, marker::PhantomData, str::FromStr};

use serde::{
    Deserializer,
    de::{Error as _, Unexpected, Visitor},
};
use serde_with::DeserializeAs;

use super::{
    amount::parse_decimal,
    literal::{content, literal},
};

/// An integer written as a JSON number or as a string.
///
/// A number without a fraction is an integer, also as `1.0`. A negative number where only a
/// positive one makes sense is `None`. An integer that the type cannot hold is an error.
#[derive(Debug)]
pub struct Number;

/// An integer as [`Number`] reads it; `None` for any other number or string, such as an integer that
/// the type cannot hold.
///
/// It is for what a response can do without: never for an amount.
#[derive(Debug)]
pub struct AnyNumber;

/// What integers are made of.
trait Integer: FromStr + TryFrom<u64> + TryFrom<i64> {}

impl<T: FromStr + TryFrom<u64> + TryFrom<i64>> Integer for T {}

impl<'de, T: Integer> DeserializeAs<'de, Option<T>> for Number {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(NumberVisitor { lenient: false, integer: PhantomData })
    }
}

impl<'de, T: Integer> DeserializeAs<'de, Option<T>> for AnyNumber {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(NumberVisitor { lenient: true, integer: PhantomData })
    }
}

struct NumberVisitor<T> {
    /// Whether a number or string that is not such an integer is `None`.
    lenient: bool,
    integer: PhantomData<T>,
}

impl<T: Integer> NumberVisitor<T> {
    fn refuse<E: serde::de::Error>(&self, unexpected: Unexpected<'_>) -> Result<Option<T>, E> {
        match self.lenient {
            true => Ok(None),
            false => Err(E::invalid_value(unexpected, self)),
        }
    }
}

impl<T: Integer> Visitor<'_> for NumberVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an integer ({}) or the same as a string", type_name::<T>())
    }

    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Option<T>, E> {
        match T::try_from(value) {
            Ok(number) => Ok(Some(number)),
            Err(_) => self.refuse(Unexpected::Unsigned(value)),
        }
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Option<T>, E> {
        match T::try_from(value) {
            Ok(number) => Ok(Some(number)),
            Err(_) if value < 0 && T::try_from(-1_i64).is_err() => Ok(None),
            Err(_) => self.refuse(Unexpected::Signed(value)),
        }
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Option<T>, E> {
        /// Up to here a floating-point number holds every integer.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match format!("{value}").parse() {
            Ok(integer) if value.abs() <= EXACT => self.visit_i64(integer),
            _ => self.refuse(Unexpected::Float(value)),
        }
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Option<T>, E> {
        let text = value.trim();
        if text.is_empty() {
            return Ok(None);
        }
        if let Ok(number) = text.parse() {
            return Ok(Some(number));
        }
        // Such as `1.0`, or a negative number for an unsigned one.
        let integer = parse_decimal(text).map(|number| number.normalize().to_string().parse());
        match integer {
            Ok(Ok(integer)) => self.visit_i64(integer),
            _ => self.refuse(Unexpected::Str(value)),
        }
    }
}

/// A string, or a number in its place, which becomes the text of its digits.
///
/// A number without a fraction loses its decimal point: `4100001.0` is `4100001`.
#[derive(Debug)]
pub struct Text;

impl<'de, T: From<String>> DeserializeAs<'de, Option<T>> for Text {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        let literal = &*literal(deserializer)?;
        let text = match content(literal) {
            Some(text) => text.into_owned(),
            None if literal == "null" => return Ok(None),
            None if literal.ends_with(|last: char| last.is_ascii_digit()) => digits(literal),
            None => {
                let reason = format_args!("expected a string or a number, not {literal}");
                return Err(D::Error::custom(reason));
            }
        };
        Ok(Some(text.into()))
    }
}

/// The digits of a literal number, without a point if it is an integer.
fn digits(literal: &str) -> String {
    if literal.contains(['.', 'e', 'E'])
        && let Ok(number) = parse_decimal(literal)
        && number.is_integer()
    {
        return number.normalize().to_string();
    }
    literal.to_owned()
}
