use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};
use http::{
    HeaderMap, HeaderName,
    header::{DATE, RETRY_AFTER},
};

/// Returns the delay in the `Retry-After` of a response: seconds or a date. A date is compared with
/// the response's own `Date`, so that a wrong local clock does no harm. `None` if it is absent or
/// malformed.
#[cfg(feature = "http")]
#[must_use]
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    asked_wait(headers, Utc::now())
}

/// Returns the time until `instant` by the response's own `Date`, so that a wrong local clock does
/// no harm; zero if `instant` has passed.
#[cfg(feature = "http")]
#[must_use]
pub fn time_until(instant: DateTime<Utc>, headers: &HeaderMap) -> Duration {
    let now = text(headers, DATE).and_then(date).unwrap_or_else(Utc::now);
    (instant - now).to_std().unwrap_or(Duration::ZERO)
}

pub(crate) fn asked_wait(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let text = text(headers, RETRY_AFTER)?;
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let until = date(text)?;
    let now = self::text(headers, DATE).and_then(date).unwrap_or(now);
    Some((until - now).to_std().unwrap_or(Duration::ZERO))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// Parses an HTTP date: the format of RFC 2822, or one of the two obsolete ones.
fn date(text: &str) -> Option<DateTime<Utc>> {
    const OBSOLETE: [&str; 2] = ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    let obsolete = || OBSOLETE.iter().find_map(|f| NaiveDateTime::parse_from_str(text, f).ok());
    match DateTime::parse_from_rfc2822(text) {
        Ok(date) => Some(date.to_utc()),
        Err(_) => obsolete().map(|date| date.and_utc()),
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const NOW: &str = "Sat, 21 Nov 2026 10:00:00 GMT";

    fn asked(value: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, HeaderValue::from_str(value).unwrap());
        if let Some(date) = date {
            headers.insert(DATE, HeaderValue::from_str(date).unwrap());
        }
        asked_wait(&headers, super::date(NOW).unwrap())
    }

    #[test]
    fn seconds_dates_and_garbage() {
        let seconds = |n| Some(Duration::from_secs(n));
        assert_eq!(asked("0", None), seconds(0));
        assert_eq!(asked(" 17 ", None), seconds(17));
        assert_eq!(asked("99999999999999999999999", None), seconds(u64::MAX));
        assert_eq!(asked("Sat, 21 Nov 2026 10:00:05 GMT", None), seconds(5));
        assert_eq!(asked("Sat, 21 Nov 2026 09:00:00 GMT", None), seconds(0));
        assert_eq!(asked("Saturday, 21-Nov-26 10:00:05 GMT", None), seconds(5));
        assert_eq!(asked("Sat Nov 21 10:00:05 2026", None), seconds(5));
        let sunday = Some("Sun Nov  1 10:00:00 2026");
        assert_eq!(asked("Sun Nov  1 10:00:05 2026", sunday), seconds(5));
        // The service's clock is an hour ahead; it requests ten seconds.
        let ahead = Some("Sat, 21 Nov 2026 11:00:00 GMT");
        assert_eq!(asked("Sat, 21 Nov 2026 11:00:10 GMT", ahead), seconds(10));
        for garbage in ["", "-1", "1.5", "soon", "2026-11-21T10:00:00Z"] {
            assert_eq!(asked(garbage, None), None, "{garbage}");
        }
    }

    #[cfg(feature = "http")]
    #[test]
    fn time_is_measured_by_the_date_of_the_response() {
        // Long past, so that the clock of the test does not matter.
        let past = "Mon, 01 Jan 2024 10:00:00 GMT";
        let mut headers = HeaderMap::new();
        headers.insert(DATE, HeaderValue::from_static(past));
        headers.insert(RETRY_AFTER, HeaderValue::from_static("Mon, 01 Jan 2024 10:00:10 GMT"));
        assert_eq!(retry_after(&headers), Some(Duration::from_secs(10)));
        assert_eq!(retry_after(&HeaderMap::new()), None);
        let later = super::date("Mon, 01 Jan 2024 10:00:30 GMT").unwrap();
        assert_eq!(time_until(later, &headers), Duration::from_secs(30));
        assert_eq!(time_until(later, &HeaderMap::new()), Duration::ZERO);
    }
}
