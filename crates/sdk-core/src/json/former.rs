//! Keys with a former spelling.

use std::{borrow::Cow, collections::VecDeque, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, IntoDeserializer, MapAccess, Visitor},
    forward_to_deserialize_any,
};

use super::literal::Literal;

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
    #[cold]
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

    #[inline]
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
        read_kept(seed, &key, value)
    }
}

/// Reads a value that was kept under a key. The path of an error ends at the key, and goes on from
/// there.
#[cold]
fn read_kept<'de, V: DeserializeSeed<'de>, E: serde::de::Error>(
    seed: V,
    key: &str,
    value: Literal<'de>,
) -> Result<V::Value, E> {
    let mut track = serde_path_to_error::Track::new();
    let read = match value.0 {
        Cow::Borrowed(text) => {
            let mut document = serde_json::Deserializer::from_str(text);
            seed.deserialize(serde_path_to_error::Deserializer::new(&mut document, &mut track))
        }
        Cow::Owned(text) => {
            let value: serde_json::Value = serde_json::from_str(&text).map_err(E::custom)?;
            seed.deserialize(serde_path_to_error::Deserializer::new(value, &mut track))
        }
    };
    read.map_err(|error| {
        let (path, dot) = match track.path().to_string() {
            path if path == "." => (String::new(), ""),
            path if path.starts_with('[') => (path, ""),
            path => (path, "."),
        };
        E::custom(format_args!("at `{key}{dot}{path}`: {error}"))
    })
}

/// Reads a value, or returns the seed where there is null.
struct UnlessNull<S>(S);

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for UnlessNull<S> {
    type Value = Result<S::Value, S>;

    #[inline]
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

    #[inline]
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
