use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{Error, Result, http::QueryValue, text::one_line};

/// A calendar month in UTC, as bills are made out for: `2026-05`.
///
/// ```
/// use sdk_core::BillingMonth;
///
/// let may = BillingMonth::new(2026, 5)?;
/// assert_eq!(may.to_string(), "2026-05");
/// assert_eq!("2026-05".parse::<BillingMonth>()?, may);
/// assert_eq!(may.next().to_string(), "2026-06");
/// # Ok::<_, sdk_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BillingMonth {
    year: u16,
    month: u8,
}

impl BillingMonth {
    /// A month of a year between 1 and 9999.
    ///
    /// # Errors
    ///
    /// There is no such month.
    pub fn new(year: u16, month: u8) -> Result<Self> {
        if (1..=9999).contains(&year) && (1..=12).contains(&month) {
            Ok(Self { year, month })
        } else {
            Err(Error::invalid_request(format!("there is no month {month} of the year {year}")))
        }
    }

    /// The year, from 1 to 9999.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// The month of the year, from 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// Its first day.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(i32::from(self.year), u32::from(self.month), 1).unwrap_or_default()
    }

    /// The month after it; the last one there is stays where it is.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self { year: 9999, month: 12 } => self,
            Self { year, month: 12 } => Self { year: year + 1, month: 1 },
            Self { year, month } => Self { year, month: month + 1 },
        }
    }

    /// The month before it; the first one there is stays where it is.
    #[must_use]
    pub fn previous(self) -> Self {
        match self {
            Self { year: 1, month: 1 } => self,
            Self { year, month: 1 } => Self { year: year - 1, month: 12 },
            Self { year, month } => Self { year, month: month - 1 },
        }
    }
}

/// January of the year 1, so that types with a month in them have a default.
impl Default for BillingMonth {
    fn default() -> Self {
        Self { year: 1, month: 1 }
    }
}

impl FromStr for BillingMonth {
    type Err = Error;

    /// Reads `YYYY-MM`, or any longer date or instant that begins with it.
    fn from_str(text: &str) -> Result<Self> {
        parse(text).ok_or_else(|| {
            let text = one_line(text, 40);
            Error::invalid_request(format!(
                "`{text}` is not a month: write it as YYYY-MM, for example 2026-05"
            ))
        })
    }
}

fn parse(text: &str) -> Option<BillingMonth> {
    if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
        return BillingMonth::try_from(instant.to_utc()).ok();
    }
    let (month, day) = match text.len() {
        7 => (text, None),
        10 => (text.get(..7)?, Some(text)),
        _ => return None,
    };
    if let Some(day) = day {
        NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
    }
    let (year, month) = month.split_once('-')?;
    let digits =
        |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(year, 4) || !digits(month, 2) {
        return None;
    }
    BillingMonth::new(year.parse().ok()?, month.parse().ok()?).ok()
}

impl TryFrom<DateTime<Utc>> for BillingMonth {
    type Error = Error;

    fn try_from(instant: DateTime<Utc>) -> Result<Self> {
        let year = u16::try_from(instant.year()).unwrap_or_default();
        let month = u8::try_from(instant.month()).unwrap_or_default();
        Self::new(year, month)
    }
}

impl fmt::Display for BillingMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{:04}-{:02}", self.year, self.month))
    }
}

impl fmt::Debug for BillingMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for BillingMonth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for BillingMonth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).ok_or_else(|| {
            D::Error::custom(format_args!("not a month (YYYY-MM or an instant): {text:?}"))
        })
    }
}

impl QueryValue for BillingMonth {
    fn append_to(&self, values: &mut Vec<String>) {
        values.push(self.to_string());
    }

    fn refusal(&self) -> Option<&'static str> {
        (*self == Self::default())
            .then_some("is the default month, 0001-01: set the one to ask for")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_instants_and_garbage() {
        for (text, expected) in [
            ("2026-05", "2026-05"),
            ("0001-01", "0001-01"),
            ("2026-05-31", "2026-05"),
            ("2025-07-01T00:00:00Z", "2025-07"),
            ("2025-07-01T00:00:00.123456+02:00", "2025-06"),
        ] {
            assert_eq!(text.parse::<BillingMonth>().unwrap().to_string(), expected, "{text}");
            let json = format!("\"{text}\"");
            assert_eq!(serde_json::from_str::<BillingMonth>(&json).unwrap().to_string(), expected);
        }
        for text in [
            "",
            "2026",
            "2026-13",
            "2026-00",
            "0000-01",
            "26-05",
            "2026-5",
            "2026/05",
            "2026-05-32",
            "+026-05",
            "2026-05-",
            "2026-é5",
        ] {
            let error = text.parse::<BillingMonth>().unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{text}` is not a month")), "{error}");
        }
    }

    #[test]
    fn months_follow_each_other() {
        let december = BillingMonth::new(2025, 12).unwrap();
        assert_eq!(december.next(), BillingMonth::new(2026, 1).unwrap());
        assert_eq!(december.next().previous(), december);
        assert_eq!(december.previous(), BillingMonth::new(2025, 11).unwrap());
        let first = BillingMonth::new(1, 1).unwrap();
        assert_eq!((first.previous(), first.next().previous()), (first, first));
        assert!(december < december.next());
        let last = BillingMonth::new(9999, 12).unwrap();
        assert_eq!(last.next(), last);
        assert_eq!(december.first_day().to_string(), "2025-12-01");
    }
}
