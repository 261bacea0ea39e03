//! Objects, and which keys they must have.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeSeed, Error as _, IntoDeserializer, MapAccess, Visitor,
        value::MapAccessDeserializer,
    },
    forward_to_deserialize_any,
};
use serde_with::DeserializeAs;

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
pub(super) enum Keys {
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
pub(super) struct Guarded<D> {
    pub(super) deserializer: D,
    pub(super) keys: Keys,
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
        if self.found && self.keys != Keys::Known {
            return self.map.next_key_seed(seed);
        }
        let Self { map, fields, found, stranger, .. } = self;
        let note = |key: &str| {
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
