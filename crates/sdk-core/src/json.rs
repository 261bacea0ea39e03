//! Lenient and exact decoding of what vendors call JSON.
//!
//! The adapters go into `#[serde(with = "As::<…>")]` of a generated model, together with those of
//! `serde_with` that are re-exported here. Each decodes an `Option`, which is `None` where the
//! service sends null or an empty string in place of a value:
//!
//! | adapter | accepts |
//! |---|---|
//! | [`Amount`] | a decimal as a number or a string, digit for digit |
//! | [`Number`] | an integer as a number or a string |
//! | [`AnyNumber`] | the same; any other number or string is `None` |
//! | [`Text`] | a string, or a number in its place |
//! | [`Instant`] | a date and time, also without time zone, seconds or time |
//! | [`AnyInstant`] | the same; any other string or number is `None` |
//! | [`EmptyAsNone`] | whatever the type reads from a string |
//! | [`Plain`] | whatever the type reads |
//! | [`Object`] | an object, whatever its keys; never a list in its place |
//! | [`Item`] | an object with at least one expected key |
//!
//! These build on them:
//!
//! | adapter | accepts |
//! |---|---|
//! | [`List`] | a list; null elements are skipped, and null is an empty list |
//! | [`OneOrMany`] | the same, or one object in place of the list |
//! | [`Maybe`] | what the inner adapter accepts, or null |
//! | [`OrDefault`] | what the inner adapter accepts; `None` becomes the default |
//! | [`Required`] | an object with at least one expected key, never null |
//! | [`Strict`] | an object without unknown keys, as in a request |
//!
//! # Input
//!
//! Over a string or a slice ([`from_slice`], `serde_json::from_str`, `serde_json::from_slice`),
//! amounts and texts are read from the literal text of the document, digit for digit. Any other
//! self-describing format works as well, such as `serde_json::from_value` and
//! `serde_json::from_reader`. A [`serde_json::Value`], and most of the other formats, hold a number
//! with a fraction as an `f64`: more than 15 significant digits are rounded there. Amounts that
//! this module writes are strings, and stay exact.

use std::{
    any::type_name, borrow::Cow, cell::Cell, collections::VecDeque, fmt, marker::PhantomData,
    str::FromStr,
};

use ::base64::Engine as _;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use rust_decimal::Decimal;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{
        DeserializeOwned, DeserializeSeed, Error as _, IntoDeserializer, MapAccess, SeqAccess,
        Unexpected, Visitor, value::MapAccessDeserializer,
    },
    forward_to_deserialize_any,
};
use serde_json::value::RawValue;
pub use serde_with::{
    As, DefaultOnNull, DeserializeAs, Same, SerializeAs, base64::Base64, de::DeserializeAsWrap,
    rust::double_option,
};

use crate::{Error, ErrorKind};

/// What these adapters decode is serialized as any other value of its type.
macro_rules! serialize_as_is {
    ($($adapter:ident),*) => {$(
        impl<T: Serialize> SerializeAs<T> for $adapter {
            fn serialize_as<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
                value.serialize(serializer)
            }
        }
    )*};
}

serialize_as_is!(
    Number,
    AnyNumber,
    Text,
    Instant,
    AnyInstant,
    EmptyAsNone,
    Plain,
    Object,
    Item,
    Required,
    Strict
);

/// The literal JSON text of a value: where it stands in the document, or, over anything that is not
/// a document in memory, as it would be written.
///
/// It borrows from the document if it can. It deserializes from any self-describing format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal<'de>(Cow<'de, str>);

impl Literal<'_> {
    /// The text.
    #[must_use]
    pub fn get(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Literal<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // `&RawValue` is what borrows, but it fails over text that is not in memory, and over other
        // formats. What there is instead is kept on the way to it.
        let kept = Cell::new(None);
        match <&RawValue>::deserialize(Keep { inner: deserializer, kept: &kept }) {
            Ok(raw) => Ok(Self(Cow::Borrowed(raw.get()))),
            Err(error) => kept.take().map(|text| Self(Cow::Owned(text))).ok_or(error),
        }
    }
}

impl Serialize for Literal<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = RawValue::from_string(self.0.clone().into_owned());
        raw.map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

/// Passes everything on to `inner`, and keeps the text of a value that a `&RawValue` refuses.
struct Keep<'a, T> {
    inner: T,
    kept: &'a Cell<Option<String>>,
}

impl<'a, T> Keep<'a, T> {
    fn around<U>(&self, inner: U) -> Keep<'a, U> {
        Keep { inner, kept: self.kept }
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Keep<'_, D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        let visitor = self.around(visitor);
        self.inner.deserialize_any(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = self.around(visitor);
        self.inner.deserialize_newtype_struct(name, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Keep<'_, V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let map = self.around(map);
        self.inner.visit_map(map)
    }

    /// The fallback for formats without raw values.
    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<V::Value, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        self.kept.set(Some(value.to_string()));
        Err(D::Error::custom("the value is not in a document"))
    }

    fn visit_borrowed_str<E: serde::de::Error>(self, text: &'de str) -> Result<V::Value, E> {
        self.inner.visit_borrowed_str(text)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<V::Value, E> {
        self.kept.set(Some(text.to_owned()));
        self.inner.visit_str(text)
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Keep<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        self.inner.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        let seed = self.around(seed);
        self.inner.next_value_seed(seed)
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Keep<'_, S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        let deserializer = self.around(deserializer);
        self.inner.deserialize(deserializer)
    }
}

/// The literal text of a value.
fn literal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'de, str>, D::Error> {
    Literal::deserialize(deserializer).map(|literal| literal.0)
}

/// What a literal string contains; `None` if the literal is not a string.
fn content(literal: &str) -> Option<Cow<'_, str>> {
    let quoted = literal.strip_prefix('"')?.strip_suffix('"')?;
    if quoted.contains('\\') {
        return serde_json::from_str(literal).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(quoted))
}

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

const NOT_DECIMAL: &str = "not a decimal amount";
const TOO_LARGE: &str = "too large for a decimal amount";

/// Reads a decimal in JSON's notation, exponent included; its first digit may be missing.
fn parse_decimal(text: &str) -> Result<Decimal, &'static str> {
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
fn parse_short_decimal(text: &str) -> Option<Decimal> {
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

/// A date and time by RFC 3339. One without a time zone is in UTC, one without seconds is at the full
/// minute, and a mere date is midnight UTC. `0000-00-00`, by which some databases mean no date, is
/// `None`, with a time or without.
#[derive(Debug)]
pub struct Instant;

/// A date and time as [`Instant`] reads it; `None` for any other string or number.
///
/// It is for vendors that have written dates in more than one form: an invoice does not fail because
/// of its date.
#[derive(Debug)]
pub struct AnyInstant;

impl<'de> DeserializeAs<'de, Option<DateTime<Utc>>> for Instant {
    fn deserialize_as<D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        deserializer.deserialize_any(InstantVisitor { lenient: false })
    }
}

impl<'de> DeserializeAs<'de, Option<DateTime<Utc>>> for AnyInstant {
    fn deserialize_as<D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        deserializer.deserialize_any(InstantVisitor { lenient: true })
    }
}

struct InstantVisitor {
    /// Whether a string or number that is not a date is `None`.
    lenient: bool,
}

impl InstantVisitor {
    fn refuse<E: serde::de::Error>(
        &self,
        unexpected: Unexpected<'_>,
    ) -> Result<Option<DateTime<Utc>>, E> {
        match self.lenient {
            true => Ok(None),
            false => Err(E::invalid_value(unexpected, self)),
        }
    }
}

