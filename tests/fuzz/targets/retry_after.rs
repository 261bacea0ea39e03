//! `Retry-After`, with and without a `Date`: every delay is finite, and a number of seconds gives
//! that delay.

#![no_main]

use std::time::Duration;

use http::{
    HeaderMap, HeaderValue,
    header::{DATE, RETRY_AFTER},
};
use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "the target uses a part of the module")]
#[path = "../../../crates/sdk-core/src/retry_after.rs"]
mod retry_after;

fuzz_target!(|data: (&str, &str)| {
    let (wait, date) = data;
    let mut headers = HeaderMap::new();
    let Ok(value) = HeaderValue::from_str(wait) else { return };
    headers.insert(RETRY_AFTER, value);
    if let Ok(date) = HeaderValue::from_str(date) {
        headers.insert(DATE, date);
    }
    let found = retry_after::retry_after(&headers);
    if !wait.is_empty() && wait.len() < 10 && wait.bytes().all(|byte| byte.is_ascii_digit()) {
        assert_eq!(found, Some(Duration::from_secs(wait.parse().unwrap())), "{wait}");
    }
});
