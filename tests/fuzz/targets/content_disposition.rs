//! `Content-Disposition`: a quoted name is parsed unchanged, and no header gives an empty name.

#![no_main]

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header::CONTENT_DISPOSITION};
use libfuzzer_sys::fuzz_target;
use sdk_core::{Result, save_atomically};

#[allow(dead_code, reason = "the target uses a part of the module")]
#[path = "../../../crates/sdk-core/src/http/download.rs"]
mod download;

fn name(header: &str) -> Option<String> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_str(header).ok()?);
    download::Download::new(&headers, Bytes::new()).name
}

fuzz_target!(|text: &str| {
    assert_ne!(name(text).as_deref(), Some(""), "{text}");
    if !text.is_empty() && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
        assert_eq!(name(&format!("attachment; filename=\"{escaped}\"")).as_deref(), Some(text));
    }
});