impl Visitor<'_> for InstantVisitor {
    type Value = Option<DateTime<Utc>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date and time by RFC 3339")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        self.refuse(Unexpected::Unsigned(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        self.refuse(Unexpected::Signed(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
        self.refuse(Unexpected::Float(value))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if let Some(instant) = parse_utc(text) {
            return Ok(Some(instant));
        }
        let text = text.trim();
        if text.is_empty() || text.starts_with("0000-00-00") {
            return Ok(None);
        }
        match parse_instant(text) {
            Some(instant) => Ok(Some(instant)),
            None => self.refuse(Unexpected::Str(text)),
        }
    }
}

/// Reads a date and time in any of the forms that are not [the usual one](parse_utc).
fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(zoned) = text.parse() {
        return Some(zoned);
    }
    let text = text.replacen(' ', "T", 1);
    if let Ok(zoneless) = text.parse::<NaiveDateTime>() {
        return Some(zoneless.and_utc());
    }
    if let Ok(zoned) = DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M%#z") {
        return Some(zoned.into());
    }
    let minute = text.strip_suffix(['Z', 'z']).unwrap_or(&text);
    if let Ok(minute) = NaiveDateTime::parse_from_str(minute, "%Y-%m-%dT%H:%M") {
        return Some(minute.and_utc());
    }
    let date: NaiveDate = text.parse().ok()?;
    Some(date.and_time(NaiveTime::MIN).and_utc())
}

/// Reads `2026-05-01T00:59:59.999999Z` and the like, which nearly all are; `None` if it is anything
/// else.
pub(crate) fn parse_utc(text: &str) -> Option<DateTime<Utc>> {
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
        })
    };
    let (date, rest) = text.as_bytes().split_first_chunk::<19>()?;
    let [y1, y2, y3, y4, b'-', o1, o2, b'-', d1, d2, b'T', h1, h2, b':', m1, m2, b':', s1, s2] =
        *date
    else {
        return None;
    };
    let nanos = match rest {
        b"Z" => 0,
        [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) => {
            let places = u32::try_from(digits.len()).ok()?;
            number(digits)? * 10_u32.pow(9 - places)
        }
        _ => return None,
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, number(&[o1, o2])?, number(&[d1, d2])?)?;
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
    Some(day.and_hms_nano_opt(hour, minute, second, nanos)?.and_utc())
}

/// A value that is written as a string, which may be empty.
#[derive(Debug)]
pub struct EmptyAsNone;

impl<'de, T: Deserialize<'de>> DeserializeAs<'de, Option<T>> for EmptyAsNone {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(StringVisitor(PhantomData))
    }
}

struct StringVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for StringVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Option<T>, E> {
        match text.trim() {
            "" => Ok(None),
            _ => T::deserialize(text.into_deserializer()).map(Some),
        }
    }
}

/// Whatever the type reads.
#[derive(Debug)]
pub struct Plain;

impl<'de, T: Deserialize<'de>> DeserializeAs<'de, Option<T>> for Plain {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        Option::deserialize(deserializer)
    }
}

/// An object, whatever its keys.
///
/// Without it, a derived model would take a list for an object.
#[derive(Debug)]
pub struct Object;

/// An object in a list, with at least one expected key.
///
/// Without it, an unrelated object would be taken for one whose every field is missing: the data
/// would vanish without a word.
#[derive(Debug)]
pub struct Item;

impl<'de, T: Deserialize<'de>> DeserializeAs<'de, Option<T>> for Object {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_option(OptionVisitor { keys: Keys::Any, model: PhantomData })
    }
}

impl<'de, T: Deserialize<'de>> DeserializeAs<'de, Option<T>> for Item {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_option(OptionVisitor { keys: Keys::Some, model: PhantomData })
    }
}

/// An object with at least one expected key, never null: what a response is about.
#[derive(Debug)]
pub struct Required;

impl<'de, T: Deserialize<'de>> DeserializeAs<'de, T> for Required {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        T::deserialize(Guarded { deserializer, keys: Keys::Some })
    }
}

/// An object without unknown keys: part of a request, whose misspelt keys must not be lost.
#[derive(Debug)]
pub struct Strict;

impl<'de, T: Deserialize<'de>> DeserializeAs<'de, T> for Strict {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        T::deserialize(Guarded { deserializer, keys: Keys::Known })
    }
}

/// Which keys an object must have, and which it may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keys {
    Any,
    /// At least one that the model knows.
    Some,
    /// At least one known key, or no key at all.
    SomeOrNone,
    /// Only those that the model knows.
    Known,
}

struct OptionVisitor<T> {
    keys: Keys,
    model: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for OptionVisitor<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        T::deserialize(Guarded { deserializer, keys: self.keys }).map(Some)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<T>, A::Error> {
        self.visit_some(MapAccessDeserializer::new(map))
    }
}

/// Passes an object to a derived model, and in this way learns the model's keys. A type that is
/// deserialized by hand chooses what it takes.
struct Guarded<D> {
    deserializer: D,
    keys: Keys,
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Guarded<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.deserializer.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.deserializer.deserialize_option(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.deserializer.deserialize_newtype_struct(name, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.deserializer.deserialize_map(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let keys = self.keys;
        self.deserializer.deserialize_map(ObjectVisitor { visitor, fields, keys })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf
        unit unit_struct seq tuple tuple_struct enum identifier ignored_any
    }
}

struct ObjectVisitor<V> {
    visitor: V,
    fields: &'static [&'static str],
    keys: Keys,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for ObjectVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let Self { visitor, fields, keys } = self;
        match keys {
            Keys::Any => visitor.visit_map(map),
            _ => visitor.visit_map(KnownKeys { map, fields, keys, found: false, stranger: None }),
        }
    }
}

/// Passes an object on, and objects to its keys.
struct KnownKeys<A> {
    map: A,
    fields: &'static [&'static str],
    keys: Keys,
    found: bool,
    stranger: Option<String>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for KnownKeys<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let Self { map, fields, keys, found, stranger } = self;
        let note = |key: &str| {
            if *found && *keys != Keys::Known {
                return;
            }
            if fields.contains(&key) {
                *found = true;
            } else if stranger.is_none() {
                *stranger = Some(key.to_owned());
            }
        };
        let key = map.next_key_seed(Key { seed, note })?;
        match (&self.stranger, self.keys) {
            (Some(stranger), Keys::Known) => Err(A::Error::unknown_field(stranger, self.fields)),
            _ if key.is_some() || self.found => Ok(key),
            (Some(stranger), _) => Err(A::Error::custom(format_args!(
                "the object has none of the expected keys ({}), but `{stranger}`",
                self.fields.join(", ")
            ))),
            (None, Keys::Some) => Err(A::Error::custom(format_args!(
                "the object is empty, and has none of the expected keys ({})",
                self.fields.join(", ")
            ))),
            (None, _) => Ok(key),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.map.size_hint()
    }
}

/// Reads a key where it stands, and shows it to `note`.
struct Key<K, N> {
    seed: K,
    note: N,
}

impl<'de, K: DeserializeSeed<'de>, N: FnOnce(&str)> DeserializeSeed<'de> for Key<K, N> {
    type Value = K::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, K: DeserializeSeed<'de>, N: FnOnce(&str)> Visitor<'de> for Key<K, N> {
    type Value = K::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<K::Value, E> {
        (self.note)(key);
        self.seed.deserialize(key.into_deserializer())
    }
}

/// A list whose elements `U` decodes. Null elements are skipped, and null is an empty list.
#[derive(Debug)]
pub struct List<U = Plain>(PhantomData<U>);

/// The same for a list of objects, or one of them in its place. An empty object is an empty list.
#[derive(Debug)]
pub struct OneOrMany;

impl<'de, T, U: DeserializeAs<'de, Option<T>>> DeserializeAs<'de, Vec<T>> for List<U> {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_any(ListVisitor::<T, U>(PhantomData))
    }
}

