//! Lenient and exact decoding of what vendors call JSON.
//!
//! The parts go into `#[serde(with = "As::<…>")]` of a generated model, together with those of
//! `serde_with` that are re-exported here:
//!
//! | adapter | accepts |
//! |---|---|
//! | [`DefaultOnNull`] | `null` for the type's default: an empty list, an empty text |
//! | [`Number`] | an integer, or the same as a text |
//! | [`Amount`] | a decimal number or the same as a text, digit for digit |
//! | [`Object`] | an object with at least one expected key, or `{}`; never a list in its place |
//!
//! For types written by hand there are [`read_object`] and [`one_or_many`], which read a part of a
//! document by the same rules once its form is known.

use std::{any::type_name, borrow::Cow, fmt, marker::PhantomData, str::FromStr};

use ::base64::Engine as _;
use rust_decimal::Decimal;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{
        DeserializeOwned, DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Unexpected,
        Visitor,
    },
    forward_to_deserialize_any,
};
use serde_json::value::RawValue;
pub use serde_with::{As, DefaultOnNull, DeserializeAs, Same, SerializeAs, base64::Base64};

use crate::{Error, ErrorKind};

/// An integer written as a JSON number or as a text.
#[derive(Debug)]
pub struct Number;

impl<'de, T> DeserializeAs<'de, T> for Number
where
    T: FromStr + TryFrom<u64> + TryFrom<i64>,
{
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_any(NumberVisitor(PhantomData))
    }
}

impl<T: Serialize> SerializeAs<T> for Number {
    fn serialize_as<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }
}

struct NumberVisitor<T>(PhantomData<T>);

impl<T: FromStr + TryFrom<u64> + TryFrom<i64>> Visitor<'_> for NumberVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an integer ({}) or the same as a text", type_name::<T>())
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<T, E> {
        T::try_from(value).map_err(|_| E::invalid_value(Unexpected::Unsigned(value), &self))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<T, E> {
        T::try_from(value).map_err(|_| E::invalid_value(Unexpected::Signed(value), &self))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<T, E> {
        value.parse().map_err(|_| E::invalid_value(Unexpected::Str(value), &self))
    }
}

/// A decimal amount written as a JSON number or as a text, kept digit for digit.
///
/// An amount too large for [`Decimal`] (more than 28 significant digits before its last decimal
/// place) is an error, never rounded. What lies beyond the 28th decimal place is rounded away: a
/// service that computes in floating point leaves such remainders, `7.105427357601002e-15` for
/// zero, and they must not cost the whole answer. It is serialized as a text. It reads the literal text, so it works only with
/// `serde_json`, and not inside flattened, untagged or internally tagged types.
#[derive(Debug)]
pub struct Amount;

impl<'de> DeserializeAs<'de, Decimal> for Amount {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let literal = Box::<RawValue>::deserialize(deserializer)?;
        let literal = literal.get();
        let text =
            literal.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(literal);
        parse_decimal(text)
            .ok_or_else(|| D::Error::custom(format_args!("not an exact decimal amount: {literal}")))
    }
}

impl SerializeAs<Decimal> for Amount {
    fn serialize_as<S: Serializer>(value: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }
}

/// Reads a decimal in JSON's notation, exponent included; `None` if it is not one, or too large.
fn parse_decimal(text: &str) -> Option<Decimal> {
    const MAX_SCALE: usize = 28;
    let (negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    if [whole, fraction].iter().any(|digits| digits.is_empty() || !digits.bytes().all(is_digit)) {
        return None;
    }
    let fraction = if mantissa.contains('.') { fraction } else { "" };
    let mut digits = format!("{whole}{fraction}");
    let mut scale = i64::try_from(fraction.len()).ok()?.checked_sub(exponent.parse().ok()?)?;
    let mut round_up = false;
    if let Ok(beyond) = usize::try_from(scale.saturating_sub(MAX_SCALE as i64)) {
        // What lies beyond the last decimal place that can be held.
        let kept = digits.len().saturating_sub(beyond);
        round_up = beyond <= digits.len() && digits[kept..].starts_with(['5', '6', '7', '8', '9']);
        digits.truncate(kept);
        scale = scale.min(MAX_SCALE as i64);
    }
    let digits = digits.trim_start_matches('0');
    let value = if digits.is_empty() { 0 } else { digits.parse::<i128>().ok()? };
    let value = value + i128::from(round_up);
    if value == 0 {
        return Some(Decimal::ZERO);
    }
    let factor = 10_i128.checked_pow(u32::try_from(scale.checked_neg()?.max(0)).ok()?)?;
    let value = value.checked_mul(if negative { -factor } else { factor })?;
    Decimal::try_from_i128_with_scale(value, u32::try_from(scale.max(0)).ok()?).ok()
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_digit()
}

/// A JSON object where an object is due.
///
/// Without it, a derived model would take a list for an object, and an unrelated object for one
/// whose every field is missing: the data would vanish without a word.
#[derive(Debug)]
pub struct Object;

impl<'de, T: Deserialize<'de>> DeserializeAs<'de, T> for Object {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData))
    }
}

