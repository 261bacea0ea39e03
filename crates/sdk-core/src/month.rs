use std::{
    fmt,
    ops::{Bound, RangeBounds},
    str::FromStr,
};

use chrono::{DateTime, Datelike as _, Months, NaiveDate, NaiveTime, Utc};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, Visitor},
};

use crate::{Error, Result, http::QueryValue, json::parse_utc, text::one_line};

/// A calendar month in UTC, such as `2026-05`.
///
/// ```
/// # use sdk_core::BillingMonth;
/// let may = BillingMonth::new(2026, 5)?;
/// assert_eq!(may.to_string(), "2026-05");
/// assert_eq!("2026-05".parse::<BillingMonth>()?, may);
/// assert_eq!(may.next().to_string(), "2026-06");
/// # Ok::<_, sdk_core::Error>(())
/// ```
///
/// # Dates
///
/// [`start`](Self::start) is the first instant of the month and [`end`](Self::end) the first one
/// after it. Date setters also accept a `BillingMonth`, and use its start.
///
/// ```
/// # use sdk_core::BillingMonth;
/// let february: BillingMonth = "2028-02".parse()?;
/// assert_eq!(february.start().to_rfc3339(), "2028-02-01T00:00:00+00:00");
/// assert_eq!(february.end(), february.next().start());
/// assert_eq!(february.last_day().to_string(), "2028-02-29");
/// # Ok::<_, sdk_core::Error>(())
/// ```
///
/// # Ranges
///
/// [`range`](Self::range) iterates over consecutive months:
///
/// ```
/// # use sdk_core::BillingMonth;
/// let (january, december) = (BillingMonth::new(2026, 1)?, BillingMonth::new(2026, 12)?);
/// assert_eq!(BillingMonth::range(january..=december).count(), 12);
/// assert_eq!(december.months_since(january), 11);
/// assert_eq!(january.add_months(-12).to_string(), "2025-01");
/// # Ok::<_, sdk_core::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BillingMonth {
    year: u16,
    month: u8,
}

impl BillingMonth {
    /// Creates a month from its year (1 to 9999) and its number (1 to 12).
    ///
    /// # Errors
    ///
    /// Fails if the month does not exist.
    pub fn new(year: u16, month: u8) -> Result<Self> {
        if (1..=9999).contains(&year) && (1..=12).contains(&month) {
            Ok(Self { year, month })
        } else {
            Err(Error::invalid_request(format!("there is no month {month} of the year {year}")))
        }
    }

    /// Returns the current month in UTC, according to the system clock.
    #[must_use]
    pub fn current() -> Self {
        Self::try_from(Utc::now()).unwrap_or_default()
    }

    /// Returns the year, from 1 to 9999.
    #[must_use]
    pub fn year(self) -> u16 {
        self.year
    }

    /// Returns the number of the month, from 1 to 12.
    #[must_use]
    pub fn month(self) -> u8 {
        self.month
    }

    /// Returns the first day of the month.
    #[must_use]
    pub fn first_day(self) -> NaiveDate {
        NaiveDate::from_ymd_opt(i32::from(self.year), u32::from(self.month), 1).unwrap_or_default()
    }

    /// Returns the last day of the month.
    #[must_use]
    pub fn last_day(self) -> NaiveDate {
        self.day_after().pred_opt().unwrap_or_default()
    }

    /// Returns the first instant of the month: midnight UTC at the start of its first day.
    #[must_use]
    pub fn start(self) -> DateTime<Utc> {
        self.first_day().and_time(NaiveTime::MIN).and_utc()
    }

    /// Returns the first instant after the month, which is the [`start`](Self::start) of the next
    /// one.
    #[must_use]
    pub fn end(self) -> DateTime<Utc> {
        self.day_after().and_time(NaiveTime::MIN).and_utc()
    }

    /// Returns the first day after the month, which may be in the year 10000.
    fn day_after(self) -> NaiveDate {
        self.first_day().checked_add_months(Months::new(1)).unwrap_or_default()
    }

    /// Returns the next month, or this one if it is December 9999.
    #[must_use]
    pub fn next(self) -> Self {
        self.add_months(1)
    }

    /// Returns the previous month, or this one if it is January of the year 1.
    #[must_use]
    pub fn previous(self) -> Self {
        self.add_months(-1)
    }

    /// Returns the month that is this many months later, or earlier if `months` is negative.
    ///
    /// The result saturates at January of the year 1 and at December 9999.
    #[must_use]
    pub fn add_months(self, months: i32) -> Self {
        let ordinal = i64::from(self.ordinal()) + i64::from(months);
        Self::from_ordinal(u32::try_from(ordinal.max(0)).unwrap_or(LAST).min(LAST))
    }

    /// Returns the number of months from `earlier` to this month; negative if `earlier` is later.
    #[must_use]
    pub fn months_since(self, earlier: Self) -> i32 {
        self.ordinal().cast_signed() - earlier.ordinal().cast_signed()
    }

    /// Returns an iterator over the months of a range, in order.
    ///
    /// A range without a start begins at January of the year 1; one without an end includes
    /// December 9999. A range whose end is before its start is empty.
    pub fn range(
        range: impl RangeBounds<Self>,
    ) -> impl DoubleEndedIterator<Item = Self> + ExactSizeIterator + Clone {
        let start = match range.start_bound() {
            Bound::Included(month) => month.ordinal(),
            Bound::Excluded(month) => month.ordinal() + 1,
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(month) => month.ordinal() + 1,
            Bound::Excluded(month) => month.ordinal(),
            Bound::Unbounded => LAST + 1,
        };
        (start..end).map(Self::from_ordinal)
    }

