//! The literal text of a value.

use std::{borrow::Cow, cell::Cell, fmt};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, Error as _, MapAccess, Visitor},
    forward_to_deserialize_any,
};
use serde_json::value::RawValue;

/// The literal JSON text of a value: where it stands in the document, or, over anything that is not
/// a document in memory, as it would be written.
///
/// It borrows from the document if it can. It deserializes from any self-describing format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Literal<'de>(pub(super) Cow<'de, str>);

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
pub(super) fn literal<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Cow<'de, str>, D::Error> {
    Literal::deserialize(deserializer).map(|literal| literal.0)
}

/// What a literal string contains; `None` if the literal is not a string.
pub(super) fn content(literal: &str) -> Option<Cow<'_, str>> {
    let quoted = literal.strip_prefix('"')?.strip_suffix('"')?;
    if quoted.contains('\\') {
        return serde_json::from_str(literal).ok().map(Cow::Owned);
    }
    Some(Cow::Borrowed(quoted))
}
