use chrono::{DateTime, Utc};
use http::HeaderMap;
use sdk_core::{Error, Response};

/// Fastly's rate limit, as stated in the headers of a response.
///
/// Fastly allows 1,000 write operations per user and hour, and does not limit read operations.
/// Responses to reads do not have these headers, and responses to writes often lack them; the limit
/// is then unknown, not zero.
///
/// ```no_run
/// use fastly_billing::{Client, RateLimit, billing_address::BillingAddressApi};
///
/// # async fn example() -> Result<(), fastly_billing::Error> {
/// let addresses = BillingAddressApi::new(&Client::from_env()?);
/// let answer = addresses.delete_billing_addr("x4exampleCustomer").await?;
/// if let Some(remaining) = RateLimit::of(&answer).remaining {
///     println!("{remaining} writes left in this hour");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// Write operations left until [`reset`](Self::reset) (`Fastly-RateLimit-Remaining`).
    pub remaining: Option<u64>,
    /// Time at which the limit resets (`Fastly-RateLimit-Reset`).
    pub reset: Option<DateTime<Utc>>,
}

impl RateLimit {
    /// Reads the rate limit from headers. A missing or malformed header is `None`.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let number =
            |name: &str| -> Option<u64> { headers.get(name)?.to_str().ok()?.trim().parse().ok() };
        let reset = number("fastly-ratelimit-reset")
            .and_then(|seconds| DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0));
        Self { remaining: number("fastly-ratelimit-remaining"), reset }
    }

    /// Reads the rate limit from a response.
    #[must_use]
    pub fn of<T>(response: &Response<T>) -> Self {
        Self::from_headers(response.headers())
    }

    /// Reads the rate limit from an error response.
    #[must_use]
    pub fn of_error(error: &Error) -> Self {
        Self::from_headers(error.headers())
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn read(remaining: &[u8], reset: &[u8]) -> RateLimit {
        RateLimit::from_headers(&HeaderMap::from_iter([
            (
                HeaderName::from_static("fastly-ratelimit-remaining"),
                HeaderValue::from_bytes(remaining).unwrap(),
            ),
            (
                HeaderName::from_static("fastly-ratelimit-reset"),
                HeaderValue::from_bytes(reset).unwrap(),
            ),
        ]))
    }

    #[test]
    fn garbage_is_unknown() {
        assert_eq!(RateLimit::from_headers(&HeaderMap::new()), RateLimit::default());
        let read_both = read(b"998", b"1733590800");
        assert_eq!(read_both.remaining, Some(998));
        assert_eq!(read_both.reset.unwrap().to_rfc3339(), "2024-12-07T17:00:00+00:00");
        for garbage in [&b""[..], b"-1", b"1.5", b"soon", b"99999999999999999999", b"\xff\xfe"] {
            assert_eq!(read(garbage, garbage), RateLimit::default(), "{garbage:?}");
        }
        assert_eq!(read(b"0", b"18446744073709551615").reset, None);
    }
}