impl<'de, T: Deserialize<'de>> DeserializeAs<'de, Vec<T>> for OneOrMany {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_any(OneOrManyVisitor(PhantomData))
    }
}

impl<T, U: SerializeAs<T>> SerializeAs<Vec<T>> for List<U> {
    fn serialize_as<S: Serializer>(value: &Vec<T>, serializer: S) -> Result<S::Ok, S::Error> {
        <Vec<U> as SerializeAs<Vec<T>>>::serialize_as(value, serializer)
    }
}

impl<T: Serialize> SerializeAs<Vec<T>> for OneOrMany {
    fn serialize_as<S: Serializer>(value: &Vec<T>, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }
}

struct ListVisitor<T, U>(PhantomData<(T, U)>);

impl<'de, T, U: DeserializeAs<'de, Option<T>>> Visitor<'de> for ListVisitor<T, U> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element::<DeserializeAsWrap<Option<T>, U>>()? {
            if let Some(element) = element.into_inner() {
                elements.push(element);
            }
        }
        Ok(elements)
    }
}

struct OneOrManyVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrManyVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list of objects")
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(Vec::new())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vec<T>, A::Error> {
        let empty = Cell::new(true);
        let deserializer = MapAccessDeserializer::new(Watched { map, empty: &empty });
        let one = T::deserialize(Guarded { deserializer, keys: Keys::SomeOrNone })?;
        Ok(if empty.get() { Vec::new() } else { vec![one] })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<T>, A::Error> {
        ListVisitor::<T, Item>(PhantomData).visit_seq(list)
    }
}

/// Passes an object on, and takes note once it has a key.
struct Watched<'a, A> {
    map: A,
    empty: &'a Cell<bool>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Watched<'_, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let key = self.map.next_key_seed(seed)?;
        if key.is_some() {
            self.empty.set(false);
        }
        Ok(key)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }
}

/// What `U` decodes, or `None` where there is null.
#[derive(Debug)]
pub struct Maybe<U>(PhantomData<U>);

impl<'de, T, U: DeserializeAs<'de, T>> DeserializeAs<'de, Option<T>> for Maybe<U> {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        <Option<U> as DeserializeAs<'de, Option<T>>>::deserialize_as(deserializer)
    }
}

impl<T, U: SerializeAs<T>> SerializeAs<T> for Maybe<U> {
    fn serialize_as<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        U::serialize_as(value, serializer)
    }
}

/// What `U` decodes, or the default where it finds nothing.
#[derive(Debug)]
pub struct OrDefault<U>(PhantomData<U>);

impl<'de, T: Default, U: DeserializeAs<'de, Option<T>>> DeserializeAs<'de, T> for OrDefault<U> {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        U::deserialize_as(deserializer).map(Option::unwrap_or_default)
    }
}

impl<T, U: SerializeAs<T>> SerializeAs<T> for OrDefault<U> {
    fn serialize_as<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        U::serialize_as(value, serializer)
    }
}

/// A former spelling of a key, and the present one.
pub type Former = (&'static str, &'static str);

/// A deserializer for a model with former spellings of some keys.
///
/// The model has each former spelling as an alias. Where an object has both spellings of a key, the
/// present one is decoded, unless it is null.
#[derive(Debug)]
pub struct FormerKeys<D> {
    deserializer: D,
    former: &'static [Former],
}

impl<D> FormerKeys<D> {
    /// Wraps the deserializer of the model.
    pub fn new(deserializer: D, former: &'static [Former]) -> Self {
        Self { deserializer, former }
    }
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for FormerKeys<D> {
    type Error = D::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, D::Error> {
        self.deserializer.deserialize_any(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        let visitor = FormerVisitor { visitor, former: self.former };
        self.deserializer.deserialize_struct(name, fields, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

struct FormerVisitor<V> {
    visitor: V,
    former: &'static [Former],
}

impl<'de, V: Visitor<'de>> Visitor<'de> for FormerVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let Self { visitor, former } = self;
        let spellings = former
            .iter()
            .fold(0, |all, (former, present)| all | outline(former) | outline(present));
        let (kept, value, rest) = (Vec::new(), None, VecDeque::new());
        let (present, open) = (0, 0);
        visitor.visit_map(FormerAccess { map, former, spellings, present, open, kept, value, rest })
    }
}

/// Passes an object on, with former spellings last, and only where the present one is missing. The
/// value of a former spelling takes the place of a null.
struct FormerAccess<'de, A> {
    map: A,
    former: &'static [Former],
    /// The outlines of all spellings.
    spellings: u64,
    /// A bit for each present spelling that has come: that of its first pair.
    present: u64,
    /// The bit of the key that was passed on last, if that is a present spelling.
    open: u64,
    /// The former spellings that have come, by pair, with their values. None is null.
    kept: Vec<(usize, Literal<'de>)>,
    /// The key that was passed on last, with its value, if that was read before.
    value: Option<(Cow<'static, str>, Literal<'de>)>,
    /// What stood between a null and the former spelling that takes its place.
    rest: VecDeque<(String, Literal<'de>)>,
}

/// One bit of 64, by the length and the first letter: most keys are told from all spellings by it.
#[inline]
fn outline(key: &str) -> u64 {
    let first = key.bytes().next().unwrap_or_default();
    1 << ((usize::from(first) + key.len()) % 64)
}

/// The bit of a present spelling. No model has more than 64.
fn bit(former: &[Former], key: &str) -> u64 {
    let pair = former.iter().position(|(_, present)| *present == key);
    let pair = pair.and_then(|pair| u32::try_from(pair).ok());
    pair.and_then(|pair| 1_u64.checked_shl(pair)).unwrap_or_default()
}

const NULL: &str = "null";

impl<'de, A: MapAccess<'de>> FormerAccess<'de, A> {
    fn keep(&mut self, pair: usize, value: Literal<'de>) {
        if value.get() != NULL {
            self.kept.push((pair, value));
        }
    }

    /// What takes the place of the null of a present spelling: the value of a former one, or that
    /// null. It reads on as far as it must, and puts the other keys aside.
    fn instead_of_null(
        &mut self,
        present: u64,
    ) -> Result<(Cow<'static, str>, Literal<'de>), A::Error> {
        let former = self.former;
        let stands_for = |pair: usize| {
            let (_, spelling) = former.get(pair)?;
            (bit(former, spelling) == present).then_some(())
        };
        let found = |key: &str, value: &Literal<'_>| {
            let pair = former.iter().position(|(former, _)| *former == key)?;
            stands_for(pair).filter(|()| value.get() != NULL)
        };
        if let Some(at) = self.kept.iter().rposition(|(pair, _)| stands_for(*pair).is_some()) {
            let (pair, value) = self.kept.remove(at);
            let key = former.get(pair).map_or("", |(former, _)| former);
            return Ok((Cow::Borrowed(key), value));
        }
        let at = self.rest.iter().position(|(key, value)| found(key, value).is_some());
        if let Some((key, value)) = at.and_then(|at| self.rest.remove(at)) {
            return Ok((Cow::Owned(key), value));
        }
        while let Some((key, value)) = self.map.next_entry::<String, Literal<'de>>()? {
            if found(&key, &value).is_some() {
                return Ok((Cow::Owned(key), value));
            }
            self.rest.push_back((key, value));
        }
        let pair = usize::try_from(present.trailing_zeros()).unwrap_or_default();
        let key = former.get(pair).map_or("", |(_, present)| present);
        Ok((Cow::Borrowed(key), Literal(Cow::Borrowed(NULL))))
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for FormerAccess<'de, A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let mut seed = Some(seed);
        loop {
            let (former, spellings) = (self.former, self.spellings);
            let (present, open) = (&mut self.present, &mut self.open);
            let key = FormerKey { seed: &mut seed, former, spellings, present, open };
            if let Some((name, value)) = self.rest.pop_front() {
                match key.deserialize(name.as_str().into_deserializer())? {
                    Read::Key(key) => {
                        self.value = Some((Cow::Owned(name), value));
                        return Ok(Some(key));
                    }
                    Read::Former(pair) => self.keep(pair, value),
                }
                continue;
            }
            match self.map.next_key_seed(key)? {
                Some(Read::Key(key)) => return Ok(Some(key)),
                Some(Read::Former(pair)) => {
                    let value = self.map.next_value()?;
                    self.keep(pair, value);
                }
                None => break,
            }
        }
        let Some(seed) = seed else { return Ok(None) };
        while let Some((pair, value)) = self.kept.pop() {
            let Some((former, present)) = self.former.get(pair).copied() else { continue };
            let bit = bit(self.former, present);
            if self.present & bit == 0 {
                // It stands for the present spelling, so that no other one does.
                self.present |= bit;
                self.value = Some((Cow::Borrowed(former), value));
                return seed.deserialize(former.into_deserializer()).map(Some);
            }
        }
        Ok(None)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        let open = std::mem::take(&mut self.open);
        let (seed, (key, value)) = match self.value.take() {
            None if open == 0 => return self.map.next_value_seed(seed),
            None => match self.map.next_value_seed(UnlessNull(seed))? {
                Ok(value) => return Ok(value),
                Err(seed) => (seed, self.instead_of_null(open)?),
            },
            Some((_, value)) if open != 0 && value.get() == NULL => {
                (seed, self.instead_of_null(open)?)
            }
            Some(kept) => (seed, kept),
        };
        // The path of an error ends where the value was kept, and goes on from there.
        let mut track = serde_path_to_error::Track::new();
        let read = match value.0 {
            Cow::Borrowed(text) => {
                let mut document = serde_json::Deserializer::from_str(text);
                seed.deserialize(serde_path_to_error::Deserializer::new(&mut document, &mut track))
            }
            Cow::Owned(text) => {
                let value: serde_json::Value =
                    serde_json::from_str(&text).map_err(A::Error::custom)?;
                seed.deserialize(serde_path_to_error::Deserializer::new(value, &mut track))
            }
        };
        read.map_err(|error| {
            let (path, dot) = match track.path().to_string() {
                path if path == "." => (String::new(), ""),
                path if path.starts_with('[') => (path, ""),
                path => (path, "."),
            };
            A::Error::custom(format_args!("at `{key}{dot}{path}`: {error}"))
        })
    }
}

/// Reads a value, or returns the seed where there is null.
struct UnlessNull<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for UnlessNull<S> {
    type Value = Result<S::Value, S>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de, S: DeserializeSeed<'de>> Visitor<'de> for UnlessNull<S> {
    type Value = Result<S::Value, S>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Err(self.0))
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Err(self.0))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        self.0.deserialize(deserializer).map(Ok)
    }
}

