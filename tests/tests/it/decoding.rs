//! Undocumented variations in responses: absent numbers, new keys, other types, old formats.

use fastly_billing::{billing_address, v2, v3};
use scaleway_billing::{v2 as scaleway_v2, v2beta1};
use serde::{Serialize, de::DeserializeOwned};

fn fastly<T: DeserializeOwned>(json: &str) -> T {
    fastly_billing::from_slice(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error}"))
}

fn scaleway<T: DeserializeOwned>(json: &str) -> T {
    scaleway_billing::from_slice(json.as_bytes()).unwrap_or_else(|error| panic!("{json}: {error}"))
}

#[test]
fn missing_number_is_none_and_zero_is_zero() {
    const TOTALS: [&str; 15] = [
        "bandwidth",
        "bandwidth_cost",
        "cost",
        "cost_before_discount",
        "discount",
        "extras_cost",
        "incurred_cost",
        "overage",
        "plan_minimum",
        "requests",
        "requests_cost",
        "percentile",
        "percentile_cost",
        "commit_shortfall",
        "discount_amount",
    ];
    let total = |value: &str| {
        let fields = TOTALS.map(|name| format!("\"{name}\":{value}")).join(",");
        let total: v2::BillingTotal = fastly(&format!("{{{fields}}}"));
        serde_json::to_value(total).unwrap()
    };
    for name in TOTALS {
        assert!(total("null")[name].is_null(), "{name}");
        assert!(total("\"\"")[name].is_null(), "{name}");
        assert_eq!(total("0")[name], "0", "{name}");
    }
    let extra: v2::BillingTotalExtras = fastly(r#"{"name":"TLS","recurring":0}"#);
    assert_eq!((extra.recurring, extra.setup), (Some(0.into()), None));
    let page: v3::ListEomInvoicesResponse =
        fastly(r#"{"data":[{"invoice_id":"1"}],"meta":{"next_cursor":""}}"#);
    let meta = page.meta.unwrap();
    assert_eq!((meta.limit, meta.total), (None, None));
    assert_eq!(page.data[0].monthly_transaction_amount, None);
    for total in ["-1", "\"\"", "\"-1\"", "null"] {
        let meta: v3::Metadata = fastly(&format!(r#"{{"limit":"200","total":{total}}}"#));
        assert_eq!((meta.limit, meta.total), (Some(200), None), "{total}");
    }
}

#[test]
fn nested_object_may_have_only_unknown_keys() {
    let discounts: v2beta1::ListDiscountsResponse =
        scaleway(r#"{"total_count":1,"discounts":[{"id":"d","coupon":{"code":"X"}}]}"#);
    let coupon = discounts.discounts[0].coupon.as_ref().unwrap();
    assert_eq!(*coupon, v2beta1::DiscountCoupon::default());
    let page: v3::ListEomInvoicesResponse = fastly(r#"{"data":[],"meta":{"has_more":false}}"#);
    assert_eq!(page.meta, Some(v3::Metadata::default()));
    let address: billing_address::BillingAddressResponse =
        fastly(r#"{"data":{"id":"7","relationships":{"customer":{"links":{}}}}}"#);
    assert!(address.data.relationships.unwrap().customer.unwrap().data.is_none());
    let invoice: v2::BillingResponse =
        fastly(r#"{"invoice_id":1,"status":{"invoice_id":1},"regions":{"usa":null}}"#);
    assert_eq!(invoice.status, Some(v2::BillingStatus::default()));
    assert_eq!(invoice.regions["usa"], v2::BillingRegions::default());
    for json in [
        r#"{"discounts":[{"id":"d","coupon":[]}]}"#,
        r#"{"discounts":[{"id":"d","coupon":"X"}]}"#,
        r#"{"discounts":[{"code":"X"}]}"#,
        r#"{"discounts":[{}]}"#,
    ] {
        let read = scaleway_billing::from_slice::<v2beta1::ListDiscountsResponse>(json.as_bytes());
        assert!(read.is_err(), "{json}");
    }
}

#[test]
fn other_formats_of_numbers_strings_and_dates_decode() {
    let page: v3::ListEomInvoicesResponse = fastly(
        r#"{"data":[null,{"invoice_id":-7,"customer_id":18446744073709551616,
            "statement_number":4183280.0,"invoice_posted_on":"","billing_start_date":"2019-05-01",
            "billing_end_date":"2019-05-31T00:00:00","monthly_transaction_amount":"+1.5",
            "transaction_line_items":[{"units":".5","credit_coupon_code":12}]}],
          "meta":{"next_cursor":12345,"limit":1.0}}"#,
    );
    let [invoice] = &page.data[..] else { panic!("{page:?}") };
    assert_eq!((&*invoice.invoice_id, &*invoice.customer_id), ("-7", "18446744073709551616"));
    assert_eq!((&*invoice.statement_number, invoice.invoice_posted_on), ("4183280", None));
    assert_eq!(invoice.billing_start_date.unwrap().to_rfc3339(), "2019-05-01T00:00:00+00:00");
    assert_eq!(invoice.billing_end_date.unwrap().to_rfc3339(), "2019-05-31T00:00:00+00:00");
    assert_eq!(invoice.monthly_transaction_amount.unwrap().to_string(), "1.5");
    let line = &invoice.transaction_line_items[0];
    assert_eq!((line.units.unwrap().to_string(), &*line.credit_coupon_code), ("0.5".into(), "12"));
    let meta = page.meta.unwrap();
    assert_eq!((&*meta.next_cursor, meta.limit), ("12345", Some(1)));

    let line: v2::BillingResponseLineItem = fastly(
        r#"{"id":1,"aria_invoice_id":2,"line_number":"3.0","plan_no":"4","usage_type_cd":5}"#,
    );
    assert_eq!((&*line.id, line.aria_invoice_id.as_deref()), ("1", Some("2")));
    assert_eq!((line.line_number, line.plan_no), (Some(3), Some(4.into())));
    assert_eq!(line.usage_type_cd.as_deref(), Some("5"));
    let address: billing_address::BillingAddressAttributes = fastly(r#"{"postal_code":12345}"#);
    assert_eq!(address.postal_code.as_deref(), Some("12345"));
}

#[test]
fn current_key_wins_over_its_alias() {
    for json in [
        r#"{"line_items":[{"id":"new"}],"lines":[{"line":{"id":"old"}}]}"#,
        r#"{"lines":[{"line":{"id":"old"}}],"line_items":[{"id":"new"}]}"#,
    ] {
        let invoice: v2::BillingResponse = fastly(json);
        assert_eq!((invoice.line_items.len(), &*invoice.line_items[0].id), (1, "new"), "{json}");
    }
    for json in [
        r#"{"ProductName":"old","product_name":"new","Region":"Asia"}"#,
        r#"{"Region":"Asia","product_name":"new","ProductName":"old"}"#,
    ] {
        let line: v3::Invoicelineitems = serde_json::from_str(json).unwrap();
        assert_eq!((&*line.product_name, &*line.region), ("new", "Asia"), "{json}");
        let stored = serde_json::to_string(&line).unwrap();
        assert_eq!(serde_json::from_str::<v3::Invoicelineitems>(&stored).unwrap(), line);
    }
}

#[test]
fn usage_and_lines_decode_in_any_envelope() {
    for (json, rows) in [
        (r#"[{"name":"a"},{"name":"b"}]"#, 2),
        (r#"{"data":[{"name":"a"}]}"#, 1),
        (r#"{"data":{"name":"a"}}"#, 1),
        (r#"{"name":"a","quantity":1}"#, 1),
        (r#"{"data":{}}"#, 0),
        (r#"{"data":null}"#, 0),
        ("[]", 0),
    ] {
        let usage: fastly_billing::Usagemetrics = fastly(json);
        assert_eq!(usage.data.len(), rows, "{json}");
    }
    for json in ["7", "null", r#"{"message":"x"}"#, r#"{"data":7}"#, r#"[{"message":"x"}]"#] {
        let read = fastly_billing::from_slice::<fastly_billing::Usagemetrics>(json.as_bytes());
        assert!(read.is_err(), "{json}");
    }
    let invoice: v2::BillingResponse =
        fastly(r#"{"line_items":[{"line":7,"id":"a"},{"line":{"id":"b"}},null]}"#);
    let ids: Vec<&str> = invoice.line_items.iter().map(|line| &*line.id).collect();
    assert_eq!(ids, ["a", "b"]);
}

fn refused<T: DeserializeOwned + Serialize + std::fmt::Debug>(json: &str, expected: &str) {
    let error = serde_json::from_str::<T>(json).unwrap_err().to_string();
    assert!(error.contains(expected), "{json}: {error}");
}

#[test]
fn request_with_missing_or_unknown_field_is_rejected() {
    refused::<scaleway_v2::CreateBudgetRequest>("{}", "missing field `consumption_limit`");
    refused::<scaleway_v2::CreateBudgetRequest>(
        r#"{"consumption_limit":1}"#,
        "missing field `enabled`",
    );
    refused::<scaleway_v2::ListBudgetsRequest>(
        r#"{"organisation_id":"x"}"#,
        "unknown field `organisation_id`",
    );
    refused::<v3::UpdateCustomerAddressRequest>(
        r#"{"type":"tax","customer_address":{"adress_1":"x"}}"#,
        "unknown field `adress_1`",
    );
    refused::<billing_address::UpdateBillingAddrRequest>(
        r#"{"customer_id":"x","update_billing_address_request":{"data":{"type":"billing_address",
            "attributes":{"sate":"DE"}}}}"#,
        "unknown field `sate`",
    );
    let request = scaleway_v2::CreateBudgetRequest::new(7, true).organization_id("o");
    let stored = serde_json::to_string(&request).unwrap();
    assert_eq!(serde_json::from_str::<scaleway_v2::CreateBudgetRequest>(&stored).unwrap(), request);
    let all = scaleway_v2::ListBudgetsRequest::new();
    assert_eq!(serde_json::from_str::<scaleway_v2::ListBudgetsRequest>("{}").unwrap(), all);
}
