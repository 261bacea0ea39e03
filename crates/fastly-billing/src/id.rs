use std::{borrow::Borrow, fmt, ops::Deref};

use sdk_core::http::QueryValue;
use serde::{Deserialize, Deserializer, Serialize, de};

/// An opaque identifier, such as `INV-100001`.
///
/// Fastly documents invoice identifiers as integers but sends strings; older responses have
/// integers. Both decode, and a number becomes the string of its digits.
///
/// ```
/// use fastly_billing::Id;
///
/// assert_eq!(Id::from("INV-100001"), "INV-100001");
/// assert_eq!(Id::from(4100001), "4100001");
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Id(String);

impl Id {
    /// Returns the identifier as a string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Id {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl AsRef<str> for Id {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

/// Allows looking up a string in a map with `Id` keys.
impl Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Id {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

impl From<String> for Id {
    fn from(id: String) -> Self {
        Self(id)
    }
}

impl From<&String> for Id {
    fn from(id: &String) -> Self {
        Self(id.clone())
    }
}

impl From<&Id> for Id {
    fn from(id: &Id) -> Self {
        id.clone()
    }
}

impl From<u64> for Id {
    fn from(id: u64) -> Self {
        Self(id.to_string())
    }
}

impl From<Id> for String {
    fn from(id: Id) -> Self {
        id.0
    }
}

/// Allows passing an `&Id` where a string is expected.
impl From<&Id> for String {
    fn from(id: &Id) -> Self {
        id.0.clone()
    }
}

impl PartialEq<str> for Id {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Id {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl QueryValue for Id {
    fn append_to(&self, values: &mut Vec<String>) {
        values.push(self.0.clone());
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

struct Visitor;

impl de::Visitor<'_> for Visitor {
    type Value = Id;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or an integer")
    }

    fn visit_str<E: de::Error>(self, id: &str) -> Result<Id, E> {
        Ok(id.into())
    }

    fn visit_u64<E: de::Error>(self, id: u64) -> Result<Id, E> {
        Ok(id.into())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::Id;

    #[test]
    fn a_map_by_id_is_searched_by_string() {
        let id = Id::from(&"INV-1".to_owned());
        let map = HashMap::from([(id.clone(), 1)]);
        assert_eq!(map.get("INV-1"), Some(&1));
        assert_eq!(String::from(&id), "INV-1");
        assert!(id == *"INV-1" && id == "INV-1");
    }

    #[test]
    fn strings_and_integers_are_ids() {
        let read = |json: &str| serde_json::from_str::<Id>(json);
        for (json, expected) in [
            ("\"INV-100001\"", "INV-100001"),
            ("\"29000001\"", "29000001"),
            ("\"0012\"", "0012"),
            ("4100001", "4100001"),
            ("18446744073709551615", "18446744073709551615"),
            ("\"\"", ""),
        ] {
            let id = read(json).unwrap();
            assert_eq!(id, expected);
            assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{expected}\""));
        }
        for json in ["1.5", "-1", "true", "null", "[1]", "{}"] {
            assert!(read(json).is_err(), "{json}");
        }
        assert_eq!(Id::from(7), Id::from("7"));
        assert_eq!(format!("{:>4}|{:?}", Id::from(7), Id::from(7)), "   7|Id(\"7\")");
    }
}
