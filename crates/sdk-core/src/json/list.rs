//! Lists.

use std::{cell::Cell, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_with::{DeserializeAs, SerializeAs, de::DeserializeAsWrap};

use super::{
    Plain,
    object::{Guarded, Item, Keys},
};

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