    /// The number of months since January of the year 1.
    fn ordinal(self) -> u32 {
        (u32::from(self.year) - 1) * 12 + u32::from(self.month) - 1
    }

    fn from_ordinal(ordinal: u32) -> Self {
        let year = u16::try_from(ordinal / 12 + 1).unwrap_or(9999);
        let month = u8::try_from(ordinal % 12 + 1).unwrap_or(12);
        Self { year, month }
    }
}

/// The ordinal of December 9999.
const LAST: u32 = 9999 * 12 - 1;

/// January of the year 1, so that types that contain a month have a default.
impl Default for BillingMonth {
    fn default() -> Self {
        Self { year: 1, month: 1 }
    }
}

impl FromStr for BillingMonth {
    type Err = Error;

    /// Parses `YYYY-MM`, or any longer date or instant that starts with it.
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
    let (month, day) = match text.len() {
        7 => (text, None),
        10 => (text.get(..7)?, Some(text)),
        _ => {
            let instant = parse_utc(text).or_else(|| text.parse().ok())?;
            return BillingMonth::try_from(instant).ok();
        }
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

/// Converts a month to its first instant, [`BillingMonth::start`].
impl From<BillingMonth> for DateTime<Utc> {
    fn from(month: BillingMonth) -> Self {
        month.start()
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
        deserializer.deserialize_str(MonthVisitor)
    }
}

struct MonthVisitor;

impl Visitor<'_> for MonthVisitor {
    type Value = BillingMonth;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<BillingMonth, E> {
        parse(text)
            .ok_or_else(|| E::custom(format_args!("not a month (YYYY-MM or an instant): {text:?}")))
    }
}

impl QueryValue for BillingMonth {
    fn append_to(&self, values: &mut Vec<String>) {
        values.push(self.to_string());
    }

    fn refusal(&self) -> Option<&'static str> {
        (*self == Self::default()).then_some("is the default month, 0001-01: set a month")
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
    fn months_are_consecutive() {
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
        assert_eq!((december.year(), december.month()), (2025, 12));
        assert_eq!(format!("{december:?} {december:>9}"), "2025-12   2025-12");
        let error = serde_json::from_str::<BillingMonth>("7").unwrap_err().to_string();
        assert!(error.contains("expected a string"), "{error}");
    }

    #[test]
    fn the_current_month_contains_now() {
        let before = Utc::now();
        let month = BillingMonth::current();
        // The month may change between the two lines.
        assert!(month.start() <= Utc::now() && before < month.end(), "{month}");
    }

    #[test]
    fn start_and_end_enclose_the_month() {
        for (month, start, end, last_day) in [
            ("2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z", "2026-12-31"),
            ("2027-02", "2027-02-01T00:00:00Z", "2027-03-01T00:00:00Z", "2027-02-28"),
            ("2028-02", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z", "2028-02-29"),
            ("9999-12", "9999-12-01T00:00:00Z", "+10000-01-01T00:00:00Z", "9999-12-31"),
        ] {
            let month: BillingMonth = month.parse().unwrap();
            assert_eq!(month.start(), start.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(month.end(), end.parse::<DateTime<Utc>>().unwrap());
            assert_eq!(month.last_day().to_string(), last_day);
            assert_eq!(DateTime::<Utc>::from(month), month.start());
            assert_eq!(BillingMonth::try_from(month.start()).unwrap(), month);
        }
    }

    #[test]
    fn months_are_counted_over_years() {
        let month = |text: &str| text.parse::<BillingMonth>().unwrap();
        for (from, months, to) in [
            ("2026-05", 0, "2026-05"),
            ("2026-05", 8, "2027-01"),
            ("2026-05", -5, "2025-12"),
            ("2026-05", -24, "2024-05"),
            ("0001-01", 119_987, "9999-12"),
        ] {
            assert_eq!(month(from).add_months(months), month(to));
            assert_eq!(month(to).months_since(month(from)), months);
        }
        assert_eq!(month("2026-05").add_months(i32::MAX), month("9999-12"));
        assert_eq!(month("2026-05").add_months(i32::MIN), month("0001-01"));
    }

    #[test]
    fn ranges_have_their_bounds() {
        let (first, last) = (BillingMonth::default(), BillingMonth::new(9999, 12).unwrap());
        let (a, b) = (BillingMonth::new(2025, 11).unwrap(), BillingMonth::new(2026, 2).unwrap());
        let months: Vec<_> = BillingMonth::range(a..=b).map(|month| month.to_string()).collect();
        assert_eq!(months, ["2025-11", "2025-12", "2026-01", "2026-02"]);
        assert_eq!(BillingMonth::range(a..b).len(), 3);
        assert_eq!(BillingMonth::range(a..=b).next_back(), Some(b));
        assert_eq!(BillingMonth::range(a..=a).len(), 1);
        assert_eq!(BillingMonth::range(b..a).len(), 0);
        let behind = (Bound::Excluded(a), Bound::Included(b));
        let months: Vec<_> = BillingMonth::range(behind).map(|month| month.to_string()).collect();
        assert_eq!(months, ["2025-12", "2026-01", "2026-02"]);
        assert_eq!(BillingMonth::range(..).len(), 119_988);
        assert_eq!(BillingMonth::range(..=a).next(), Some(first));
        assert_eq!(BillingMonth::range(a..).last(), Some(last));
    }
}
