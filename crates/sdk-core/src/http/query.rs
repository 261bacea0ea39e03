use std::str::FromStr;

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::{Error, ErrorKind};

/// A value that can be sent as a query parameter: not at all, once, or several times under the same
/// key.
pub trait QueryValue {
    /// Adds the strings to send.
    fn append_to(&self, values: &mut Vec<String>);

    /// Returns the reason why the value cannot be sent, for example because it is a placeholder.
    fn refusal(&self) -> Option<&'static str> {
        None
    }
}

impl QueryValue for str {
    fn append_to(&self, values: &mut Vec<String>) {
        values.push(self.to_owned());
    }
}

impl QueryValue for DateTime<Utc> {
    /// Writes RFC 3339 with `Z`, and as many fractional digits as the value has.
    fn append_to(&self, values: &mut Vec<String>) {
        values.push(self.to_rfc3339_opts(SecondsFormat::AutoSi, true));
    }
}

impl<T: QueryValue> QueryValue for Option<T> {
    fn append_to(&self, values: &mut Vec<String>) {
        if let Some(value) = self {
            value.append_to(values);
        }
    }

    fn refusal(&self) -> Option<&'static str> {
        self.as_ref()?.refusal()
    }
}

impl<T: QueryValue> QueryValue for Vec<T> {
    fn append_to(&self, values: &mut Vec<String>) {
        for value in self {
            value.append_to(values);
        }
    }

    fn refusal(&self) -> Option<&'static str> {
        self.iter().find_map(T::refusal)
    }
}

impl<T: QueryValue + ?Sized> QueryValue for &T {
    fn append_to(&self, values: &mut Vec<String>) {
        (**self).append_to(values);
    }

    fn refusal(&self) -> Option<&'static str> {
        (**self).refusal()
    }
}

macro_rules! displayed {
    ($($type:ty),*) => {$(
        impl QueryValue for $type {
            fn append_to(&self, values: &mut Vec<String>) {
                values.push(self.to_string());
            }
        }
    )*};
}

displayed!(String, bool, i32, i64, u32, u64, NaiveDate);

/// All characters except those that RFC 3986 calls unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Encodes a path parameter as one segment, so that it cannot reach another route.
pub(super) fn encode_segment(name: &str, value: &str) -> Result<String, String> {
    match value {
        "" => Err(format!("`{name}` is empty: it is a segment of the URL path")),
        "." | ".." => Err(format!("`{name}` is `{value}`, which would change the URL path")),
        _ => Ok(utf8_percent_encode(value, SEGMENT).to_string()),
    }
}

/// Reads the query parameter `name` of `link`, such as the link to the next page of a list.
///
/// # Errors
///
/// Fails if the link does not have the parameter, or if its value is not a `T`.
pub fn link_parameter<T: FromStr>(link: &str, name: &str) -> Result<T, Error> {
    let (_, query) = link.split_once('?').unwrap_or_default();
    let query = query.split('#').next().unwrap_or_default();
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let value = pairs.find(|(key, _)| key == name).and_then(|(_, value)| value.parse().ok());
    value.ok_or_else(|| {
        let message = format!("the link to the next page has no usable `{name}` in its query");
        Error::new(ErrorKind::Decode, message)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameter_is_read_from_a_link() {
        for link in ["https://example.com/x?a=1&page=2#p", "/x?page=2&page=3", "?page=2"] {
            assert_eq!(link_parameter::<i32>(link, "page").unwrap(), 2);
        }
        assert_eq!(link_parameter::<String>("/x?c=a%2Bb+c", "c").unwrap(), "a+b c");
        for link in ["", "/x", "/x?pages=2", "/x?page=", "/x?page=two", "/x#?page=a"] {
            let error = link_parameter::<i32>(link, "page").unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Decode);
            assert!(error.to_string().contains("`page`"), "{error}");
        }
    }

    /// A reference, an option and a list are refused for the value inside.
    #[test]
    fn placeholder_is_refused_wherever_it_is() {
        use crate::BillingMonth;

        let (month, placeholder) = (BillingMonth::new(2026, 5).unwrap(), BillingMonth::default());
        let written = |value: &dyn Fn(&mut Vec<String>)| {
            let mut values = Vec::new();
            value(&mut values);
            values
        };
        assert_eq!(written(&|values| month.append_to(values)), ["2026-05"]);
        assert_eq!(written(&|values| Some(&month).append_to(values)), ["2026-05"]);
        assert_eq!(written(&|values| None::<String>.append_to(values)), [""; 0]);
        assert_eq!(written(&|values| vec![month, month].append_to(values)), ["2026-05"; 2]);
        assert_eq!(
            (month.refusal(), Some(month).refusal(), vec![month].refusal()),
            (None, None, None)
        );
        assert_eq!((None::<BillingMonth>.refusal(), "text".refusal()), (None, None));
        for refusal in [
            placeholder.refusal(),
            Some(&placeholder).refusal(),
            Some(placeholder).refusal(),
            vec![month, placeholder].refusal(),
        ] {
            assert!(refusal.is_some_and(|reason| reason.contains("set a month")), "{refusal:?}");
        }
    }

    #[test]
    fn segment_stays_one_segment() {
        for (value, expected) in [
            ("../x", "..%2Fx"),
            ("a/b", "a%2Fb"),
            ("a\\b", "a%5Cb"),
            ("a b", "a%20b"),
            ("%2e%2e", "%252e%252e"),
            (".\t.", ".%09."),
            ("?x=1#y", "%3Fx%3D1%23y"),
            ("é", "%C3%A9"),
            ("INV-1.2_3~4", "INV-1.2_3~4"),
        ] {
            assert_eq!(encode_segment("id", value).as_deref(), Ok(expected));
        }
        for value in ["", ".", ".."] {
            assert!(encode_segment("id", value).unwrap_err().contains("`id`"));
        }
    }
}
