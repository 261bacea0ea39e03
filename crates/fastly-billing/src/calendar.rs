#![expect(deprecated, reason = "v2 is deprecated as a whole")]

use std::{fmt, str::FromStr};

use sdk_core::{BillingMonth, Error, Result, http::QueryValue};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::v2::GetInvoiceRequest;

/// A month of a year, from 1 to 12, written with two digits: `05`.
///
/// The default, `00`, is not a month; it exists so that requests have a default. A call with it
/// fails with [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest), without sending
/// anything.
///
/// ```
/// use fastly_billing::v2::Month;
///
/// let may = Month::new(5)?;
/// assert_eq!(may.to_string(), "05");
/// assert_eq!("05".parse::<Month>()?, may);
/// assert!(Month::new(13).is_err());
/// # Ok::<_, fastly_billing::Error>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(u8);

/// A year, from 1 to 9999, written with four digits: `2020`.
///
/// The default, `0000`, is not a year; it exists so that requests have a default. A call with it
/// fails with [`ErrorKind::InvalidRequest`](crate::ErrorKind::InvalidRequest), without sending
/// anything.
///
/// ```
/// use fastly_billing::v2::Year;
///
/// assert_eq!(Year::new(2020)?.to_string(), "2020");
/// assert!("20".parse::<Year>().is_err());
/// # Ok::<_, fastly_billing::Error>(())
/// ```
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Year(u16);

impl Month {
    /// Creates a month from its number; January is 1.
    ///
    /// # Errors
    ///
    /// Fails if the month does not exist.
    pub fn new(number: u8) -> Result<Self> {
        match number {
            1..=12 => Ok(Self(number)),
            _ => Err(Error::invalid_request(format!("there is no month {number}"))),
        }
    }

    /// Returns the number of the month; January is 1, and the default is 0.
    #[must_use]
    pub fn number(self) -> u8 {
        self.0
    }
}

impl Year {
    /// Creates a year.
    ///
    /// # Errors
    ///
    /// Fails if the number is not from 1 to 9999.
    pub fn new(number: u16) -> Result<Self> {
        match number {
            1..=9999 => Ok(Self(number)),
            _ => Err(Error::invalid_request(format!("there is no year {number}"))),
        }
    }

    /// Returns the number of the year; the default is 0.
    #[must_use]
    pub fn number(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

impl fmt::Display for Year {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.0)
    }
}

impl FromStr for Month {
    type Err = Error;

    /// Reads one or two digits.
    fn from_str(text: &str) -> Result<Self> {
        let problem =
            || Error::invalid_request(format!("{text:?} is not a month: write it as 01 to 12"));
        if !(1..=2).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(problem());
        }
        text.parse().ok().and_then(|number| Self::new(number).ok()).ok_or_else(problem)
    }
}

impl FromStr for Year {
    type Err = Error;

    /// Reads four digits.
    fn from_str(text: &str) -> Result<Self> {
        let problem = || {
            let digits = "write it with four digits, from 0001 on";
            Error::invalid_request(format!("{text:?} is not a year: {digits}"))
        };
        if text.len() != 4 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(problem());
        }
        text.parse().ok().and_then(|number| Self::new(number).ok()).ok_or_else(problem)
    }
}

impl From<BillingMonth> for Month {
    fn from(month: BillingMonth) -> Self {
        Self(month.month())
    }
}

impl From<BillingMonth> for Year {
    fn from(month: BillingMonth) -> Self {
        Self(month.year())
    }
}

/// Creates a request for the invoice of this month.
impl From<BillingMonth> for GetInvoiceRequest {
    fn from(month: BillingMonth) -> Self {
        Self::new(month, month)
    }
}

macro_rules! as_text {
    ($($type:ident: $unset:literal),*) => {$(
        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl QueryValue for $type {
            fn append_to(&self, values: &mut Vec<String>) {
                values.push(self.to_string());
            }

            fn refusal(&self) -> Option<&'static str> {
                (*self == Self::default()).then_some($unset)
            }
        }

        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                text.parse().map_err(D::Error::custom)
            }
        }
    )*};
}

as_text!(
    Month: "is not set: set the month, such as `Month::new(5)?`",
    Year: "is not set: set the year, such as `Year::new(2020)?`"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_and_years_are_checked_and_padded() {
        for (text, shown) in [("1", "01"), ("05", "05"), ("12", "12")] {
            let month: Month = text.parse().unwrap();
            assert_eq!(month.to_string(), shown);
            let json = serde_json::to_string(&month).unwrap();
            assert_eq!(serde_json::from_str::<Month>(&json).unwrap(), month);
        }
        for text in ["", "0", "00", "13", "005", "-1", "+1", "May", "é"] {
            let error = text.parse::<Month>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?} is not a month")), "{error}");
        }
        assert_eq!("2020".parse::<Year>().unwrap().number(), 2020);
        assert_eq!(Year::new(987).unwrap().to_string(), "0987");
        for text in ["", "0000", "20", "020", "20200", "-020", "+020", "year"] {
            let error = text.parse::<Year>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?} is not a year")), "{error}");
        }
        assert!(Month::new(0).is_err() && Year::new(0).is_err() && Year::new(10_000).is_err());
        let request = GetInvoiceRequest::from("2020-05".parse::<BillingMonth>().unwrap());
        assert_eq!(format!("{:?}-{:?}", request.year, request.month), "2020-05");
    }
}
