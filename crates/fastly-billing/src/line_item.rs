use sdk_core::json::{DeserializeAs, Literal, SerializeAs, read_item, read_object};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::value::RawValue;

/// A line of a v2 bill: an object, or before July 2023 an object inside `{"line": {…}}`. A `line`
/// that is neither an object nor a list is ignored; the keys beside it are then the line, even if
/// there are none.
#[derive(Debug)]
pub(crate) struct LineItem;

/// The old form of a line.
#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    line: Option<&'a RawValue>,
}

/// Deserializes a value that is present, even if it is null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<&'de RawValue>, D::Error> {
    Deserialize::deserialize(deserializer).map(Some)
}

impl<'de, T: DeserializeOwned> DeserializeAs<'de, Option<T>> for LineItem {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        let literal = Literal::deserialize(deserializer)?;
        let line = literal.get();
        if line == "null" {
            return Ok(None);
        }
        let wrapped = match line.starts_with('{') {
            true => serde_json::from_str::<Wrapped<'_>>(line).map_err(D::Error::custom)?.line,
            false => None,
        };
        match wrapped.map(RawValue::get) {
            Some(inner) if inner.starts_with('{') => read_item(inner),
            Some(inner) if !inner.starts_with('[') => read_object(line),
            _ => read_item(line),
        }
        .map(Some)
    }
}

impl<T: Serialize> SerializeAs<T> for LineItem {
    fn serialize_as<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }
}
