//! `Money`: sums, differences, signs and decimals agree with 128-bit integers.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rust_decimal::Decimal;
use scaleway_billing::Money;

const NANOS: i128 = 1_000_000_000;

/// The amount in billionths.
fn whole(money: &Money) -> i128 {
    i128::from(money.units) * NANOS + i128::from(money.nanos)
}

/// Returns whether the units of an amount in billionths fit.
fn fits(whole: i128) -> bool {
    i64::try_from(whole / NANOS).is_ok()
}

fn agree(what: &str, found: Option<&Money>, expected: i128) {
    match found {
        Some(money) => assert_eq!(whole(money), expected, "{what}"),
        None => assert!(!fits(expected), "{what}: {expected} is rejected"),
    }
}

fuzz_target!(|data: (i64, i32, i64, i32, i64, i32)| {
    let money = |units, nanos| Money::new("EUR", units, nanos).ok();
    let (Some(a), Some(b), Some(c)) =
        (money(data.0, data.1), money(data.2, data.3), money(data.4, data.5))
    else {
        return;
    };
    let (x, y, z) = (whole(&a), whole(&b), whole(&c));
    agree("sum", a.checked_add(&b).ok().as_ref(), x + y);
    agree("difference", a.checked_sub(&b).ok().as_ref(), x - y);
    agree("sign", a.checked_neg().ok().as_ref(), -x);
    agree("sum of all", Money::checked_sum("EUR", [&a, &b, &c]).ok().as_ref(), x + y + z);
    assert_eq!(a.total_cmp(&b), x.cmp(&y));
    assert_eq!((a == b, a.is_zero(), a.is_negative()), (x == y, x == 0, x < 0));
    assert_eq!(a.to_decimal(), Decimal::from_i128_with_scale(x, 9));
    assert_eq!(Money::from_decimal("EUR", a.to_decimal()).unwrap(), a);
});
