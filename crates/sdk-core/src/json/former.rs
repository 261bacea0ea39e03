//! Keys with a former spelling.

use std::{borrow::Cow, collections::VecDeque, fmt};

use serde::{
    Deserializer,
    de::{DeserializeSeed, IntoDeserializer, MapAccess, Visitor},
    forward_to_deserialize_any,
};

use super::literal::Literal;

/// The former spellings of some keys of a model.
#[derive(Debug, Clone, Copy)]
pub struct Former {
    /// A former spelling, and the present one.
    pairs: &'static [(&'static str, &'static str)],
    /// The outlines of all these spellings.
    outlines: u64,
}

impl Former {
    /// Takes pairs of a former spelling and the present one, at most 64.
    #[must_use]
    pub const fn new(pairs: &'static [(&'static str, &'static str)]) -> Self {
        assert!(pairs.len() <= 64, "a model has at most 64 former spellings");
        let (mut outlines, mut rest) = (0, pairs);
        while let [(former, present), others @ ..] = rest {
            outlines |= outline(former) | outline(present);
            rest = others;
        }
        Self { pairs, outlines }
    }

    #[inline]
    fn find(self, key: &str) -> Option<Spelling> {
        if self.outlines & outline(key) == 0 { None } else { self.search(key) }
    }

    fn search(self, key: &str) -> Option<Spelling> {
        self.pairs.iter().enumerate().find_map(|(pair, (former, present))| {
            if key == *present {
                return Some(Spelling::Present(1 << pair));
            }
            (key == *former).then_some(Spelling::Former(pair))
        })
    }

    fn former(self, pair: usize) -> &'static str {
        self.pairs.get(pair).map_or("", |(former, _)| former)
    }

    /// The bit of the present spelling of a pair: that of the first pair with this spelling.
    fn bit(self, pair: usize) -> u64 {
        let present = self.pairs.get(pair).map_or("", |(_, present)| present);
        match self.search(present) {
            Some(Spelling::Present(bit)) => bit,
            _ => 0,
        }
    }
}

/// Which spelling a key is.
enum Spelling {
    /// A present one, with its bit.
    Present(u64),
    /// The former one of a pair.
    Former(usize),
}

/// One bit of 64, by the length and the first letter: most keys are told from all spellings by it.
#[inline]
const fn outline(key: &str) -> u64 {
    let first = match key.as_bytes() {
        [first, ..] => *first as usize,
        [] => 0,
    };
    1 << ((first + key.len()) % 64)
}

/// A deserializer for a model with former spellings of some keys.
///
/// The model has each former spelling as an alias. Where an object has both spellings of a key, the
/// present one is decoded, unless it is null.
#[derive(Debug)]
pub struct FormerKeys<D> {
    deserializer: D,
    former: Former,
}

impl<D> FormerKeys<D> {
    /// Wraps the deserializer of the model.
    pub fn new(deserializer: D, former: Former) -> Self {
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
    former: Former,
}

impl<'de, V: Visitor<'de>> Visitor<'de> for FormerVisitor<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.visitor.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<V::Value, A::Error> {
        let Self { visitor, former } = self;
        let (kept, value, rest) = (Vec::new(), None, VecDeque::new());
        visitor.visit_map(FormerAccess { map, former, present: 0, open: 0, kept, value, rest })
    }
}

/// Passes an object on, with former spellings last, and only where the present one is missing. The
/// value of a former spelling takes the place of a null.
struct FormerAccess<'de, A> {
    map: A,
    former: Former,
    /// The bits of the present spellings that have come.
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
        let found = |key: &str, value: &Literal<'_>| match former.find(key) {
            Some(Spelling::Former(pair)) => former.bit(pair) == present && value.get() != NULL,
            _ => false,
        };
        if let Some(at) = self.kept.iter().rposition(|(pair, _)| former.bit(*pair) == present) {
            let (pair, value) = self.kept.remove(at);
            return Ok((Cow::Borrowed(former.former(pair)), value));
        }
        let at = self.rest.iter().position(|(key, value)| found(key, value));
        if let Some((key, value)) = at.and_then(|at| self.rest.remove(at)) {
            return Ok((Cow::Owned(key), value));
        }
        while let Some((key, value)) = self.map.next_entry::<String, Literal<'de>>()? {
            if found(&key, &value) {
                return Ok((Cow::Owned(key), value));
            }
            self.rest.push_back((key, value));
        }
        let pair = usize::try_from(present.trailing_zeros()).unwrap_or_default();
        let key = former.pairs.get(pair).map_or("", |(_, present)| present);
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
            let former = self.former;
            let (present, open) = (&mut self.present, &mut self.open);
            let key = FormerKey { seed: &mut seed, former, present, open };
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
            let (former, bit) = (self.former.former(pair), self.former.bit(pair));
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
    former: Former,
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
        match self.former.find(key) {
            Some(Spelling::Former(pair)) => return Ok(Read::Former(pair)),
            Some(Spelling::Present(bit)) => {
                *self.open = bit;
                *self.present |= bit;
            }
            None => {}
        }
        let seed = self.seed.take().ok_or_else(|| E::custom("a key is read twice"))?;
        seed.deserialize(key.into_deserializer()).map(Read::Key)
    }
}
