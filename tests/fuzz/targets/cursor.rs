//! A parsed cursor is equal after it is displayed and parsed again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sdk_core::Cursor;

fuzz_target!(|text: &str| {
    let Ok(cursor) = text.parse::<Cursor>() else { return };
    let shown = cursor.to_string();
    let again: Cursor = shown.parse().unwrap();
    assert_eq!(again, cursor, "{text}");
    assert_eq!(again.to_string(), shown);
});
