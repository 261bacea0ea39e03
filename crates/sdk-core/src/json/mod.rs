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
mod amount;
mod document;
mod former;
mod instant;
mod list;
mod literal;
mod number;
mod object;
#[cfg(test)]
mod tests;

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{IntoDeserializer, Visitor},
};
pub use serde_with::{
    As, DefaultOnNull, DeserializeAs, Same, SerializeAs, base64::Base64, de::DeserializeAsWrap,
    rust::double_option,
};

#[cfg(feature = "http")]
pub(crate) use self::document::decode_any;
pub use self::{
    amount::Amount,
    document::{from_slice, read_item, read_object, to_base64},
    former::{Former, FormerKeys},
    instant::{AnyInstant, Instant},
    list::{List, OneOrMany},
    literal::Literal,
    number::{AnyNumber, Number, Text},
    object::{Item, Object, Required, Strict},
};
pub(crate) use self::{
    document::{DecodeError, decode, decode_list},
    instant::parse_utc,
};

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
