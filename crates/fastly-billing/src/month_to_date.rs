use std::time::Duration;

use http::HeaderMap;
use sdk_core::http::{Outcome, retry_after};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// A month-to-date invoice, or notice that Fastly is still generating it.
///
/// The HTTP status alone (200 or 202) determines the variant.
///
/// ```no_run
/// use fastly_billing::{
///     Client,
///     v3::{BillingInvoicesApi, GetMonthToDateInvoiceRequest, MonthToDate},
/// };
///
/// # async fn example() -> Result<(), fastly_billing::Error> {
/// let invoices = BillingInvoicesApi::new(&Client::from_env()?);
/// let answer = invoices.get_month_to_date_invoice(GetMonthToDateInvoiceRequest::new()).await?;
/// match answer.into_inner() {
///     MonthToDate::Ready(bill) => println!("{:?} so far", bill.monthly_transaction_amount),
///     MonthToDate::Pending(status) => println!("not yet: {}", status.title),
/// }
/// # Ok(())
/// # }
/// ```
///
/// It serializes as an object with one key: `{"ready": …}` or `{"pending": …}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonthToDate<T> {
    /// The invoice so far.
    Ready(T),
    /// Fastly is still generating the invoice. The method whose name ends in `_when_ready` waits
    /// for it.
    Pending(AsyncResponse),
}

impl<T> MonthToDate<T> {
    /// Returns the invoice, if it is ready.
    #[must_use]
    pub fn ready(self) -> Option<T> {
        match self {
            Self::Ready(bill) => Some(bill),
            Self::Pending(_) => None,
        }
    }

    /// Returns whether Fastly is still generating the invoice.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Pending(_))
    }
}

impl<T: DeserializeOwned> Outcome for MonthToDate<T> {
    type Ready = T;

    fn ready(value: T) -> Self {
        Self::Ready(value)
    }

    fn pending(headers: &HeaderMap, body: &[u8]) -> Self {
        Self::Pending(AsyncResponse { retry_after: retry_after(headers), ..read(body) })
    }

    fn into_ready(self) -> Result<T, Option<Duration>> {
        match self {
            Self::Ready(bill) => Ok(bill),
            Self::Pending(status) => Err(status.retry_after),
        }
    }
}

/// The response of Fastly while it is generating an invoice. Fields that Fastly does not send are
/// empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AsyncResponse {
    /// Message.
    pub title: String,
    /// Status or its code, as a string.
    pub status: String,
    /// Delay before the next request (`Retry-After`). Fastly does not document this header.
    pub retry_after: Option<Duration>,
}

/// Reads the title and the status from a body of any kind.
fn read(body: &[u8]) -> AsyncResponse {
    let fields: Map<String, Value> = match serde_json::from_slice(body) {
        Ok(Value::Object(fields)) => fields,
        Ok(Value::String(text)) => Map::from_iter([("title".to_owned(), text.into())]),
        Ok(_) => Map::new(),
        Err(_) => match std::str::from_utf8(body).map(str::trim) {
            Ok(text) if !text.starts_with(['<', '{', '[']) => {
                Map::from_iter([("title".to_owned(), text.into())])
            }
            _ => Map::new(),
        },
    };
    let text = |names: &[&str]| {
        let value = names.iter().find_map(|name| fields.get(*name));
        match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    };
    AsyncResponse { title: text(&["title", "msg"]), status: text(&["status"]), retry_after: None }
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, header::RETRY_AFTER};

    use super::*;

    #[test]
    fn any_body_is_accepted() {
        for (body, title, status) in [
            ("", "", ""),
            ("   ", "", ""),
            (r#"{"title":"being made","status":"202"}"#, "being made", "202"),
            (r#"{"title":"being made","status":202}"#, "being made", "202"),
            (r#"{"msg":"later","status":null}"#, "later", ""),
            (r#"{"title":["x"]}"#, "", ""),
            ("[]", "", ""),
            ("null", "", ""),
            ("7", "", ""),
            ("\"later\"", "later", ""),
            ("Accepted\n", "Accepted", ""),
            ("<html>", "", ""),
            ("{\"title\":", "", ""),
        ] {
            let read = read(body.as_bytes());
            assert_eq!((&*read.title, &*read.status), (title, status), "{body}");
        }
        assert_eq!(read(b"\xff\xfe"), AsyncResponse::default());
    }

    #[test]
    fn both_outcomes_are_serialized_and_read_again() {
        let pending = AsyncResponse { title: "being made".to_owned(), ..AsyncResponse::default() };
        for (outcome, json) in [
            (MonthToDate::Ready(7), r#"{"ready":7}"#),
            (
                MonthToDate::Pending(pending),
                r#"{"pending":{"title":"being made","status":"","retry_after":null}}"#,
            ),
        ] {
            assert_eq!(serde_json::to_string(&outcome).unwrap(), json);
            assert_eq!(serde_json::from_str::<MonthToDate<i32>>(json).unwrap(), outcome);
        }
    }

    #[test]
    fn the_requested_delay_is_kept() {
        let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("3"))]);
        let pending = MonthToDate::<()>::pending(&headers, b"");
        assert!(pending.is_pending());
        assert_eq!(pending.into_ready(), Err(Some(Duration::from_secs(3))));
        assert_eq!(MonthToDate::Ready(1).ready(), Some(1));
    }
}