/// A key, or the pair whose former spelling it is.
enum Read<T> {
    Key(T),
    Former(usize),
}

/// Reads a key, and leaves the seed where it is if that is a former spelling.
struct FormerKey<'a, K> {
    seed: &'a mut Option<K>,
    former: &'static [Former],
    spellings: u64,
    present: &'a mut u64,
    open: &'a mut u64,
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for FormerKey<'_, K> {
    type Value = Read<K::Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for FormerKey<'_, K> {
    type Value = Read<K::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: serde::de::Error>(self, key: &str) -> Result<Self::Value, E> {
        if self.spellings & outline(key) != 0 {
            if let Some(pair) = self.former.iter().position(|(former, _)| *former == key) {
                return Ok(Read::Former(pair));
            }
            *self.open = bit(self.former, key);
            *self.present |= *self.open;
        }
        let seed = self.seed.take().ok_or_else(|| E::custom("a key is read twice"))?;
        seed.deserialize(key.into_deserializer()).map(Read::Key)
    }
}

/// Reads an object out of a document, as [`Item`] does. The error names the place below it.
///
/// # Errors
///
/// It is no such object.
pub fn read_item<T: DeserializeOwned, E: serde::de::Error>(json: &str) -> Result<T, E> {
    read(json, Keys::Some)
}

/// Same as [`read_item`], but the object may have any keys or none, as for [`Object`].
///
/// # Errors
///
/// It is not an object, or a value in it has another type.
pub fn read_object<T: DeserializeOwned, E: serde::de::Error>(json: &str) -> Result<T, E> {
    read(json, Keys::Any)
}

fn read<T: DeserializeOwned, E: serde::de::Error>(json: &str, keys: Keys) -> Result<T, E> {
    decode_with(json.as_bytes(), keys).map_err(|error| match error.path.as_str() {
        "" => E::custom(error.source),
        path => E::custom(format_args!("at `{path}`: {}", error.source)),
    })
}

/// Decodes a JSON object like the body of a response. Use it for documents that a program gets in
/// another way, such as a stored response or the body of a webhook.
///
/// ```
/// # use sdk_core::{Result, json::from_slice};
/// # #[derive(serde::Deserialize)]
/// # struct Invoice { id: String }
/// let invoice: Invoice = from_slice(br#"{"id": "INV-100001"}"#)?;
/// assert_eq!(invoice.id, "INV-100001");
/// # Ok::<_, sdk_core::Error>(())
/// ```
///
/// # Errors
///
/// Fails with [`ErrorKind::Decode`] if the bytes are not JSON, or not the expected object. The
/// message names the place.
#[doc(alias = "unmarshal")]
pub fn from_slice<T: DeserializeOwned>(json: &[u8]) -> crate::Result<T> {
    decode(json).map_err(|failure| {
        let place = if failure.path.is_empty() { "document" } else { &failure.path };
        let message = format!("unexpected `{place}`: {}", failure.source);
        Error::new(ErrorKind::Decode, message).with_source(failure.source)
    })
}

/// Why a body could not be decoded.
#[derive(Debug)]
pub(crate) struct DecodeError {
    /// Where in the document, as `invoices[3].total.units`; empty at the top.
    pub(crate) path: String,
    /// Whether the document stops before its end.
    pub(crate) cut_short: bool,
    pub(crate) source: serde_json::Error,
}

/// Decodes a body that must be a list of objects, as [`List`] and [`Item`] do.
pub(crate) fn decode_list<T: DeserializeOwned>(body: &[u8]) -> Result<Vec<T>, DecodeError> {
    let elements: Vec<&RawValue> = serde_json::from_slice(body).map_err(|source| DecodeError {
        path: String::new(),
        cut_short: source.is_eof(),
        source,
    })?;
    let read = |(at, raw): (usize, &RawValue)| {
        decode_with(raw.get().as_bytes(), Keys::Some).map_err(|failure| {
            let dot = if failure.path.is_empty() { "" } else { "." };
            DecodeError { path: format!("[{at}]{dot}{}", failure.path), ..failure }
        })
    };
    let elements = elements.into_iter().enumerate().filter(|(_, raw)| raw.get() != "null");
    elements.map(read).collect()
}

/// Encodes bytes as vendors do in JSON (`format: byte`).
#[must_use]
pub fn to_base64(bytes: &[u8]) -> String {
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Decodes a body that must be an object, unless the type is deserialized by hand and says
/// otherwise. A byte-order mark before it is skipped.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    decode_with(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body), Keys::SomeOrNone)
}

/// Same as [`decode`], but the object may have any keys.
#[cfg(feature = "http")]
pub(crate) fn decode_any<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    decode_with(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body), Keys::Any)
}

