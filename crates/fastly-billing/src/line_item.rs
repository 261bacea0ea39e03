use std::collections::BTreeMap;

use sdk_core::json::{DeserializeAs, SerializeAs, read_object};
use serde::{
    Deserialize as _, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error as _},
};
use serde_json::value::{RawValue, to_raw_value};

/// A line of a v2 bill: an object, or before July 2023 one around it, `{"line": {…}}`.
#[derive(Debug)]
pub(crate) struct LineItem;

impl<'de, T: DeserializeOwned> DeserializeAs<'de, T> for LineItem {
    fn deserialize_as<D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        let fields = BTreeMap::<String, Box<RawValue>>::deserialize(deserializer)?;
        match fields.get("line") {
            Some(line) => read_object(line),
            None => read_object(&to_raw_value(&fields).map_err(D::Error::custom)?),
        }
    }
}

impl<T: Serialize> SerializeAs<T> for LineItem {
    fn serialize_as<S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }
}