impl<T: Serialize> SerializeAs<T> for Object {
    fn serialize_as<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(ObjectDeserializer(map))
    }
}

/// Hands an object to a derived model, whose list of field names it gets to see that way.
struct ObjectDeserializer<A>(A);

impl<'de, A: MapAccess<'de>> Deserializer<'de> for ObjectDeserializer<A> {
    type Error = A::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, A::Error> {
        visitor.visit_map(self.0)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        let map = KnownKeys { map: self.0, fields, found: false, stranger: None };
        visitor.visit_map(map)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Passes an object on, and objects at its end if it had keys but none that the model knows.
struct KnownKeys<A> {
    map: A,
    fields: &'static [&'static str],
    found: bool,
    stranger: Option<String>,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for KnownKeys<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        let Some(key) = self.map.next_key::<Cow<'de, str>>()? else {
            return match &self.stranger {
                Some(key) if !self.found => Err(A::Error::custom(format_args!(
                    "the object has none of the expected keys ({}), but `{key}`",
                    self.fields.join(", ")
                ))),
                _ => Ok(None),
            };
        };
        if self.fields.contains(&&*key) {
            self.found = true;
        } else if self.stranger.is_none() {
            self.stranger = Some(key.clone().into_owned());
        }
        seed.deserialize(key.into_deserializer()).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.map.next_value_seed(seed)
    }

    fn size_hint(&self) -> Option<usize> {
        self.map.size_hint()
    }
}

/// Reads an object out of a document by the rules of this module. The error names the place below it.
///
/// # Errors
///
/// It is no such object.
pub fn read_object<T: DeserializeOwned, E: serde::de::Error>(raw: &RawValue) -> Result<T, E> {
    decode(raw.get().as_bytes()).map_err(|error| match error.path.as_str() {
        "" => E::custom(error.source),
        path => E::custom(format_args!("at `{path}`: {}", error.source)),
    })
}

/// Reads a list of objects, or one in its place; the first byte says which. `null` is an empty list.
///
/// # Errors
///
/// It is neither, or one of them is no such object.
pub fn one_or_many<T: DeserializeOwned, E: serde::de::Error>(raw: &RawValue) -> Result<Vec<T>, E> {
    match raw.get().as_bytes().first() {
        Some(b'[') => {
            let elements: Vec<&RawValue> = serde_json::from_str(raw.get()).map_err(E::custom)?;
            elements.into_iter().map(read_object).collect()
        }
        Some(b'{') => Ok(vec![read_object(raw)?]),
        _ if raw.get() == "null" => Ok(Vec::new()),
        _ => Err(E::custom("expected an object or a list of objects")),
    }
}

/// A whole answer: an object, decoded by the rules of this module.
struct Answer<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Answer<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Object::deserialize_as(deserializer).map(Self)
    }
}

/// Reads a JSON object by the rules of this module, as answers are read: for documents that reach
/// a program in another way, such as a webhook's.
///
/// # Errors
///
/// [`ErrorKind::Decode`]: it is not JSON, or not the expected object. The message says where.
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

/// Decodes a body that must be a list of objects.
pub(crate) fn decode_list<T: DeserializeOwned>(body: &[u8]) -> Result<Vec<T>, DecodeError> {
    let elements: Vec<&RawValue> = serde_json::from_slice(body).map_err(|source| DecodeError {
        path: String::new(),
        cut_short: source.is_eof(),
        source,
    })?;
    let read = |(at, raw): (usize, &RawValue)| {
        decode(raw.get().as_bytes()).map_err(|failure| {
            let dot = if failure.path.is_empty() { "" } else { "." };
            DecodeError { path: format!("[{at}]{dot}{}", failure.path), ..failure }
        })
    };
    elements.into_iter().enumerate().map(read).collect()
}

/// Encodes bytes as vendors do in JSON (`format: byte`).
#[must_use]
pub fn to_base64(bytes: &[u8]) -> String {
    ::base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Decodes a body that must be an object.
///
/// The path of an error is looked for only once there is one: finding it doubles the work.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    let error = match serde_json::from_slice(body) {
        Ok(Answer(value)) => return Ok(value),
        Err(error) => error,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize::<_, Answer<T>>(&mut deserializer) {
        Ok(_) => Err(without_path(error)),
        Err(error) => {
            let path = match error.path().to_string() {
                path if path == "." => String::new(),
                path => path,
            };
            Err(DecodeError { path, ..without_path(error.into_inner()) })
        }
    }
}

