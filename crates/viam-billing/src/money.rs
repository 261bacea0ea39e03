use rust_decimal::{Decimal, RoundingStrategy};

/// Converts one of Viam's `f64` amounts to US dollars with two decimal places.
///
/// The conversion takes the shortest decimal that denotes the number, which is what `{}` prints,
/// and rounds it to whole cents. Half a cent rounds away from zero. `0.30000000000000004`, a
/// typical sum of such numbers, becomes 0.30, and 1.005 becomes 1.01. Add the rounded amounts
/// rather than rounding the sum.
///
/// Returns `None` for NaN, infinities, and values that do not fit in a `Decimal`.
///
/// ```
/// use viam_billing::round_to_cents;
///
/// assert_eq!(round_to_cents(0.1 + 0.2).unwrap().to_string(), "0.30");
/// assert_eq!(round_to_cents(f64::NAN), None);
/// ```
#[must_use]
pub fn round_to_cents(amount: f64) -> Option<Decimal> {
    let shortest: Decimal = amount.to_string().parse().ok()?;
    let mut cents = shortest.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    cents.rescale(2);
    // Normalizes a negative zero.
    cents.set_sign_negative(cents.is_sign_negative() && !cents.is_zero());
    Some(cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_rounded_once() {
        for (amount, expected) in [
            (0.0, Some("0.00")),
            (-0.0, Some("0.00")),
            (-0.001, Some("0.00")),
            (9.99, Some("9.99")),
            (1.005, Some("1.01")),
            (-1.005, Some("-1.01")),
            (2.675, Some("2.68")),
            (0.004_999, Some("0.00")),
            (5e-324, Some("0.00")),
            (1_234_567_890.12, Some("1234567890.12")),
            (1e300, None),
            (f64::MAX, None),
            (f64::INFINITY, None),
            (f64::NAN, None),
        ] {
            let text = round_to_cents(amount).map(|cents| cents.to_string());
            assert_eq!(text.as_deref(), expected, "{amount}");
        }
    }
}
