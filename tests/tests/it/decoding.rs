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
    let address: billing_address::BillingAddressResponse = fastly(
        r#"{"data":{"id":"7","attributes":{"city":"x"},"relationships":{"customer":{"links":{}}}}}"#,
    );
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
fn amount_that_was_not_sent_is_none() {
    let price = |money: &str| {
        let json = format!(r#"{{"id":"i","total_taxed":{money}}}"#);
        let invoice: v2beta1::Invoice = scaleway(&json);
        let limit: scaleway_v2::Budget =
            scaleway(&format!(r#"{{"id":"b","consumption_limit":{money}}}"#));
        assert_eq!(limit.consumption_limit, invoice.total_taxed, "{money}");
        let stored = serde_json::to_string(&invoice).unwrap();
        assert_eq!(scaleway::<v2beta1::Invoice>(&stored), invoice, "{money}");
        invoice.total_taxed.map(|money| money.to_string())
    };
    for money in [
        "null",
        "{}",
        r#"{"amount":5}"#,
        r#"{"currency_code":null,"units":null,"nanos":null}"#,
        r#"{"units":""}"#,
    ] {
        assert_eq!(price(money), None, "{money}");
    }
    for (money, shown) in [
        (r#"{"units":0}"#, "0.00"),
        (r#"{"currency_code":""}"#, "0.00"),
        (r#"{"currency_code":"EUR"}"#, "0.00 EUR"),
        (r#"{"currency_code":"EUR","nanos":-500000000}"#, "-0.50 EUR"),
        (r#"{"currency_code":"EUR","units":"5","new":1}"#, "5.00 EUR"),
    ] {
        assert_eq!(price(money).as_deref(), Some(shown), "{money}");
    }
    for money in ["[]", "5", "\"5\"", r#"{"units":9223372036854775808}"#, r#"{"units":1.5}"#] {
        let json = format!(r#"{{"id":"i","total_taxed":{money}}}"#);
        let read = scaleway_billing::from_slice::<v2beta1::Invoice>(json.as_bytes());
        assert!(read.is_err(), "{money}");
    }
}

#[test]
fn invalid_amounts_never_fail_a_fastly_invoice() {
    for value in [
        "9223372036854775808",
        "1e30",
        "\"18446744073709551616\"",
        "-1.5",
        "\"A-7\"",
        "\"\"",
        "null",
    ] {
        let line: v2::BillingResponseLineItem =
            fastly(&format!(r#"{{"id":1,"line_number":{value}}}"#));
        assert_eq!(line.line_number, None, "{value}");
        let line: v2::BillingEstimateLinesLineItems =
            fastly(&format!(r#"{{"amount":1,"plan_no":{value}}}"#));
        assert_eq!(line.plan_no, None, "{value}");
        let meta: v3::Metadata = fastly(&format!(r#"{{"limit":{value},"total":{value}}}"#));
        let none = (None, None);
        if value != "9223372036854775808" {
            assert_eq!((meta.limit, meta.total), none, "{value}");
        }
    }
    let line: v2::BillingResponseLineItem = fastly(r#"{"id":1,"plan_no":18446744073709551616}"#);
    assert_eq!(line.plan_no.unwrap().to_string(), "18446744073709551616");
    for date in [
        "\"0000-00-00\"",
        "\"0000-00-00 00:00:00\"",
        "\"\"",
        "\"01/05/2020\"",
        "\"2020-02-30\"",
        "1588291199",
        "\"soon\"",
        "null",
    ] {
        let invoice: v2::BillingResponse = fastly(&format!(
            r#"{{"start_time":{date},"end_time":{date},"status":{{"sent_at":{date}}},
                "line_items":[{{"id":1,"created_at":{date},"deleted_at":{date}}}]}}"#
        ));
        assert_eq!((invoice.start_time, invoice.end_time), (None, None), "{date}");
        assert_eq!(invoice.line_items[0].created_at, None, "{date}");
        let invoice: v3::EomInvoiceResponse = fastly(&format!(
            r#"{{"invoice_id":"1","billing_start_date":{date},"invoice_posted_on":{date}}}"#
        ));
        assert_eq!((invoice.billing_start_date, invoice.invoice_posted_on), (None, None), "{date}");
    }
    let invoice: v2::BillingResponse = fastly(r#"{"start_time":"2026-05-01T10:00"}"#);
    assert_eq!(invoice.start_time.unwrap().to_rfc3339(), "2026-05-01T10:00:00+00:00");
    // Scaleway writes dates in one form.
    let odd = br#"{"id":"i","issued_date":"soon"}"#;
    assert!(scaleway_billing::from_slice::<v2beta1::Invoice>(odd).is_err());
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
    let json = r#"{"line_items":[{"line":7,"id":"a"},{"line":{"id":"b"}},null,{"line":7},
        {"line":"x"},{"line":null},{"line":false,"new":1}]}"#;
    let invoice: v2::BillingResponse = fastly(json);
    let ids: Vec<&str> = invoice.line_items.iter().map(|line| &*line.id).collect();
    assert_eq!(ids, ["a", "b", "", "", "", ""]);
    let estimate: v2::BillingEstimateResponse = fastly(&json.replace("\"id\"", "\"plan_no\""));
    assert_eq!(estimate.line_items.len(), 6);
    for line in [r#"{"line":[]}"#, "{}", r#"{"new":1}"#, "7", "[]", r#"{"line":{"new":1}}"#] {
        let json = format!(r#"{{"line_items":[{line}]}}"#);
        let read = fastly_billing::from_slice::<v2::BillingResponse>(json.as_bytes());
        assert!(read.is_err(), "{json}");
    }
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

/// Asserts that a type reads the same from a string, a `Value` and a reader. Returns its name.
fn reads_from_anything<T>(value: &serde_json::Value) -> String
where
    T: DeserializeOwned + Serialize + PartialEq + std::fmt::Debug,
{
    let name = std::any::type_name::<T>();
    let read: T =
        serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let text = value.to_string();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), read, "{name}");
    assert_eq!(serde_json::from_reader::<_, T>(text.as_bytes()).unwrap(), read, "{name}");
    let stored = serde_json::to_value(&read).unwrap();
    assert_eq!(serde_json::from_value::<T>(stored).unwrap(), read, "{name}");
    name.rsplit("::").next().unwrap().to_owned()
}

#[test]
fn every_request_reads_from_anything() {
    use serde_json::json;

    macro_rules! read {
        ($($source:literal: $module:path { $($name:ident: $json:tt),* $(,)? })*) => {$({
            use $module::*;

            let names = [$(reads_from_anything::<$name>(&json!($json))),*];
            let source = include_str!(concat!("../../../crates/", $source, "/requests.rs"));
            let structs = source.lines().filter_map(|line| line.strip_prefix("pub struct "));
            let structs: Vec<&str> = structs.filter_map(|line| line.split(' ').next()).collect();
            assert_eq!(structs, names, "{} and this table", $source);
        })*};
    }
    read! {
        "scaleway-billing/src/generated/v2": scaleway_billing::v2 {
            ListBudgetsRequest: {"organization_id": "o", "page": 2},
            CreateBudgetRequest: {"consumption_limit": 1, "enabled": true},
            GetBudgetRequest: {"budget_id": "b"},
            UpdateBudgetRequest: {"budget_id": "b", "enabled": false},
            DeleteBudgetRequest: {"budget_id": "b"},
            CreateBudgetAlertRequest: {"budget_id": "b", "threshold": 80},
            UpdateBudgetAlertRequest: {"budget_alert_id": "a", "threshold": 80},
            DeleteBudgetAlertRequest: {"budget_alert_id": "a"},
            CreateBudgetAlertNotificationRequest:
                {"budget_alert_id": "a", "email_addresses": ["a@example.com"]},
            UpdateBudgetAlertNotificationRequest:
                {"budget_alert_notification_id": "n", "sms_phone_numbers": []},
            DeleteBudgetAlertNotificationRequest: {"budget_alert_notification_id": "n"},
            ListElectronicAddressesRequest: {"organization_id": "o"},
            CreateElectronicAddressRequest: {"value": "x", "starts_at": "2026-05-01T00:00:00Z"},
            GetElectronicAddressRequest: {"electronic_address_id": "e"},
            UpdateElectronicAddressRequest: {"electronic_address_id": "e", "value": "x"},
            DeleteElectronicAddressRequest: {"electronic_address_id": "e"},
        }
        "scaleway-billing/src/generated/v2alpha1": scaleway_billing::v2alpha1 {
            GetConsumptionRequest: {"organization_id": "o"},
            ListInvoicesRequest: {"page_size": 10},
            DownloadInvoiceRequest: {"invoice_id": "i"},
            ListDiscountsRequest: {},
        }
        "scaleway-billing/src/generated/v2beta1": scaleway_billing::v2beta1 {
            ListConsumptionsRequest: {"billing_period": "2026-05"},
            ListTaxesRequest: {},
            ListInvoicesRequest: {"billing_period_start_after": "2026-05-01T00:00:00Z"},
            ExportInvoicesRequest: {},
            GetInvoiceRequest: {"invoice_id": "i"},
            DownloadInvoiceRequest: {"invoice_id": "i"},
            ListDiscountsRequest: {},
            RedeemCouponRequest: {"code": "c"},
            ListChargesRequest: {"project_ids": ["p"]},
        }
        "fastly-billing/src/generated/billing_address": fastly_billing::billing_address {
            GetBillingAddrRequest: {"customer_id": "c"},
            AddBillingAddrRequest: {
                "customer_id": "c",
                "billing_address_request": {"data": {
                    "type": "billing_address",
                    "attributes": {"city": "Exampleton", "postal_code": "00001"},
                }},
            },
            UpdateBillingAddrRequest: {
                "customer_id": "c",
                "update_billing_address_request": {"data": {
                    "type": "billing_address",
                    "attributes": {"address_2": null, "postal_code": "00001"},
                }},
            },
            DeleteBillingAddrRequest: {"customer_id": "c"},
        }
        "fastly-billing/src/generated/customer": fastly_billing::customer {
            GetLoggedInCustomerRequest: {},
            GetCustomerRequest: {"customer_id": "c"},
        }
        "fastly-billing/src/generated/v2": fastly_billing::v2 {
            GetInvoiceRequest: {"month": "05", "year": "2020"},
            GetInvoiceByIdRequest: {"customer_id": "c", "invoice_id": 7},
            GetInvoiceMtdRequest: {"customer_id": "c", "year": "2020"},
        }
        "fastly-billing/src/generated/v3": fastly_billing::v3 {
            ListInvoicesRequest: {"limit": 5},
            GetMonthToDateInvoiceRequest: {},
            GetInvoiceByInvoiceIdRequest: {"invoice_id": "INV-1"},
            GetUsageMetricsRequest: {"start_month": "2026-04", "end_month": "2026-05"},
            GetServiceLevelUsageRequest: {"service": "s"},
            ListCustomerAddressesRequest: {},
            CreateCustomerAddressRequest: {"customer_address": {"type": "tax", "region": "DE"}},
            UpdateCustomerAddressRequest: {"type": "tax", "customer_address": {"region": "DE"}},
        }
        "viam-billing/src/generated/v1": viam_billing::v1 {
            GetCurrentMonthUsageRequest: {"org_id": "o"},
            GetOrgBillingInformationRequest: {"org_id": "o"},
            GetInvoicesSummaryRequest: {"org_id": "o"},
            GetInvoicePdfRequest: {"id": "i", "org_id": "o"},
            SendPaymentRequiredEmailRequest:
                {"customer_org_id": "c", "billing_owner_org_id": "o"},
            UpdateOrganizationBillingTierRequest: {"organization_id": "o", "billing_tier": "t"},
            GetLocationBillingOrganizationRequest: {"location_id": "l"},
            UpdateLocationBillingOrganizationRequest:
                {"location_id": "l", "billing_organization_id": "o"},
            ChargeOrganizationRequest: {"org_id_to_charge": "o", "subtotal": 9.99, "tax": 0.0},
            CreateInvoiceAndChargeImmediatelyRequest: {"org_id_to_charge": "o", "amount": 9.99},
        }
    }
}

#[test]
fn models_read_from_anything() {
    use billing_tests::fastly::fixture;
    use fastly_billing::{Serviceusagemetrics, Usagemetrics};
    use serde_json::{Value, json};

    let file = |name: &str| -> Value { serde_json::from_str(&fixture(name)).unwrap() };
    reads_from_anything::<v2::BillingResponse>(&file("v2/invoice.json"));
    reads_from_anything::<v2::BillingResponse>(&file("v2/invoice_of_2019.json"));
    reads_from_anything::<v2::BillingEstimateResponse>(&file("v2/estimate.json"));
    reads_from_anything::<v3::EomInvoiceResponse>(&file("v3/invoice.json"));
    reads_from_anything::<Serviceusagemetrics>(&file("v3/service_usage_list.json"));
    reads_from_anything::<Serviceusagemetrics>(&file("v3/service_usage_object.json"));
    let rows = [json!([{"name": "a"}]), json!({"data": [{"name": "a"}]}), json!({"name": "a"})];
    rows.iter().for_each(|rows| _ = reads_from_anything::<Usagemetrics>(rows));
    reads_from_anything::<v3::Invoicelineitems>(&json!({"ProductName": "old", "Region": "Asia"}));
    reads_from_anything::<billing_address::BillingAddressResponse>(&file(
        "billing_address/address.json",
    ));
    let money = json!({"currency_code": "EUR", "units": "5", "nanos": 500_000_000});
    reads_from_anything::<v2beta1::Invoice>(&json!({
        "id": "i", "total_taxed": money, "total_tax": {}, "issued_date": "2026-06-01T00:00:00Z",
    }));
    reads_from_anything::<v2beta1::ListDiscountsResponse>(&json!({
        "total_count": 1, "discounts": [{"id": "d", "value": 10.5, "coupon": {"x": 1}}],
    }));
    reads_from_anything::<scaleway_billing::ScwFile>(&json!({"name": "a", "content": "YSxi"}));
}
