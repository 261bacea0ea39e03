use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// How a parameter is written in a query: no value, one, or several under the same key.
pub trait QueryValue {
    /// Adds the texts to send.
    fn append_to(&self, values: &mut Vec<String>);

    /// The reason why the value cannot be sent, such as that it is a placeholder.
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
    /// RFC 3339 with `Z`, and as many fractional digits as the value has.
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

/// Everything but the characters that RFC 3986 calls unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Writes a path parameter as one segment, so that it cannot reach another route.
pub(super) fn encode_segment(name: &str, value: &str) -> Result<String, String> {
    match value {
        "" => Err(format!("`{name}` is empty: it is part of the address and must name something")),
        "." | ".." => Err(format!("`{name}` is `{value}`, which would change the address")),
        _ => Ok(utf8_percent_encode(value, SEGMENT).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::encode_segment;

    #[test]
    fn a_segment_stays_one_segment() {
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