fn without_path(source: serde_json::Error) -> DecodeError {
    DecodeError { path: String::new(), cut_short: source.is_eof(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    #[serde(default)]
    struct Line {
        #[serde(with = "As::<DefaultOnNull>")]
        id: String,
        #[serde(with = "As::<DefaultOnNull<Number>>")]
        count: u64,
        #[serde(with = "As::<DefaultOnNull<Amount>>")]
        amount: Decimal,
        #[serde(with = "As::<Option<Amount>>")]
        rate: Option<Decimal>,
        #[serde(with = "As::<Option<Object>>")]
        inner: Option<Box<Line>>,
        #[serde(with = "As::<DefaultOnNull<Vec<Object>>>")]
        lines: Vec<Line>,
    }

    fn line(json: &str) -> Line {
        decode(json.as_bytes()).unwrap()
    }

    #[test]
    fn nothing_and_null_are_the_default() {
        assert_eq!(line("{}"), Line::default());
        let nulls =
            r#"{"id":null,"count":null,"amount":null,"rate":null,"inner":null,"lines":null}"#;
        assert_eq!(line(nulls), Line::default());
        assert_eq!(line(r#"{"id":"a","new":[{"x":1}]}"#).id, "a");
    }

    #[test]
    fn numbers_may_be_texts() {
        let both = line(r#"{"count":"18446744073709551615","amount":"12.50","rate":1e-7}"#);
        assert_eq!(both.count, u64::MAX);
        assert_eq!(both.amount.to_string(), "12.50");
        assert_eq!(both.rate.unwrap().to_string(), "0.0000001");
    }

    #[test]
    fn amounts_are_exact_or_refused() {
        for (json, expected) in [
            ("0", "0"),
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
            ("0.0000", "0"),
            ("7.105427357601002e-15", "0.0000000000000071054273576010"),
            ("-1e-28", "-0.0000000000000000000000000001"),
            ("5e-29", "0.0000000000000000000000000001"),
            ("4e-29", "0"),
            ("1e-999999999999", "0"),
            ("0.12345678901234567890123456789", "0.1234567890123456789012345679"),
            ("\"1E-2\"", "0.01"),
        ] {
            let amount = line(&format!("{{\"amount\":{json}}}")).amount;
            assert_eq!(amount.to_string(), expected, "{json}");
        }
        for json in [
            "1e400",
            "1e9223372036854775808",
            "-1e29",
            "12345678901234567890123456789.5",
            "79228162514264337593543950336",
            "\"\"",
            "\"1_0\"",
            "\"+1\"",
            "\"NaN\"",
            "true",
            "[1]",
            "{}",
            "\".5\"",
            "\"5.\"",
            "\"--5\"",
            "\"1e\"",
            "\" 1\"",
        ] {
            let error = decode::<Line>(format!("{{\"amount\":{json}}}").as_bytes()).unwrap_err();
            assert_eq!(error.path, "amount", "{json}");
        }
    }

    #[test]
    fn what_is_no_such_object_is_an_error() {
        for (json, path, expected) in [
            ("[]", "", "expected an object"),
            ("7", "", "expected an object"),
            ("null", "", "expected an object"),
            (r#"{"message":"x"}"#, "", "none of the expected keys (id, count"),
            (r#"{"inner":[]}"#, "inner", "expected an object"),
            (r#"{"inner":{"message":"x"}}"#, "inner", "but `message`"),
            (r#"{"lines":[{},{"id":"a"},[]]}"#, "lines[2]", "expected an object"),
            (
                r#"{"lines":[{"inner":{"lines":[{"count":-1}]}}]}"#,
                "lines[0].inner.lines[0].count",
                "",
            ),
            (r#"{"lines":{}}"#, "lines", "expected a sequence"),
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
    fn one_object_may_stand_for_a_list() {
        let read = |json: &str| {
            let raw: &RawValue = serde_json::from_str(json).unwrap();
            one_or_many::<Line, serde_json::Error>(raw)
        };
        assert_eq!(read(r#"[{"amount":1.10},{}]"#).unwrap()[0].amount.to_string(), "1.10");
        assert_eq!(read(r#"{"amount":1.10}"#).unwrap()[0].amount.to_string(), "1.10");
        assert!(read("[]").unwrap().is_empty());
        assert!(read("null").unwrap().is_empty());
        for (json, expected) in [
            ("7", "expected an object or a list of objects"),
            ("[7]", "expected an object"),
            (r#"[{"message":"x"}]"#, "none of the expected keys"),
            (r#"{"inner":{"amount":"x"}}"#, "at `inner.amount`: not an exact decimal amount"),
        ] {
            let error = read(json).unwrap_err().to_string();
            assert!(error.contains(expected), "{json}: {error}");
        }
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let written = line(r#"{"id":"a","amount":1.50,"lines":[{"rate":"2"}],"inner":{"id":"b"}}"#);
        let json = serde_json::to_string(&written).unwrap();
        assert!(json.contains(r#""amount":"1.50""#), "{json}");
        assert_eq!(line(&json), written);
    }
}
