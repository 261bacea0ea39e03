//! Conversion of wire messages to generated models.

use std::{collections::BTreeMap, convert::Infallible, fmt};

use chrono::{DateTime, Utc};
use prost_types::Timestamp;

/// A wire value that its field cannot represent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidField {
    path: String,
    reason: String,
}

impl InvalidField {
    fn new(reason: String) -> Self {
        Self { path: String::new(), reason }
    }

    /// Adds the enclosing field, with an index if that is a list.
    fn within(mut self, field: &str, index: Option<usize>) -> Self {
        let index = index.map(|index| format!("[{index}]")).unwrap_or_default();
        let dot = if self.path.is_empty() { "" } else { "." };
        self.path = format!("{field}{index}{dot}{}", self.path);
        self
    }
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.path, self.reason)
    }
}

impl std::error::Error for InvalidField {}

impl From<Infallible> for InvalidField {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

/// Converts a message.
///
/// # Errors
///
/// A field of it cannot hold its value.
#[inline]
pub fn message<W, M>(wire: W) -> Result<M, InvalidField>
where
    M: TryFrom<W>,
    InvalidField: From<M::Error>,
{
    Ok(M::try_from(wire)?)
}

/// Converts a message that contains its own type.
///
/// # Errors
///
/// A field of it cannot hold its value.
#[allow(clippy::boxed_local, reason = "the wire layer hands out a box")]
pub fn boxed<W, M>(wire: Box<W>) -> Result<Box<M>, InvalidField>
where
    M: TryFrom<W>,
    InvalidField: From<M::Error>,
{
    message(*wire).map(Box::new)
}

/// Converts the value of a field.
///
/// # Errors
///
/// `convert` fails.
#[inline]
pub fn required<W, M>(
    field: &str,
    wire: W,
    convert: impl FnOnce(W) -> Result<M, InvalidField>,
) -> Result<M, InvalidField> {
    convert(wire).map_err(|error| error.within(field, None))
}

/// Converts the value of a field that may be absent.
///
/// # Errors
///
/// `convert` fails.
#[inline]
pub fn optional<W, M>(
    field: &str,
    wire: Option<W>,
    convert: impl FnOnce(W) -> Result<M, InvalidField>,
) -> Result<Option<M>, InvalidField> {
    wire.map(|wire| required(field, wire, convert)).transpose()
}

/// Converts each element of a list, in its place where the types allow it.
///
/// # Errors
///
/// `convert` fails.
#[inline]
pub fn list<W, M>(
    field: &str,
    wire: Vec<W>,
    convert: impl Fn(W) -> Result<M, InvalidField>,
) -> Result<Vec<M>, InvalidField> {
    let elements = wire.into_iter().enumerate();
    elements
        .map(|(index, wire)| convert(wire).map_err(|error| error.within(field, Some(index))))
        .collect()
}

/// Converts each value of a map.
///
/// # Errors
///
/// `convert` fails.
pub fn map<K: Ord, W, M>(
    field: &str,
    wire: BTreeMap<K, W>,
    convert: impl Fn(W) -> Result<M, InvalidField>,
) -> Result<BTreeMap<K, M>, InvalidField> {
    let entries = wire.into_iter();
    entries
        .map(|(key, wire)| Ok((key, convert(wire).map_err(|error| error.within(field, None))?)))
        .collect()
}

/// The last nanosecond of a second. `chrono` exceeds it in a leap second, which the wire format
/// does not allow.
const LAST_NANOSECOND: i32 = 999_999_999;

/// Converts a time to the wire's form.
#[must_use]
pub fn timestamp(time: DateTime<Utc>) -> Timestamp {
    let nanos = i32::try_from(time.timestamp_subsec_nanos()).unwrap_or(LAST_NANOSECOND);
    Timestamp { seconds: time.timestamp(), nanos: nanos.min(LAST_NANOSECOND) }
}

/// Converts a time from the wire's form.
///
/// # Errors
///
/// The timestamp is invalid or outside the supported range.
#[inline]
pub fn datetime(timestamp: Timestamp) -> Result<DateTime<Utc>, InvalidField> {
    let Timestamp { seconds, nanos } = timestamp;
    u32::try_from(nanos)
        .ok()
        .filter(|_| nanos <= LAST_NANOSECOND)
        .and_then(|nanos| DateTime::from_timestamp(seconds, nanos))
        .ok_or_else(|| {
            InvalidField::new(format!(
                "is not a valid timestamp: {seconds} seconds and {nanos} nanoseconds"
            ))
        })
}

/// Returns whether a request may contain this amount: finite, not negative, and in whole cents.
/// Rounding errors of sums, far below a cent, are allowed.
#[must_use]
pub fn is_amount(amount: f64) -> bool {
    let cents = amount * 100.0;
    let drift = f64::max(1e-6, cents * 4.0 * f64::EPSILON);
    amount >= 0.0 && (cents - cents.round()).abs() <= drift
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(seconds: i64, nanos: i32) -> Result<String, InvalidField> {
        datetime(Timestamp { seconds, nanos }).map(|time| time.to_rfc3339())
    }

    #[test]
    fn timestamps_are_checked() {
        assert_eq!(read(0, 0).unwrap(), "1970-01-01T00:00:00+00:00");
        assert_eq!(read(-1, 500_000_000).unwrap(), "1969-12-31T23:59:59.500+00:00");
        assert!(read(253_402_300_799, LAST_NANOSECOND).unwrap().starts_with("9999-12-31"));
        for (seconds, nanos) in [(0, -1), (0, 1_000_000_000), (i64::MAX, 0), (i64::MIN, 0)] {
            let error = read(seconds, nanos).unwrap_err().within("due_date", None);
            let text = format!(
                "`due_date` is not a valid timestamp: {seconds} seconds and {nanos} nanoseconds"
            );
            assert_eq!(error.to_string(), text);
        }
    }

    #[test]
    fn timestamps_round_trip() {
        for text in ["2026-06-15T12:00:00Z", "1969-12-31T23:59:59.000000001Z"] {
            let time: DateTime<Utc> = text.parse().unwrap();
            assert_eq!(datetime(timestamp(time)).unwrap(), time);
        }
        let leap: DateTime<Utc> = "2016-12-31T23:59:60.5Z".parse().unwrap();
        assert_eq!(timestamp(leap).nanos, LAST_NANOSECOND);
    }

    #[test]
    fn error_names_the_whole_path() {
        let bad = Timestamp { seconds: 0, nanos: -1 };
        let good = Timestamp { seconds: 1, nanos: 0 };
        let inner = |times: Vec<Timestamp>| list("times", times, datetime);
        let error = list("invoices", vec![vec![good], vec![good, bad]], inner).unwrap_err();
        assert!(error.to_string().starts_with("`invoices[1].times[1]` is not"), "{error}");
        let error = map("by_id", BTreeMap::from([("x", bad)]), datetime).unwrap_err();
        assert!(error.to_string().starts_with("`by_id` is not"), "{error}");
    }

    #[test]
    fn amounts_are_whole_cents() {
        for amount in [0.0, -0.0, 0.01, 9.99, 0.1 + 0.2, 19.99 * 3.0, 1_234_567_890.12, 1e15] {
            assert!(is_amount(amount), "{amount}");
        }
        for amount in
            [9.999, 0.005, 1e-5, -0.01, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX]
        {
            assert!(!is_amount(amount), "{amount}");
        }
        // The sum of large amounts differs by some units in the last place.
        assert!(is_amount(1e12 + 0.0305) && !is_amount(1e12 + 0.032));
    }

    /// The memory of the list is reused, so a long list needs no copy.
    #[test]
    fn list_is_converted_in_place() {
        struct Wire(String, Option<Timestamp>);
        struct Model(String, Option<DateTime<Utc>>);

        impl TryFrom<Wire> for Model {
            type Error = InvalidField;

            fn try_from(Wire(id, time): Wire) -> Result<Self, InvalidField> {
                Ok(Self(id, optional("time", time, datetime)?))
            }
        }

        let element = |seconds| Wire("id".to_owned(), Some(Timestamp { seconds, nanos: 0 }));
        let wire: Vec<Wire> = (0..1000).map(element).collect();
        let (place, id) = (wire.as_ptr().addr(), wire[999].0.as_ptr().addr());
        let models: Vec<Model> = list("times", wire, message).unwrap();
        assert_eq!((models.as_ptr().addr(), models[999].0.as_ptr().addr()), (place, id));
        assert_eq!(models[999].1.unwrap().timestamp(), 999);
    }
}
