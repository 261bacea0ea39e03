//! Reading pages and requests as untyped JSON.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hasher as _},
};

use serde::Serialize;
use serde_json::{Value, value::RawValue};

/// The JSON of the items in a body: the value that this path of keys leads to, or the whole body if
/// it is a list itself. `None` if a key is missing or null.
pub(super) fn items<'a>(body: &'a [u8], path: &[&str]) -> Option<&'a str> {
    let mut json = std::str::from_utf8(body).ok()?.trim_start_matches('\u{feff}').trim();
    if json.starts_with('[') {
        return Some(json);
    }
    for key in path {
        let mut fields: BTreeMap<String, &RawValue> = serde_json::from_str(json).ok()?;
        json = fields.remove(*key)?.get();
    }
    (json != "null").then_some(json)
}

/// A hash of these bytes, for use within this process.
pub(super) fn digest(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    hasher.finish()
}

/// A fingerprint of this request that is stable across versions: absent and null fields do not
/// count, nor does the order. `None` if the request is not JSON.
pub(super) fn fingerprint(route: &str, request: &impl Serialize) -> Option<u64> {
    let mut text = format!("{route} ");
    write_sorted(&serde_json::to_value(request).ok()?, &mut text);
    Some(fnv1a(text.as_bytes()))
}

fn write_sorted(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<&String, &Value> =
                fields.iter().filter(|(_, value)| !value.is_null()).collect();
            text.push('{');
            for (name, value) in fields {
                text.push_str(&format!("{name:?}:"));
                write_sorted(value, text);
            }
            text.push('}');
        }
        Value::Array(elements) => {
            text.push('[');
            for element in elements {
                write_sorted(element, text);
                text.push(',');
            }
            text.push(']');
        }
        scalar => text.push_str(&format!("{scalar};")),
    }
}

/// The 64-bit FNV-1a hash, which stays the same from version to version.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn items_are_found_by_their_path() {
        for (body, path, expected) in [
            (r#"{"meta":{},"data":[1, 2]}"#, &["data"][..], Some("[1, 2]")),
            (r#"{"a":{"b":[3]}}"#, &["a", "b"], Some("[3]")),
            (" [4]", &["data"], Some("[4]")),
            ("\u{feff}{\"data\":[]}", &["data"], Some("[]")),
            (r#"{"da\u0074a":{}}"#, &["data"], Some("{}")),
            (r#"{"data":null}"#, &["data"], None),
            (r#"{"a":null}"#, &["a", "b"], None),
            (r#"{"meta":{"data":[1]}}"#, &["data"], None),
            ("{}", &["data"], None),
        ] {
            assert_eq!(items(body.as_bytes(), path), expected, "{body}");
        }
    }

    #[test]
    fn fingerprint_depends_only_on_the_request() {
        let of = |request| fingerprint("/things", &request).unwrap();
        assert_eq!(of(json!({"a": 1, "b": null})), of(json!({"a": 1})));
        let all = [
            of(json!({})),
            of(json!({"a": 1})),
            of(json!({"a": "1"})),
            of(json!({"a": [1]})),
            of(json!({"a": [1, 1]})),
            of(json!({"a": {"b": 1}})),
            of(json!({"a": {}, "b": 1})),
            of(json!({"b": 1})),
            fingerprint("/others", &json!({})).unwrap(),
        ];
        let different: std::collections::BTreeSet<u64> = all.into_iter().collect();
        assert_eq!(different.len(), all.len());
        // Users store it, so it must not change.
        assert_eq!(
            of(json!({"b": ["x", true], "a": 1})),
            fnv1a(br#"/things {"a":1;"b":["x";,true;,]}"#)
        );
        // Test vectors published by the authors of the function.
        assert_eq!(fnv1a(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv1a(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(fnv1a(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
