//! Between the wire's timestamps and `chrono`.

use chrono::{DateTime, Utc};
use prost_types::Timestamp;

use crate::{Error, ErrorKind, Result};

/// The last nanosecond of a second. `chrono` counts on in a leap second, which the wire cannot.
const LAST_NANOSECOND: i32 = 999_999_999;

/// A time as the wire has it.
pub(crate) fn timestamp(time: DateTime<Utc>) -> Timestamp {
    let nanos = i32::try_from(time.timestamp_subsec_nanos()).unwrap_or(LAST_NANOSECOND);
    Timestamp { seconds: time.timestamp(), nanos: nanos.min(LAST_NANOSECOND) }
}

/// The time that the wire has in `field`, if it has one.
pub(crate) fn utc(field: &str, timestamp: Option<&Timestamp>) -> Result<Option<DateTime<Utc>>> {
    let Some(&Timestamp { seconds, nanos }) = timestamp else { return Ok(None) };
    let checked = u32::try_from(nanos)
        .ok()
        .filter(|_| nanos <= LAST_NANOSECOND)
        .and_then(|nanos| DateTime::from_timestamp(seconds, nanos));
    match checked {
        Some(time) => Ok(Some(time)),
        None => Err(Error::new(
            ErrorKind::Decode,
            format!("`{field}` is no time: {seconds} seconds and {nanos} nanoseconds"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(seconds: i64, nanos: i32) -> Result<Option<String>> {
        let time = utc("due_date", Some(&Timestamp { seconds, nanos }))?;
        Ok(time.map(|time| time.to_rfc3339()))
    }

    #[test]
    fn times_are_checked() {
        assert_eq!(utc("due_date", None).unwrap(), None);
        assert_eq!(read(0, 0).unwrap().unwrap(), "1970-01-01T00:00:00+00:00");
        assert_eq!(read(-1, 500_000_000).unwrap().unwrap(), "1969-12-31T23:59:59.500+00:00");
        assert!(read(253_402_300_799, LAST_NANOSECOND).unwrap().unwrap().starts_with("9999-12-31"));
        for (seconds, nanos) in [(0, -1), (0, 1_000_000_000), (i64::MAX, 0), (i64::MIN, 0)] {
            let error = read(seconds, nanos).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert!(error.to_string().contains("`due_date`"), "{error}");
        }
    }

    #[test]
    fn times_come_back() {
        for text in ["2026-06-15T12:00:00Z", "1969-12-31T23:59:59.000000001Z"] {
            let time: DateTime<Utc> = text.parse().unwrap();
            assert_eq!(utc("", Some(&timestamp(time))).unwrap(), Some(time));
        }
        let leap: DateTime<Utc> = "2016-12-31T23:59:60.5Z".parse().unwrap();
        assert_eq!(timestamp(leap).nanos, LAST_NANOSECOND);
    }
}
