use std::collections::BTreeMap;

use sdk_core::json::{DeserializeAs, SerializeAs, read_item};
use serde::{
    Deserialize as _, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::value::{RawValue, to_raw_value};

/// A line of a v2 bill: an object, or before July 2023 one around it, `{"line": {…}}`.
#[derive(Debug)]
pub(crate) struct LineItem;

impl<'de, T: DeserializeOwned> DeserializeAs<'de, Option<T>> for LineItem {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
        let Some(fields) = Option::<BTreeMap<String, &RawValue>>::deserialize(deserializer)? else {
            return Ok(None);
        };
        match fields.get("line") {
            Some(line) if line.get().starts_with('{') => read_item(line),
            _ => read_item(&to_raw_value(&fields).map_err(D::Error::custom)?),
        }
        .map(Some)
    }
}

impl<T: Serialize> SerializeAs<T> for LineItem {
    fn serialize_as<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }
}