/// Checks a whole body for UTF-8 at once, which is faster than string by string. The path of an error
/// is looked for only once there is one: finding it doubles the work.
fn decode_with<T: DeserializeOwned>(body: &[u8], keys: Keys) -> Result<T, DecodeError> {
    if let Ok(text) = str::from_utf8(body) {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let value = T::deserialize(Guarded { deserializer: &mut deserializer, keys });
        if let Ok(value) = value.and_then(|value| deserializer.end().map(|()| value)) {
            return Ok(value);
        }
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
    let value = T::deserialize(Guarded { deserializer: tracked, keys }).map_err(|source| {
        let path = track.path().to_string();
        (if path == "." { String::new() } else { path }, source)
    });
    // A string that is not UTF-8 is an error only where it is read.
    let whole = |value| match deserializer.end() {
        Ok(()) => Ok(value),
        Err(source) => Err((String::new(), source)),
    };
    value.and_then(whole).map_err(|(path, source)| {
        let cut_short = source.is_eof();
        DecodeError { path, cut_short, source }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Line {
        #[serde(with = "As::<DefaultOnNull>")]
        id: String,
        #[serde(with = "As::<OrDefault<Number>>")]
        count: u64,
        #[serde(with = "As::<Number>")]
        limit: Option<u32>,
        #[serde(with = "As::<Amount>")]
        amount: Option<Decimal>,
        #[serde(with = "As::<Text>")]
        code: Option<String>,
        #[serde(with = "As::<Instant>")]
        at: Option<DateTime<Utc>>,
        #[serde(with = "As::<AnyNumber>")]
        position: Option<i64>,
        #[serde(with = "As::<AnyInstant>")]
        seen: Option<DateTime<Utc>>,
        #[serde(with = "As::<EmptyAsNone>")]
        day: Option<NaiveDate>,
        #[serde(with = "As::<Object>")]
        inner: Option<Box<Line>>,
        #[serde(with = "As::<List<Item>>")]
        lines: Vec<Line>,
        #[serde(with = "As::<OneOrMany>")]
        rows: Vec<Line>,
        #[serde(with = "As::<List>")]
        tags: Vec<String>,
    }

    fn line(json: &str) -> Line {
        decode(json.as_bytes()).unwrap()
    }

    fn refusal(json: &str) -> (String, String) {
        let error = decode::<Line>(json.as_bytes()).unwrap_err();
        (error.path, error.source.to_string())
    }

    #[test]
    fn nothing_and_null_are_the_default() {
        assert_eq!(line("{}"), Line::default());
        let nulls = r#"{"id":null,"count":null,"limit":null,"amount":null,"code":null,"at":null,
            "day":null,"inner":null,"lines":null,"rows":null,"tags":null}"#;
        assert_eq!(line(nulls), Line::default());
        assert_eq!(line(r#"{"id":"a","new":[{"x":1}]}"#).id, "a");
        assert_eq!(line("\u{feff}{\"id\":\"a\"}").id, "a");
    }

    #[test]
    fn empty_strings_are_absent() {
        let empty = r#"{"count":"","limit":" ","amount":"","at":"","day":""}"#;
        assert_eq!(line(empty), Line::default());
    }

    #[test]
    fn integers_may_be_strings_and_floats() {
        for (json, expected) in [
            ("7", 7),
            ("\"18446744073709551615\"", u64::MAX),
            ("18446744073709551615", u64::MAX),
            ("4183280.0", 4_183_280),
            ("\"1.0\"", 1),
            ("\" 5 \"", 5),
            ("1e3", 1000),
            ("-1", 0),
            ("-1.0", 0),
            ("\"-1\"", 0),
        ] {
            assert_eq!(line(&format!("{{\"count\":{json}}}")).count, expected, "{json}");
        }
        assert_eq!(line(r#"{"limit":0}"#).limit, Some(0));
        assert_eq!(line(r#"{"limit":-1}"#).limit, None);
        for json in ["4294967296", "1.5", "\"1.5\"", "\"x\"", "1e30", "true", "[]", "{}"] {
            assert_eq!(refusal(&format!("{{\"limit\":{json}}}")).0, "limit", "{json}");
        }
        let (_, reason) = refusal(r#"{"limit":1.5}"#);
        assert!(reason.contains("expected an integer (u32) or the same as a string"), "{reason}");
    }

    #[test]
    fn an_integer_beyond_its_type_is_an_error_however_it_is_written() {
        for json in ["5000000000.0", "5e9", "\"5000000000.0\""] {
            assert_eq!(refusal(&format!("{{\"limit\":{json}}}")).0, "limit", "{json}");
        }
        // A floating-point number above 2^53 may be another integer than was written.
        assert_eq!(line(r#"{"count":9007199254740992.0}"#).count, 1 << 53);
        assert_eq!(refusal(r#"{"count":9007199254740994.0}"#).0, "count");

        let signed = |json| Number::deserialize_as(&mut serde_json::Deserializer::from_str(json));
        assert_eq!(signed("-7").unwrap(), Some(-7_i32));
        let reason = signed("-3000000000").unwrap_err().to_string();
        assert!(reason.contains("integer `-3000000000`, expected an integer (i32)"), "{reason}");
    }

    #[test]
    fn literal_is_the_text_in_the_document() {
        let literals: Vec<Literal<'_>> = serde_json::from_str(r#"[1.50,"a\"b",{"x": 1}]"#).unwrap();
        let texts: Vec<_> = literals.iter().map(Literal::get).collect();
        assert_eq!(texts, ["1.50", r#""a\"b""#, r#"{"x": 1}"#]);
        let number: serde::de::value::I32Deserializer<serde::de::value::Error> =
            7.into_deserializer();
        let reason = Literal::deserialize(number).unwrap_err().to_string();
        assert_eq!(reason, "invalid type: integer `7`, expected any valid JSON value");
    }

    #[test]
    fn a_number_that_is_not_such_an_integer_may_be_absent() {
        for (json, expected) in [
            ("7", Some(7)),
            ("\"-7\"", Some(-7)),
            ("7.0", Some(7)),
            ("9223372036854775808", None),
            ("-9223372036854775809", None),
            ("\"18446744073709551616\"", None),
            ("1e30", None),
            ("1.5", None),
            ("\"A-7\"", None),
            ("\"\"", None),
            ("null", None),
        ] {
            assert_eq!(line(&format!("{{\"position\":{json}}}")).position, expected, "{json}");
        }
        for json in ["true", "[]", "{}"] {
            assert_eq!(refusal(&format!("{{\"position\":{json}}}")).0, "position", "{json}");
        }
    }

    #[test]
    fn codes_may_be_numbers() {
        for (json, expected) in [
            ("\"INV-1\"", "INV-1"),
            (r#""a\"b\u00e9""#, "a\"b\u{e9}"),
            ("\"\"", ""),
            ("\"007\"", "007"),
            ("4183280", "4183280"),
            ("-7", "-7"),
            ("4183280.0", "4183280"),
            ("1.50", "1.50"),
            ("1e3", "1000"),
            ("18446744073709551616", "18446744073709551616"),
            ("-99999999999999999999999999999999999999", "-99999999999999999999999999999999999999"),
        ] {
            let code = line(&format!("{{\"code\":{json}}}")).code;
            assert_eq!(code.as_deref(), Some(expected), "{json}");
        }
        for json in ["true", "[]", "{}"] {
            let (path, reason) = refusal(&format!("{{\"code\":{json}}}"));
            assert_eq!(path, "code");
            assert!(reason.contains("expected a string or a number"), "{reason}");
        }
    }

    #[test]
    fn dates_have_a_time_and_a_zone_or_get_them() {
        for (text, expected) in [
            ("2026-05-01T00:59:59Z", "2026-05-01T00:59:59Z"),
            ("2026-05-01T00:59:59.999999Z", "2026-05-01T00:59:59.999999Z"),
            ("2026-05-01T00:59:59.123456789Z", "2026-05-01T00:59:59.123456789Z"),
            ("2026-05-01T00:59:59.1234567891Z", "2026-05-01T00:59:59.123456789Z"),
            ("2026-05-01T01:59:59+02:00", "2026-04-30T23:59:59Z"),
            ("2026-05-01T00:59:59", "2026-05-01T00:59:59Z"),
            ("2026-05-01 00:59:59", "2026-05-01T00:59:59Z"),
            ("2026-05-01T00:59:59.5", "2026-05-01T00:59:59.500Z"),
            ("2026-05-01", "2026-05-01T00:00:00Z"),
            (" 2026-05-01 ", "2026-05-01T00:00:00Z"),
            ("2026-05-01T10:00", "2026-05-01T10:00:00Z"),
            ("2026-05-01 10:00", "2026-05-01T10:00:00Z"),
            ("2026-05-01T10:00Z", "2026-05-01T10:00:00Z"),
            ("2026-05-01T10:00+02:00", "2026-05-01T08:00:00Z"),
            ("2026-05-01 00:59:59+0200", "2026-04-30T22:59:59Z"),
            ("2026-05-01 00:59:59 UTC", "2026-05-01T00:59:59Z"),
        ] {
            let read = line(&format!("{{\"at\":\"{text}\",\"seen\":\"{text}\"}}"));
            assert_eq!(read.at, read.seen);
            let shown = read.at.unwrap().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
            assert_eq!(shown, expected, "{text}");
        }
        for text in ["0000-00-00", "0000-00-00 00:00:00", "0000-00-00T00:00:00Z", " "] {
            assert_eq!(line(&format!("{{\"at\":\"{text}\"}}")).at, None, "{text}");
        }
        for json in [
            "\"soon\"",
            "\"2026-02-30T00:00:00Z\"",
            "\"2026-05-01T25:00:00Z\"",
            "\"2026-05-01T00:59:59.Z\"",
            "7",
            "-7",
            "7.5",
            "{}",
        ] {
            let (path, reason) = refusal(&format!("{{\"at\":{json}}}"));
            assert_eq!(path, "at", "{json}");
            assert!(reason.contains("expected a date and time by RFC 3339"), "{json}: {reason}");
        }
        for json in ["\"soon\"", "\"2026-02-30\"", "7", "1588291199.5", "-1", "null", "\"\""] {
            assert_eq!(line(&format!("{{\"seen\":{json}}}")).seen, None, "{json}");
        }
        for json in ["true", "[]", "{}"] {
            assert_eq!(refusal(&format!("{{\"seen\":{json}}}")).0, "seen", "{json}");
        }
        assert_eq!(line(r#"{"day":"2026-05-01"}"#).day.unwrap().to_string(), "2026-05-01");
        assert_eq!(refusal(r#"{"day":"soon"}"#).0, "day");
        let (_, reason) = refusal(r#"{"day":7}"#);
        assert!(reason.contains("expected a string"), "{reason}");
    }

    #[test]
    fn the_fast_path_for_dates_agrees_with_chrono() {
        for second in (0..4_000_000_000_i64).step_by(12_345_679) {
            let expected = DateTime::from_timestamp(second, 120_000_000).unwrap();
            let text = expected.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string();
            assert_eq!(parse_utc(&text), Some(expected), "{text}");
            assert_eq!(text.parse::<DateTime<Utc>>().ok(), Some(expected), "{text}");
        }
    }

    #[test]
    fn amounts_are_held_to_the_last_place_that_fits() {
        for (json, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("-0.01", "-0.01"),
            ("1.50", "1.50"),
            ("16777217.01", "16777217.01"),
            ("1234567890.123456789", "1234567890.123456789"),
            ("12345678901234567890.123456789", "12345678901234567890.123456789"),
            ("79228162514264337593543950335", "79228162514264337593543950335"),
            ("1e3", "1000"),
            ("1.5E+2", "150"),
            ("-2.50e-1", "-0.250"),
            ("0e400", "0"),
            ("0.00", "0.00"),
            ("-0.00", "0.00"),
            ("7.105427357601002e-15", "0.0000000000000071054273576010"),
            ("-1e-28", "-0.0000000000000000000000000001"),
            ("5e-29", "0.0000000000000000000000000001"),
            ("4e-29", "0.0000000000000000000000000000"),
            ("1e-30", "0.0000000000000000000000000000"),
            ("1e-65", "0.0000000000000000000000000000"),
            ("1e-66", "0"),
            ("1e-999999999999", "0"),
            ("0.0000000001e12", "100"),
            ("0.12345678901234567890123456789", "0.1234567890123456789012345679"),
            ("0.123456789012345678901234567890", "0.1234567890123456789012345679"),
            ("949549990.01195459559000000000", "949549990.0119545955900000000"),
            ("17014118346.04692317316873037158841057275", "17014118346.046923173168730372"),
            ("100.10000000000000000000000000000000", "100.10000000000000000000000000"),
            ("12345678901234567890123456789.5", "12345678901234567890123456790"),
            ("\"1E-2\"", "0.01"),
            ("\"+1.5\"", "1.5"),
            ("\".5\"", "0.5"),
            ("\"-.5\"", "-0.5"),
            ("\" 1.5 \"", "1.5"),
            ("\"1\\u002e5\"", "1.5"),
        ] {
            let amount = line(&format!("{{\"amount\":{json}}}")).amount.unwrap();
            assert_eq!(amount.to_string(), expected, "{json}");
        }
        for (json, expected) in [
            ("1e400", TOO_LARGE),
            ("-1e29", TOO_LARGE),
            ("1e9223372036854775808", TOO_LARGE),
            ("79228162514264337593543950336", TOO_LARGE),
            ("\"1_0\"", NOT_DECIMAL),
            ("\"+-1\"", NOT_DECIMAL),
            ("\"++1\"", NOT_DECIMAL),
            ("\"NaN\"", NOT_DECIMAL),
            ("true", NOT_DECIMAL),
            ("[1]", NOT_DECIMAL),
            ("{}", NOT_DECIMAL),
            ("\"5.\"", NOT_DECIMAL),
            ("\".\"", NOT_DECIMAL),
            ("\"-\"", NOT_DECIMAL),
            ("\"--5\"", NOT_DECIMAL),
            ("\"1e\"", NOT_DECIMAL),
            ("\"e1\"", NOT_DECIMAL),
            ("\"1 0\"", NOT_DECIMAL),
        ] {
            let (path, reason) = refusal(&format!("{{\"amount\":{json}}}"));
            assert_eq!(path, "amount", "{json}");
            assert!(reason.starts_with(expected), "{json}: {reason}");
        }
    }

    #[test]
    fn short_decimals_agree_with_long_ones() {
        for number in (-2_000_000..2_000_000_i64).step_by(997) {
            for places in 0..=8 {
                let expected = Decimal::new(number, places);
                let text = expected.to_string();
                let long = Decimal::from_str(&text).unwrap();
                let short = parse_short_decimal(&text).unwrap();
                assert_eq!((short.mantissa(), short.scale()), (long.mantissa(), long.scale()));
            }
        }
        let longest = parse_short_decimal("999999999999999999").unwrap();
        assert_eq!(longest.to_string(), "999999999999999999");
        for text in ["", "-", ".", "5.", "-.", "1.2.3", "1e3", "+1", " 1", "1_0", "--1", "\u{661}"]
        {
            assert_eq!(parse_short_decimal(text), None, "{text}");
        }
        assert_eq!(parse_short_decimal("9999999999999999999"), None);
    }

    #[test]
    fn a_string_that_is_not_utf_8_is_an_error_where_it_is_read() {
        let body = b"{\"id\":\"a\",\"new\":\"\xff\",\"count\":7}";
        assert_eq!(decode::<Line>(body).unwrap().count, 7);
        let error = decode::<Line>(b"{\"lines\":[{\"id\":\"\xff\"}]}").unwrap_err();
        assert_eq!(error.path, "lines[0].id");
        assert!(error.source.to_string().starts_with("invalid unicode code point"));
    }

    #[test]
    fn what_is_no_such_object_is_an_error() {
        for (json, path, expected) in [
            ("[]", "", "expected an object"),
            ("7", "", "expected an object"),
            ("null", "", "expected an object"),
            (r#"{"message":"x"}"#, "", "none of the expected keys (id, count"),
            (r#"{"inner":[]}"#, "inner", "expected an object"),
            (r#"{"inner":7}"#, "inner", "expected an object"),
            (r#"{"lines":[{"id":"a"},[]]}"#, "lines[1]", "expected an object"),
            (r#"{"lines":[{"id":"a"},{}]}"#, "lines[1]", "the object is empty"),
            (r#"{"lines":[{"message":"x"}]}"#, "lines[0]", "but `message`"),
            (
                r#"{"lines":[{"inner":{"lines":[{"count":true}]}}]}"#,
                "lines[0].inner.lines[0].count",
                "",
            ),
            (r#"{"lines":{}}"#, "lines", "expected a list"),
            (r#"{"id":"a"}x"#, "", "trailing characters"),
        ] {
            let error = decode::<Line>(json.as_bytes()).unwrap_err();
            assert_eq!(error.path, path, "{json}: {}", error.source);
            assert!(error.source.to_string().contains(expected), "{json}: {}", error.source);
            assert!(!error.cut_short, "{json}");
        }
        for json in ["", "{", r#"{"lines":[{"id":"a"#] {
            assert!(decode::<Line>(json.as_bytes()).unwrap_err().cut_short, "{json}");
        }
    }

    #[test]
    fn an_object_inside_may_have_new_keys_only() {
        for json in [r#"{"inner":{}}"#, r#"{"inner":{"message":"x"}}"#] {
            assert_eq!(line(json).inner.as_deref(), Some(&Line::default()), "{json}");
        }
    }

    #[test]
    fn null_elements_are_skipped() {
        let lists = line(r#"{"lines":[null,{"id":"a"},null],"tags":["b",null]}"#);
        assert_eq!((lists.lines.len(), &*lists.lines[0].id), (1, "a"));
        assert_eq!(lists.tags, ["b"]);
        assert_eq!(refusal(r#"{"lines":[null,{"count":true}]}"#).0, "lines[1].count");
    }

    #[test]
    fn one_object_may_stand_for_a_list() {
        for (json, expected) in [
            (r#"[{"id":"a"},null,{"id":"b"}]"#, 2),
            (r#"{"id":"a"}"#, 1),
            ("{}", 0),
            ("[]", 0),
            ("null", 0),
        ] {
            assert_eq!(line(&format!("{{\"rows\":{json}}}")).rows.len(), expected, "{json}");
        }
        for (json, expected) in [
            ("7", "expected an object or a list of objects"),
            ("[7]", "expected an object"),
            (r#"[{"message":"x"}]"#, "none of the expected keys"),
            (r#"{"message":"x"}"#, "none of the expected keys"),
        ] {
            let (path, reason) = refusal(&format!("{{\"rows\":{json}}}"));
            assert!(path.starts_with("rows"), "{json}: {path}");
            assert!(reason.contains(expected), "{json}: {reason}");
        }
        assert_eq!(refusal(r#"{"rows":{"count":true}}"#).0, "rows.count");
    }

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default, remote = "Self")]
    struct Renamed {
        #[serde(alias = "Name", alias = "NAME", with = "As::<DefaultOnNull>")]
        name: String,
        #[serde(alias = "lines", with = "As::<List<Item>>")]
        line_items: Vec<Line>,
        #[serde(alias = "Inner", with = "As::<Object>")]
        inner: Option<Line>,
    }

    impl<'de> Deserialize<'de> for Renamed {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            const FORMER: &[Former] =
                &[("Name", "name"), ("NAME", "name"), ("lines", "line_items"), ("Inner", "inner")];
            Self::deserialize(FormerKeys::new(deserializer, FORMER))
        }
    }

    #[test]
    fn the_present_spelling_of_a_key_wins() {
        for (json, name, id) in [
            (r#"{"Name":"a","lines":[{"id":"x"}]}"#, "a", "x"),
            (r#"{"Name":"a","name":"b","lines":[{"id":"x"}],"line_items":[{"id":"y"}]}"#, "b", "y"),
            (r#"{"name":"b","line_items":[{"id":"y"}],"lines":[{"id":"x"}],"Name":"a"}"#, "b", "y"),
            (r#"{"name":"b","Name":7,"lines":[{"id":"x"}]}"#, "b", "x"),
        ] {
            let read: Renamed = decode(json.as_bytes()).unwrap();
            assert_eq!((&*read.name, &*read.line_items[0].id), (name, id), "{json}");
        }
        for (json, name, ids) in [
            (r#"{"line_items":null,"lines":[{"id":"x"}],"name":"b"}"#, "b", "x"),
            (r#"{"lines":[{"id":"x"}],"line_items":null,"name":"b"}"#, "b", "x"),
            (
                r#"{"line_items":null,"name":null,"NAME":null,"Name":"a","lines":[{"id":"x"}]}"#,
                "a",
                "x",
            ),
            (
                r#"{"name":null,"line_items":null,"new":1,"lines":[{"id":"x"}],"Name":"a"}"#,
                "a",
                "x",
            ),
            (r#"{"line_items":[],"lines":[{"id":"x"}],"name":"","Name":"a"}"#, "", ""),
            (r#"{"lines":[{"id":"x"}],"line_items":[],"name":"b"}"#, "b", ""),
            (r#"{"line_items":null,"lines":null,"name":"b"}"#, "b", ""),
            (r#"{"line_items":null,"name":"b"}"#, "b", ""),
        ] {
            let same = |read: Renamed| {
                let read_ids: Vec<_> = read.line_items.iter().map(|line| &*line.id).collect();
                assert_eq!((&*read.name, read_ids.concat()), (name, ids.to_owned()), "{json}");
            };
            same(decode(json.as_bytes()).unwrap());
            same(serde_json::from_reader(json.as_bytes()).unwrap());
            same(serde_json::from_value(serde_json::from_str(json).unwrap()).unwrap());
        }
        let read: Renamed = decode(br#"{"Name":"a","NAME":"b"}"#).unwrap();
        assert!(["a", "b"].contains(&&*read.name));
        for (json, expected) in [
            ("[]", "expected an object"),
            (r#"{"message":"x"}"#, "none of the expected keys"),
            (r#"{"Name":7}"#, "at `Name`: "),
            (r#"{"lines":[{"id":"a"},{}]}"#, "at `lines[1]`: "),
            (r#"{"lines":[{"count":true}]}"#, "at `lines[0].count`: "),
            (r#"{"line_items":null,"lines":[{"count":true}]}"#, "at `lines[0].count`: "),
            (r#"{"line_items":null,"name":7,"lines":[]}"#, "at `name`: "),
            (r#"{"Inner":{"count":true}}"#, "at `Inner.count`: "),
        ] {
            let error = decode::<Renamed>(json.as_bytes()).unwrap_err().source.to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
        let error = serde_json::from_str::<Renamed>("[]").unwrap_err().to_string();
        assert!(error.contains("expected struct Renamed"), "{error}");
    }

    #[test]
    fn spellings_may_have_the_same_letters_and_length() {
        #[derive(Deserialize)]
        #[serde(remote = "Self")]
        struct Sum {
            #[serde(alias = "total")]
            taxed: u32,
        }

        impl<'de> Deserialize<'de> for Sum {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize(FormerKeys::new(deserializer, &[("total", "taxed")]))
            }
        }

        for (json, expected) in [
            (r#"{"total":1}"#, 1),
            (r#"{"taxed":2}"#, 2),
            (r#"{"total":1,"taxed":2}"#, 2),
            (r#"{"taxed":2,"total":1}"#, 2),
        ] {
            assert_eq!(serde_json::from_str::<Sum>(json).unwrap().taxed, expected, "{json}");
        }
    }

    #[test]
    fn a_key_that_is_no_string_is_an_error() {
        use serde::de::value::{Error, MapDeserializer};

        let object = || MapDeserializer::<_, Error>::new([(1, "a")].into_iter());
        let guarded = Guarded { deserializer: object(), keys: Keys::Some };
        let reasons = [
            Line::deserialize(guarded).unwrap_err().to_string(),
            <Renamed as Deserialize>::deserialize(object()).unwrap_err().to_string(),
        ];
        assert_eq!(reasons, ["invalid type: integer `1`, expected a key"; 2]);
    }

    #[test]
    fn a_body_may_be_a_list_of_objects() {
        let lines: Vec<Line> = decode_list(br#"[null,{"id":"a"},{"id":"b"}]"#).unwrap();
        let ids: Vec<_> = lines.iter().map(|line| &*line.id).collect();
        assert_eq!(ids, ["a", "b"]);
        for (json, path) in
            [(r#"[{"id":"a"},{"count":true}]"#, "[1].count"), (r#"[null,{}]"#, "[1]"), ("{}", "")]
        {
            let error = decode_list::<Line>(json.as_bytes()).unwrap_err();
            assert_eq!((&*error.path, error.cut_short), (path, false), "{json}");
        }
        assert!(decode_list::<Line>(br#"[{"id":"a"}"#).unwrap_err().cut_short);
    }

    #[test]
    fn null_may_stand_for_what_is_decoded() {
        let read = |json: &str| -> Option<Line> {
            Maybe::<Strict>::deserialize_as(&mut serde_json::Deserializer::from_str(json)).unwrap()
        };
        assert_eq!(read("null"), None);
        assert_eq!(read(r#"{"id":"a"}"#).unwrap().id, "a");
    }

    #[test]
    fn bytes_are_written_as_base64_with_padding() {
        assert_eq!(to_base64(b""), "");
        assert_eq!(to_base64(b"\xfb\xff"), "+/8=");
    }

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Request {
        #[serde(with = "As::<Strict>")]
        line: Line,
    }

    #[test]
    fn a_part_of_a_request_has_no_unknown_keys() {
        let read = |json: &str| serde_json::from_str::<Request>(json);
        assert_eq!(read(r#"{"line":{"id":"a"}}"#).unwrap().line.id, "a");
        assert_eq!(read(r#"{"line":{}}"#).unwrap(), Request::default());
        for (json, expected) in [
            (r#"{"line":{"id":"a","ids":"b"}}"#, "unknown field `ids`"),
            (r#"{"line":[]}"#, "expected an object"),
            (r#"{"line":null}"#, "expected an object"),
            ("{}", "missing field `line`"),
        ] {
            let error = read(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }

    #[derive(Debug, PartialEq, Deserialize)]
    struct Envelope {
        #[serde(with = "As::<Required>")]
        data: Line,
    }

    #[test]
    fn a_required_object_is_there_and_says_something() {
        let read = |json: &str| decode::<Envelope>(json.as_bytes());
        assert_eq!(read(r#"{"data":{"id":"a","new":1}}"#).unwrap().data.id, "a");
        for (json, expected) in [
            ("{}", "missing field `data`"),
            (r#"{"data":null}"#, "expected an object"),
            (r#"{"data":[]}"#, "expected an object"),
            (r#"{"data":{}}"#, "the object is empty"),
            (r#"{"data":{"x":1}}"#, "none of the expected keys"),
        ] {
            let error = read(json).unwrap_err().source.to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }

    #[test]
    fn a_model_reads_from_any_source() {
        use serde::de::value::MapDeserializer;

        let json = r#"{"id":"a","count":"7","amount":12.50,"code":7,"at":"2026-05-01","day":"2026-05-01",
            "lines":[{"code":"b\u00e9","amount":"1.500"},null],"rows":{"limit":"7"},"tags":["x"],
            "inner":{"amount":null,"code":null},"new":{"x":[1]}}"#;
        let expected = line(json);
        let same = |read: Line| {
            // A `Value` has lost the zero at the end.
            assert_eq!(
                read.amount.map(|one| one.normalize()),
                expected.amount.map(|one| one.normalize())
            );
            assert_eq!(Line { amount: expected.amount, ..read }, expected);
        };
        let value: serde_json::Value = serde_json::from_str(json).unwrap();
        same(serde_json::from_value(value.clone()).unwrap());
        same(Line::deserialize(&value).unwrap());
        same(serde_json::from_reader(json.as_bytes()).unwrap());
        let serde_json::Value::Object(fields) = value else { panic!("an object") };
        same(Line::deserialize(MapDeserializer::new(fields.into_iter())).unwrap());

        // Inside of types that look at everything before they choose.
        #[derive(Deserialize)]
        struct Outer {
            name: String,
            #[serde(flatten)]
            line: Line,
        }
        let outer: Outer =
            serde_json::from_str(&json.replacen('{', "{\"name\":\"n\",", 1)).unwrap();
        assert_eq!(outer.name, "n");
        same(outer.line);

        // More digits than a floating-point number has.
        let exact = r#"{"amount":16777217.0123456789,"code":18446744073709551616}"#;
        for read in [line(exact), serde_json::from_reader(exact.as_bytes()).unwrap()] {
            assert_eq!(read.amount.unwrap().to_string(), "16777217.0123456789");
            assert_eq!(read.code.unwrap(), "18446744073709551616");
        }
        let stored = serde_json::to_value(line(exact)).unwrap();
        let read: Line = serde_json::from_value(stored).unwrap();
        assert_eq!(read.amount.unwrap().to_string(), "16777217.0123456789");

        let former = r#"{"Name":"a","name":"b","lines":[{"id":"x","amount":1.5}]}"#;
        let renamed: Renamed = serde_json::from_str(former).unwrap();
        let value: serde_json::Value = serde_json::from_str(former).unwrap();
        assert_eq!(serde_json::from_value::<Renamed>(value).unwrap(), renamed);
        assert_eq!(serde_json::from_reader::<_, Renamed>(former.as_bytes()).unwrap(), renamed);

        let refused = serde_json::from_value::<Line>(serde_json::json!({"amount": true}));
        assert!(refused.unwrap_err().to_string().starts_with("not a decimal amount: true"));
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let written = line(
            r#"{"id":"a","amount":1.50,"lines":[{"code":2,"at":"2026-05-01","day":"2026-05-01"}],
                "inner":{"id":"b"},"rows":{"limit":"7"},"tags":["x"]}"#,
        );
        let json = serde_json::to_string(&written).unwrap();
        assert!(json.contains(r#""amount":"1.50""#), "{json}");
        assert_eq!(line(&json), written);
        // What nobody sent is null, not 0.
        let json = serde_json::to_string(&line("{}")).unwrap();
        assert!(json.contains(r#""amount":null"#) && json.contains(r#""limit":null"#), "{json}");
    }
}
