//! Calendar months and the current time, in UTC.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, TimeDelta, Utc};

/// A month, counted from January of year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Month(i32);

impl Month {
    /// `number` is 1 for January.
    pub(crate) const fn new(year: i32, number: i32) -> Self {
        Self(year * 12 + number - 1)
    }

    /// The month that contains `time`.
    pub(crate) fn of(time: DateTime<Utc>) -> Self {
        Self(time.year() * 12 + time.month0().cast_signed())
    }

    /// Reads `YYYY-MM`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (year, number) = text.split_once('-')?;
        let digits = |text: &str, count| {
            text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())
        };
        if !digits(year, 4) || !digits(number, 2) {
            return None;
        }
        let number: i32 = number.parse().ok()?;
        (1..=12).contains(&number).then_some(Self::new(year.parse().ok()?, number))
    }

    /// The month `months` before this one.
    pub(crate) const fn before(self, months: i32) -> Self {
        Self(self.0 - months)
    }

    /// The month `months` after this one.
    pub(crate) fn after(self, months: usize) -> Self {
        Self(self.0.saturating_add(i32::try_from(months).unwrap_or(i32::MAX)))
    }

    pub(crate) const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The number of the month, counted without gaps.
    pub(crate) const fn ordinal(self) -> i32 {
        self.0
    }

    pub(crate) fn start(self) -> DateTime<Utc> {
        let number = self.0.rem_euclid(12).unsigned_abs() + 1;
        NaiveDate::from_ymd_opt(self.0.div_euclid(12), number, 1)
            .unwrap_or_default() // Only for years that chrono cannot represent.
            .and_time(NaiveTime::MIN)
            .and_utc()
    }
}

/// The date that a sandbox uses as today. Its clock starts at noon.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Today(NaiveDate);

impl Today {
    /// The given date, or that of the system clock.
    pub(crate) fn new(day: Option<NaiveDate>) -> Self {
        Self(day.unwrap_or_else(|| Utc::now().date_naive()))
    }

    /// The current month.
    pub(crate) fn month(self) -> Month {
        Month::of(self.midnight())
    }

    /// The first instant of the day.
    pub(crate) fn midnight(self) -> DateTime<Utc> {
        self.0.and_time(NaiveTime::MIN).and_utc()
    }

    /// The time of the sandbox before any change.
    pub(crate) fn noon(self) -> DateTime<Utc> {
        self.midnight() + TimeDelta::hours(12)
    }
}

/// A fixed date for tests.
#[cfg(test)]
pub(crate) fn june_2026() -> Today {
    Today::new(NaiveDate::from_ymd_opt(2026, 6, 15))
}

/// Writes `YYYY-MM`.
impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.start().format("%Y-%m"))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn months_cross_years() {
        let january = Month::new(2026, 1);
        assert_eq!(january.to_string(), "2026-01");
        assert_eq!(january.before(1).to_string(), "2025-12");
        assert_eq!(january.before(1).next(), january);
        assert_eq!(january.start().to_rfc3339(), "2026-01-01T00:00:00+00:00");
        assert_eq!(Month::of(january.start()), january);
        assert_eq!(Month::of(january.next().start() - TimeDelta::nanoseconds(1)), january);
    }

    #[test]
    fn only_the_canonical_form_is_parsed() {
        assert_eq!(Month::parse("2025-12"), Some(Month::new(2025, 12)));
        for bad in ["", "2025", "2025-00", "2025-13", "2025-1", "25-01", "2025-01-01", "+025-01"] {
            assert_eq!(Month::parse(bad), None, "{bad}");
        }
    }
}
