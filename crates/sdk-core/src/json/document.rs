//! Whole documents: bodies of responses, and what is kept of them.

use base64::Engine as _;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::object::{Guarded, Keys};
use crate::{Error, ErrorKind};

/// Reads an object out of a document, as [`Item`] does. The error names the place below it.
///
/// # Errors
///
/// It is no such object.
pub fn read_item<T: DeserializeOwned, E: serde::de::Error>(json: &str) -> Result<T, E> {
    read(json, Keys::Some)
}

/// Same as [`read_item`], but the object may have any keys or none, as for [`Object`].
///
/// # Errors
///
/// It is not an object, or a value in it has another type.
pub fn read_object<T: DeserializeOwned, E: serde::de::Error>(json: &str) -> Result<T, E> {
    read(json, Keys::Any)
}

fn read<T: DeserializeOwned, E: serde::de::Error>(json: &str, keys: Keys) -> Result<T, E> {
    decode_with(json.as_bytes(), keys).map_err(|error| match error.path.as_str() {
        "" => E::custom(error.source),
        path => E::custom(format_args!("at `{path}`: {}", error.source)),
    })
}

/// Decodes a JSON object like the body of a response. Use it for documents that a program gets in
/// another way, such as a stored response or the body of a webhook.
///
/// ```
/// # use sdk_core::{Result, json::from_slice};
/// # #[derive(serde::Deserialize)]
/// # struct Invoice { id: String }
/// let invoice: Invoice = from_slice(br#"{"id": "INV-100001"}"#)?;
/// assert_eq!(invoice.id, "INV-100001");
/// # Ok::<_, sdk_core::Error>(())
/// ```
///
/// # Errors
///
/// Fails with [`ErrorKind::Decode`] if the bytes are not JSON, or not the expected object. The
/// message names the place.
#[doc(alias = "unmarshal")]
pub fn from_slice<T: DeserializeOwned>(json: &[u8]) -> crate::Result<T> {
    decode(json).map_err(|failure| {
        let place = if failure.path.is_empty() { "document" } else { &failure.path };
        let message = format!("unexpected `{place}`: {}", failure.source);
        Error::new(ErrorKind::Decode, message).with_source(failure.source)
    })
}

/// Why a body could not be decoded.
#[derive(Debug)]
pub(crate) struct DecodeError {
    /// Where in the document, as `invoices[3].total.units`; empty at the top.
    pub(crate) path: String,
    /// Whether the document stops before its end.
    pub(crate) cut_short: bool,
    pub(crate) source: serde_json::Error,
}

/// Decodes a body that must be a list of objects, as [`List`] and [`Item`] do.
pub(crate) fn decode_list<T: DeserializeOwned>(body: &[u8]) -> Result<Vec<T>, DecodeError> {
    let elements: Vec<&RawValue> = serde_json::from_slice(body).map_err(|source| DecodeError {
        path: String::new(),
        cut_short: source.is_eof(),
        source,
    })?;
    let read = |(at, raw): (usize, &RawValue)| {
        decode_with(raw.get().as_bytes(), Keys::Some).map_err(|failure| {
            let dot = if failure.path.is_empty() { "" } else { "." };
            DecodeError { path: format!("[{at}]{dot}{}", failure.path), ..failure }
        })
    };
    let elements = elements.into_iter().enumerate().filter(|(_, raw)| raw.get() != "null");
    elements.map(read).collect()
}

/// Encodes bytes as vendors do in JSON (`format: byte`).
#[must_use]
pub fn to_base64(bytes: &[u8]) -> String {
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Decodes a body that must be an object, unless the type is deserialized by hand and says
/// otherwise. A byte-order mark before it is skipped.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    decode_with(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body), Keys::SomeOrNone)
}

/// Same as [`decode`], but the object may have any keys.
#[cfg(feature = "http")]
pub(crate) fn decode_any<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    decode_with(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body), Keys::Any)
}

/// Checks a whole body for UTF-8 at once, which is faster than string by string. The path of an error
/// is looked for only once there is one: finding it doubles the work.
fn decode_with<T: DeserializeOwned>(body: &[u8], keys: Keys) -> Result<T, DecodeError> {
    if let Ok(text) = str::from_utf8(body) {
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let value = T::deserialize(Guarded { deserializer: &mut deserializer, keys });
        if let Ok(value) = value.and_then(|value| deserializer.end().map(|()| value)) {
            return Ok(value);
        }
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
    let value = T::deserialize(Guarded { deserializer: tracked, keys }).map_err(|source| {
        let path = track.path().to_string();
        (if path == "." { String::new() } else { path }, source)
    });
    // A string that is not UTF-8 is an error only where it is read.
    let whole = |value| match deserializer.end() {
        Ok(()) => Ok(value),
        Err(source) => Err((String::new(), source)),
    };
    value.and_then(whole).map_err(|(path, source)| {
        let cut_short = source.is_eof();
        DecodeError { path, cut_short, source }
    })
}
