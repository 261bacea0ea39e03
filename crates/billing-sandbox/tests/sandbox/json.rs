//! Reading the JSON of responses.

use serde_json::{Value, json};

use crate::http::Response;

/// A `Money` in nanos, after a check of its format.
pub(crate) fn nanos(money: &Value) -> i128 {
    assert_eq!(money["currency_code"], "EUR");
    let units = money["units"].as_i64().unwrap();
    let nanos = money["nanos"].as_i64().unwrap();
    assert!(nanos.abs() < 1_000_000_000);
    assert!(units.signum() * nanos.signum() >= 0, "{money}");
    i128::from(units) * 1_000_000_000 + i128::from(nanos)
}

/// A plain number of up to nine decimal places in nanos, parsed from its digits.
pub(crate) fn number_nanos(number: &Value) -> i128 {
    let text = number.to_string();
    let (units, decimals) = text.split_once('.').unwrap_or((&text, ""));
    format!("{units}{decimals:0<9}").parse().unwrap()
}

pub(crate) fn items<'a>(list: &'a Value, key: &str) -> &'a [Value] {
    list[key].as_array().unwrap()
}

pub(crate) fn text<'a>(item: &'a Value, key: &str) -> &'a str {
    item[key].as_str().unwrap()
}

pub(crate) fn assert_page(list: &Value, key: &str, count: usize, total: usize) {
    assert_eq!(items(list, key).len(), count);
    // A number in the JSON, not a string.
    assert_eq!(list["total_count"], total);
}

/// Checks that a response rejects one argument.
pub(crate) fn assert_rejected(response: &Response, name: &str, reason: &str, context: &str) {
    assert_eq!(response.status, 400, "{context}");
    let mut body = response.json();
    let help = body["details"][0].as_object_mut().unwrap().remove("help_message").unwrap();
    assert!(!help.as_str().unwrap().is_empty());
    assert_eq!(
        body,
        json!({
            "details": [{"argument_name": name, "reason": reason}],
            "message": "invalid argument(s)",
            "type": "invalid_arguments",
        }),
        "{context}"
    );
}
