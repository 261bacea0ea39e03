//! `Amount`: a number and the same amount as a string are equal, and the amount is unchanged after
//! it is stored and read back. Sums of short amounts agree with 128-bit integers.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rust_decimal::Decimal;
use sdk_core::json::{Amount, As};
use serde::{Deserialize, Serialize};

#[derive(Debug, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
struct Held(#[serde(with = "As::<Amount>")] Option<Decimal>);

fn read(json: &str) -> Option<Decimal> {
    serde_json::from_str::<Held>(json).ok()?.0
}

fuzz_target!(|data: (&str, i64, i64, u8)| {
    let (text, a, b, places) = data;
    let number = read(text);
    let string = serde_json::to_string(text).ok().and_then(|quoted| read(&quoted));
    // A number that is an amount is the same amount as a string.
    if number.is_some() && !text.trim_start().starts_with('"') {
        assert_eq!(number, string, "{text}");
    }
    for amount in [number, string].into_iter().flatten() {
        let stored = serde_json::to_string(&Held(Some(amount))).unwrap();
        let again = read(&stored).unwrap();
        assert_eq!((again, again.scale()), (amount, amount.scale()), "{text}");
    }

    let places = u32::from(places % 9);
    let show = |value: i64| format!("{value}e-{places}");
    let sum = read(&show(a)).unwrap() + read(&show(b)).unwrap();
    let expected = Decimal::from_i128_with_scale(i128::from(a) + i128::from(b), places);
    assert_eq!(sum, expected, "{a} {b} {places}");
});
