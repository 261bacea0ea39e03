//! Dates and times.

use std::fmt;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::{
    Deserializer,
    de::{Unexpected, Visitor},
};
use serde_with::DeserializeAs;

/// A date and time by RFC 3339. One without a time zone is in UTC, one without seconds is at the full
/// minute, and a mere date is midnight UTC. `0000-00-00`, by which some databases mean no date, is
/// `None`, with a time or without.
#[derive(Debug)]
pub struct Instant;

/// A date and time as [`Instant`] reads it; `None` for any other string or number.
///
/// It is for vendors that have written dates in more than one form: an invoice does not fail because
/// of its date.
#[derive(Debug)]
pub struct AnyInstant;

impl<'de> DeserializeAs<'de, Option<DateTime<Utc>>> for Instant {
    fn deserialize_as<D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        deserializer.deserialize_any(InstantVisitor { lenient: false })
    }
}

impl<'de> DeserializeAs<'de, Option<DateTime<Utc>>> for AnyInstant {
    fn deserialize_as<D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        deserializer.deserialize_any(InstantVisitor { lenient: true })
    }
}

struct InstantVisitor {
    /// Whether a string or number that is not a date is `None`.
    lenient: bool,
}

impl InstantVisitor {
    fn refuse<E: serde::de::Error>(
        &self,
        unexpected: Unexpected<'_>,
    ) -> Result<Option<DateTime<Utc>>, E> {
        match self.lenient {
            true => Ok(None),
            false => Err(E::invalid_value(unexpected, self)),
        }
    }
}

impl Visitor<'_> for InstantVisitor {
    type Value = Option<DateTime<Utc>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date and time by RFC 3339")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_u64<E: serde::de::Error>(self, value: u64) -> Result<Self::Value, E> {
        self.refuse(Unexpected::Unsigned(value))
    }

    fn visit_i64<E: serde::de::Error>(self, value: i64) -> Result<Self::Value, E> {
        self.refuse(Unexpected::Signed(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Self::Value, E> {
        self.refuse(Unexpected::Float(value))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if let Some(instant) = parse_utc(text) {
            return Ok(Some(instant));
        }
        let text = text.trim();
        if text.is_empty() || text.starts_with("0000-00-00") {
            return Ok(None);
        }
        match parse_instant(text) {
            Some(instant) => Ok(Some(instant)),
            None => self.refuse(Unexpected::Str(text)),
        }
    }
}

/// Reads a date and time in any of the forms that are not [the usual one](parse_utc).
fn parse_instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(zoned) = text.parse() {
        return Some(zoned);
    }
    let text = text.replacen(' ', "T", 1);
    if let Ok(zoneless) = text.parse::<NaiveDateTime>() {
        return Some(zoneless.and_utc());
    }
    if let Ok(zoned) = DateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M%#z") {
        return Some(zoned.into());
    }
    let minute = text.strip_suffix(['Z', 'z']).unwrap_or(&text);
    if let Ok(minute) = NaiveDateTime::parse_from_str(minute, "%Y-%m-%dT%H:%M") {
        return Some(minute.and_utc());
    }
    let date: NaiveDate = text.parse().ok()?;
    Some(date.and_time(NaiveTime::MIN).and_utc())
}

/// Reads `2026-05-01T00:59:59.999999Z` and the like, which nearly all are; `None` if it is anything
/// else.
pub(crate) fn parse_utc(text: &str) -> Option<DateTime<Utc>> {
    let number = |digits: &[u8]| {
        digits.iter().try_fold(0_u32, |number, byte| {
            byte.is_ascii_digit().then(|| number * 10 + u32::from(byte - b'0'))
        })
    };
    let (date, rest) = text.as_bytes().split_first_chunk::<19>()?;
    let [y1, y2, y3, y4, b'-', o1, o2, b'-', d1, d2, b'T', h1, h2, b':', m1, m2, b':', s1, s2] =
        *date
    else {
        return None;
    };
    let nanos = match rest {
        b"Z" => 0,
        [b'.', digits @ .., b'Z'] if (1..=9).contains(&digits.len()) => {
            let places = u32::try_from(digits.len()).ok()?;
            number(digits)? * 10_u32.pow(9 - places)
        }
        _ => return None,
    };
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, number(&[o1, o2])?, number(&[d1, d2])?)?;
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[m1, m2])?, number(&[s1, s2])?);
    Some(day.and_hms_nano_opt(hour, minute, second, nanos)?.and_utc())
}
