//! Scaleway billing v2beta1.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use billing_sandbox::{Sandbox, Scaleway};
use serde_json::{Value, json};

use crate::http::{call, get, get_json, send};
use crate::json::{assert_page, assert_rejected, items, nanos, number_nanos, text};

const CONSUMPTIONS: &str = "/billing/v2beta1/consumptions";
const TAXES: &str = "/billing/v2beta1/taxes";
const INVOICES: &str = "/billing/v2beta1/invoices";
const EXPORT: &str = "/billing/v2beta1/export-invoices";
const DISCOUNTS: &str = "/billing/v2beta1/discounts";
const REDEEM: &str = "/billing/v2beta1/redeem-coupon";
const OTHER_ID: &str = "11111111-2222-4333-8444-555555555555";

async fn all(scaleway: &Scaleway, path: &str, key: &str) -> Vec<Value> {
    items(&get_json(scaleway, path).await, key).to_vec()
}

fn taxes_path(scaleway: &Scaleway) -> String {
    format!("{TAXES}?organization_id={}", scaleway.organization_id())
}

fn redeem_path(scaleway: &Scaleway, code: &str) -> String {
    format!("{REDEEM}?organization_id={}&code={code}", scaleway.organization_id())
}

#[tokio::test]
async fn totals_of_every_invoice_add_up() {
    let sandbox = Sandbox::builder()
        .today("2026-06-15".parse().unwrap())
        .invoices(500)
        .start()
        .await
        .unwrap();
    let invoices = all(sandbox.scaleway(), INVOICES, "invoices").await;
    assert_eq!(invoices.len(), 500);
    let mut discounted = 0;
    for invoice in &invoices {
        let amount = |key: &str| nanos(&invoice[key]);
        assert_eq!(amount("total_undiscount") + amount("total_discount"), amount("total_untaxed"));
        assert_eq!(amount("total_untaxed") + amount("total_tax"), amount("total_taxed"));
        assert_eq!(amount("total_tax") * 5, amount("total_untaxed"));
        assert!(amount("total_discount") <= 0);
        assert_eq!(amount("total_untaxed") < 0, invoice["type"] == "credit_note");
        let parts = ["units", "nanos"].map(|part| invoice["total_discount"][part].as_i64());
        discounted += usize::from(parts.iter().all(|part| part.unwrap() < 0));
    }
    assert!(discounted > 0);
}

#[tokio::test]
async fn invoice_before_tax_is_consumption_minus_discounts() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let invoices = all(scaleway, &format!("{INVOICES}?invoice_type=periodic"), "invoices").await;
    assert_eq!(invoices.len(), 80);
    let mut without_discount = 0;
    for invoice in &invoices {
        let month = &text(invoice, "billing_period")[..7];
        let response = get(scaleway, &format!("{CONSUMPTIONS}?billing_period={month}")).await;
        let list = response.json();
        let gross: i128 =
            items(&list, "consumptions").iter().map(|line| nanos(&line["value"])).sum();
        let discount = number_nanos(&list["total_discount_untaxed_value"]);
        assert_eq!(gross, nanos(&invoice["total_undiscount"]), "{month}");
        assert_eq!(discount, -nanos(&invoice["total_discount"]), "{month}");
        assert_eq!(gross - discount, nanos(&invoice["total_untaxed"]), "{month}");
        if discount == 0 {
            let body = String::from_utf8(response.body).unwrap();
            assert!(body.contains(r#""total_discount_untaxed_value":0,"#), "{body}");
            without_discount += 1;
        }

        let path = format!("{}&billing_period={month}", taxes_path(scaleway));
        let tax: i128 = all(scaleway, &path, "taxes")
            .await
            .iter()
            .filter(|tax| !tax["total_tax_value"].is_null())
            .map(|tax| number_nanos(&tax["total_tax_value"]))
            .sum();
        assert_eq!(tax, nanos(&invoice["total_tax"]), "{month}");
    }
    assert!((1..80).contains(&without_discount));

    // A missing or empty month means the current one.
    let draft = get_json(scaleway, CONSUMPTIONS).await;
    for query in ["billing_period=", "billing_period=2026-06"] {
        assert_eq!(get_json(scaleway, &format!("{CONSUMPTIONS}?{query}")).await, draft);
    }
}

#[tokio::test]
async fn consumptions_are_filtered_and_ordered() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let lines = all(scaleway, CONSUMPTIONS, "consumptions").await;
    assert_eq!(lines.len(), 32);
    assert!(lines.iter().all(|line| line.as_object().unwrap().len() == 11));
    assert!(lines.iter().all(|line| text(line, "billed_quantity").parse::<u64>().is_ok()));
    assert!(lines.iter().any(|line| text(line, "product_name").is_empty()));
    assert!(lines.iter().any(|line| nanos(&line["value"]) == 0));
    assert!(
        lines
            .iter()
            .filter(|line| nanos(&line["value"]) < 0)
            .all(|line| line["unit"] == "currency" && text(line, "sku").starts_with("/offer/"))
    );

    type Keep = fn(&Value, &str) -> bool;
    let project = scaleway.project_id();
    let cases: [(String, Keep); 6] = [
        (format!("organization_id={}", scaleway.organization_id()), |_, _| true),
        (format!("project_id={project}"), |line, project| line["project_id"] == project),
        ("category_name=Compute".to_owned(), |line, _| line["category_name"] == "Compute"),
        ("category_name=Security+and%20Identity".to_owned(), |line, _| {
            line["category_name"] == "Security and Identity"
        }),
        (format!("project_id={project}&category_name=Network"), |line, project| {
            line["project_id"] == project && line["category_name"] == "Network"
        }),
        ("order_by=updated_at_asc".to_owned(), |_, _| true),
    ];
    for (query, keep) in cases {
        let expected: Vec<Value> =
            lines.iter().filter(|line| keep(line, project)).cloned().collect();
        let found = all(scaleway, &format!("{CONSUMPTIONS}?{query}"), "consumptions").await;
        assert_eq!(found, expected, "{query}");
        assert!(!found.is_empty());
    }

    let by = |direction: &str| format!("{CONSUMPTIONS}?order_by=category_name_{direction}");
    let ascending = all(scaleway, &by("asc"), "consumptions").await;
    assert!(ascending.is_sorted_by_key(|line| text(line, "category_name")));
    let descending = all(scaleway, &by("desc"), "consumptions").await;
    assert!(descending.is_sorted_by_key(|line| Reverse(text(line, "category_name"))));
}

#[tokio::test]
async fn empty_page_has_empty_totals() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let whole = get_json(scaleway, CONSUMPTIONS).await;
    assert_eq!(whole["updated_at"], "2026-06-15T11:46:11.204318Z");

    let mut joined = Vec::new();
    for page in 1..=7 {
        let list = get_json(scaleway, &format!("{CONSUMPTIONS}?page={page}&page_size=5")).await;
        for key in ["total_count", "total_discount_untaxed_value", "updated_at"] {
            assert_eq!(list[key], whole[key]);
        }
        joined.extend_from_slice(items(&list, "consumptions"));
    }
    assert_eq!(joined, items(&whole, "consumptions"));

    for query in [
        "page=8&page_size=5",
        "page=2",
        "category_name=compute",
        "billing_period=2026-07",
        "billing_period=1999-12",
    ] {
        let response = get(scaleway, &format!("{CONSUMPTIONS}?{query}")).await;
        assert_eq!(
            response.body,
            br#"{"consumptions":[],"total_count":0,"total_discount_untaxed_value":0,"updated_at":null}"#,
            "{query}"
        );
    }
    let taxes = get_json(scaleway, &format!("{}&page=2&page_size=2", taxes_path(scaleway))).await;
    assert_eq!(taxes, json!({"taxes": [], "total_count": 0, "updated_at": null}));
    for (path, key) in [(INVOICES, "invoices"), (DISCOUNTS, "discounts")] {
        let list = get_json(scaleway, &format!("{path}?page=1000&page_size=100")).await;
        assert_page(&list, key, 0, 0);
    }
}

#[tokio::test]
async fn taxes_may_lack_a_rate() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let list = get_json(scaleway, &taxes_path(scaleway)).await;
    assert_page(&list, "taxes", 2, 2);
    let taxes = items(&list, "taxes");
    assert_eq!((&taxes[0]["rate"], &taxes[0]["currency"]), (&json!(0.2), &json!("EUR")));
    let no_tax = json!({
        "description": "Reverse charge",
        "currency": "EUR",
        "rate": null,
        "total_tax_value": null,
    });
    assert_eq!(taxes[1], no_tax);

    for (order, first) in [("asc", 1), ("desc", 0)] {
        let path = format!("{}&order_by=category_name_{order}&page_size=1", taxes_path(scaleway));
        assert_eq!(all(scaleway, &path, "taxes").await, [taxes[first].clone()]);
    }
}

#[tokio::test]
async fn both_versions_show_the_same_data() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    assert_eq!(call(scaleway, "POST", &redeem_path(scaleway, "BIT-BY-BIT")).await.status, 200);

    let old = get_json(scaleway, "/billing/v2alpha1/consumption").await;
    let new = get_json(scaleway, CONSUMPTIONS).await;
    assert_eq!(old["updated_at"], new["updated_at"]);
    assert_eq!(items(&old, "consumptions").len(), 32);
    for (old, new) in items(&old, "consumptions").iter().zip(items(&new, "consumptions")) {
        assert_eq!(old["value"], new["value"]);
        assert_eq!(old["project_id"], new["project_id"]);
        assert_eq!(old["operation_path"], new["sku"]);
        assert_eq!(old["category"], text(new, "category_name").to_lowercase());
    }

    let old = all(scaleway, "/billing/v2alpha1/invoices", "invoices").await;
    let new = all(scaleway, INVOICES, "invoices").await;
    assert_eq!((old.len(), new.len()), (120, 120));
    for (old, new) in old.iter().zip(&new) {
        for key in [
            "id",
            "start_date",
            "issued_date",
            "due_date",
            "total_untaxed",
            "total_taxed",
            "number",
        ] {
            assert_eq!(old[key], new[key]);
        }
        match text(new, "type") {
            // The old version lacks this type.
            "credit_note" => assert_eq!(old["invoice_type"], "unknown_type"),
            known => assert_eq!(old["invoice_type"], known),
        }
    }

    let old = all(scaleway, "/billing/v2alpha1/discounts", "discounts").await;
    let new = all(scaleway, DISCOUNTS, "discounts").await;
    assert_eq!((old.len(), new.len()), (6, 6));
    for (mut old, new) in old.into_iter().zip(new) {
        for filter in old["filters"].as_array_mut().unwrap() {
            let renamed = match filter["type"].as_str().unwrap() {
                "product_category" => "category_name",
                "product" => "product_name",
                same => same,
            };
            filter["type"] = json!(renamed);
        }
        assert_eq!(old, new);
    }
}

#[tokio::test]
async fn invoices_have_all_states_and_types() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let invoices = all(scaleway, INVOICES, "invoices").await;
    let distinct = |key: &str| -> BTreeSet<&str> {
        invoices.iter().map(|invoice| text(invoice, key)).collect()
    };
    assert_eq!(distinct("state"), BTreeSet::from(["draft", "issued", "paid", "stopped"]));
    assert_eq!(distinct("type"), BTreeSet::from(["credit_note", "periodic", "purchase"]));
    for invoice in &invoices {
        assert_eq!(invoice.as_object().unwrap().len(), 17);
        assert_eq!(invoice["organization_id"], scaleway.organization_id());
        assert!(text(invoice, "billing_period").ends_with("-01T00:00:00Z"));
        assert_eq!(invoice["stop_date"].is_null(), invoice["type"] != "periodic");
        let issued = ["issued", "paid"].contains(&text(invoice, "state"));
        assert_eq!(invoice["number"] != 0, issued);
        assert_eq!(invoice["issued_date"].is_null(), !issued);
    }
    let draft = invoices.iter().find(|i| i["state"] == "draft" && i["type"] == "periodic").unwrap();
    assert_eq!(draft["start_date"], "2026-06-01T00:00:00Z");
    assert_eq!(draft["stop_date"], "2026-06-30T23:59:59.999999Z");
    assert_eq!(draft["billing_period"], "2026-06-01T00:00:00Z");
}

#[tokio::test]
async fn invoices_are_filtered_by_month_and_type() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let invoices = all(scaleway, INVOICES, "invoices").await;

    type Keep = fn(&Value) -> bool;
    let cases: [(&str, Keep); 6] = [
        ("billing_period_start_after=2026-03-01T00:00:00Z", |i| {
            text(i, "billing_period") >= "2026-03-01"
        }),
        ("billing_period_start_after=2026-03-01T00:00:00.000001Z", |i| {
            text(i, "billing_period") >= "2026-04-01"
        }),
        ("billing_period_start_before=2026-03-01T02%3A00%3A00%2B02%3A00", |i| {
            text(i, "billing_period") < "2026-03-01"
        }),
        ("invoice_type=periodic", |i| i["type"] == "periodic"),
        ("invoice_type=purchase", |i| i["type"] == "purchase"),
        ("invoice_type=credit_note", |i| i["type"] == "credit_note"),
    ];
    for (query, keep) in cases {
        let expected: Vec<Value> = invoices.iter().filter(|i| keep(i)).cloned().collect();
        let found = all(scaleway, &format!("{INVOICES}?{query}"), "invoices").await;
        assert_eq!(found, expected, "{query}");
        assert!(!found.is_empty());
    }
    assert!(invoices.iter().any(|i| i["billing_period"] == "2026-03-01T00:00:00Z"));
}

#[tokio::test]
async fn invoices_and_export_support_every_order() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    // Only invoices that have all sort keys.
    let issued = "billing_period_start_before=2025-01-01T00:00:00Z";
    for key in [
        "invoice_number",
        "start_date",
        "issued_date",
        "due_date",
        "total_untaxed",
        "total_taxed",
        "invoice_type",
    ] {
        let field = match key {
            "invoice_number" => "number",
            "invoice_type" => "type",
            field => field,
        };
        let sort_key = |invoice: &Value| match &invoice[field] {
            Value::Object(_) => (nanos(&invoice[field]), String::new()),
            Value::Number(number) => (number.as_i64().unwrap().into(), String::new()),
            // Credit notes sort last.
            Value::String(name) if name == "credit_note" => (0, "z".to_owned()),
            other => (0, other.as_str().unwrap().to_owned()),
        };
        for direction in ["asc", "desc"] {
            let query = format!("{issued}&order_by={key}_{direction}");
            let invoices = all(scaleway, &format!("{INVOICES}?{query}"), "invoices").await;
            let sorted = match direction {
                "asc" => invoices.is_sorted_by_key(sort_key),
                _ => invoices.is_sorted_by_key(|invoice| Reverse(sort_key(invoice))),
            };
            assert!(sorted, "{query}");

            let csv = get(scaleway, &format!("{EXPORT}?dl=1&{query}")).await;
            let csv = String::from_utf8(csv.body).unwrap();
            let ids: Vec<&str> = csv.lines().skip(1).map(|row| &row[..36]).collect();
            assert!(invoices.iter().map(|invoice| text(invoice, "id")).eq(ids), "{query}");
        }
    }
}

#[tokio::test]
async fn single_invoice_can_be_read_and_downloaded() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    for invoice in &all(scaleway, INVOICES, "invoices").await[..6] {
        let path = format!("{INVOICES}/{}", text(invoice, "id"));
        assert_eq!(&get_json(scaleway, &path).await, invoice);

        let envelope = get_json(scaleway, &format!("{path}/download?file_type=pdf")).await;
        assert_eq!(envelope["content_type"], "application/pdf");
        let raw = get(scaleway, &format!("{path}/download?dl=1")).await;
        assert_eq!(raw.header("content-type"), Some("application/pdf"));
        assert_eq!(STANDARD.decode(text(&envelope, "content")).unwrap(), raw.body);
        let old = get(scaleway, &format!("{path}/download").replace("v2beta1", "v2alpha1")).await;
        assert_eq!(old.json(), envelope);
    }
    for path in [format!("{INVOICES}/{OTHER_ID}"), format!("{INVOICES}/{OTHER_ID}/download")] {
        let response = get(scaleway, &path).await;
        assert_eq!(response.status, 404);
        assert_eq!(
            response.json(),
            json!({
                "message": "resource is not found",
                "resource": "invoice",
                "resource_id": OTHER_ID,
                "type": "not_found",
            })
        );
    }
}

#[tokio::test]
async fn invoices_can_be_exported_as_csv() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let query = "invoice_type=periodic&billing_period_start_after=2026-01-01T00:00:00Z";
    let raw = get(scaleway, &format!("{EXPORT}?{query}&file_type=csv&dl=1")).await;
    assert_eq!(raw.status, 200);
    assert_eq!(raw.header("content-type"), Some("text/csv"));
    let disposition = r#"attachment; filename="invoices-2026-06-15.csv""#;
    assert_eq!(raw.header("content-disposition"), Some(disposition));

    let envelope = get_json(scaleway, &format!("{EXPORT}?{query}")).await;
    assert_eq!(envelope["name"], "invoices-2026-06-15.csv");
    assert_eq!(envelope["content_type"], "text/csv");
    assert_eq!(STANDARD.decode(text(&envelope, "content")).unwrap(), raw.body);

    let csv = String::from_utf8(raw.body).unwrap();
    let rows: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    let invoices = all(scaleway, &format!("{INVOICES}?{query}"), "invoices").await;
    assert_eq!(rows.len(), 1 + invoices.len());
    for (row, invoice) in rows[1..].iter().zip(&invoices) {
        for (column, value) in rows[0].iter().zip(row) {
            let expected = match &invoice[column] {
                Value::Object(_) => {
                    let cents = nanos(&invoice[column]) / 10_000_000;
                    let sign = if cents < 0 { "-" } else { "" };
                    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
                }
                Value::Null if *column == "currency" => "EUR".to_owned(),
                Value::Null => String::new(),
                Value::Number(number) => number.to_string(),
                other if *column == "billing_period" => other.as_str().unwrap()[..7].to_owned(),
                other => other.as_str().unwrap().to_owned(),
            };
            assert_eq!(*value, expected, "{column}");
        }
    }

    // The export is paginated, but does not reveal which page is the last.
    let page = |n: usize| format!("{EXPORT}?{query}&dl=1&page={n}&page_size=4");
    let mut joined = 0;
    for (n, rows) in [(1, 4), (2, 2), (3, 0)] {
        let page = get(scaleway, &page(n)).await;
        let lines = String::from_utf8(page.body).unwrap().lines().count();
        assert_eq!(lines, 1 + rows);
        joined += rows;
    }
    assert_eq!(joined, invoices.len());
}

#[tokio::test]
async fn discounts_support_every_order() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    for key in ["creation_date", "start_date", "stop_date"] {
        // A discount without an end counts as the latest to stop.
        let sort_key = |discount: &Value| discount[key].as_str().unwrap_or("9999").to_owned();
        let path = |direction| format!("{DISCOUNTS}?order_by={key}_{direction}");
        let ascending = all(scaleway, &path("asc"), "discounts").await;
        assert_eq!(ascending.len(), 5);
        assert!(ascending.is_sorted_by_key(sort_key), "{key}");
        let descending = all(scaleway, &path("desc"), "discounts").await;
        assert!(descending.is_sorted_by_key(|discount| Reverse(sort_key(discount))), "{key}");
    }
}

#[tokio::test]
async fn coupon_can_be_redeemed_once() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let codes = scaleway.coupon_codes();
    assert_eq!(codes.len(), 3);
    let mut modes = BTreeSet::new();
    for (redeemed, code) in (1..).zip(&codes) {
        let path = redeem_path(scaleway, code);
        let response = call(scaleway, "POST", &path).await;
        assert_eq!(response.status, 200);
        let discount = response.json();
        assert_eq!(discount["start_date"], "2026-07-01T00:00:00Z");
        assert_eq!(discount["value_used"], 0);
        assert!(discount["coupon"]["description"].is_string());
        modes.insert(text(&discount, "mode").to_owned());

        let discounts = all(scaleway, DISCOUNTS, "discounts").await;
        assert_eq!(discounts.len(), 5 + redeemed);
        assert_eq!(discounts[0], discount);

        let again = call(scaleway, "POST", &path).await;
        assert_eq!(again.status, 409);
        assert_eq!(
            again.json(),
            json!({
                "help_message": "the coupon has been redeemed",
                "message": "resource already exists",
                "resource": "Discount",
                "resource_id": discount["id"],
                "type": "already_exists",
            })
        );
    }
    assert_eq!(modes.len(), 3);

    for code in ["unknown", "ten-percent"] {
        let unknown = call(scaleway, "POST", &redeem_path(scaleway, code)).await;
        assert_eq!(unknown.status, 404);
        assert_eq!(
            unknown.body,
            br#"{"message":"resource is not found","resource":"Coupon","resource_id":"","type":"not_found"}"#
        );
    }
    // Another sandbox is not affected.
    let other = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    assert_page(&get_json(other.scaleway(), DISCOUNTS).await, "discounts", 5, 5);
}

#[tokio::test]
async fn invalid_arguments_are_rejected() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let project = scaleway.project_id();
    let organization = format!("organization_id={}", scaleway.organization_id());
    for (path, name, reason) in [
        (format!("consumptions?{organization}&project_id={project}"), "project_id", "constraint"),
        ("consumptions?project_id=shop".to_owned(), "project_id", "format"),
        ("consumptions?organization_id=".to_owned(), "organization_id", "format"),
        ("consumptions?billing_period=2026-6".to_owned(), "billing_period", "format"),
        ("consumptions?billing_period=2026-06-01".to_owned(), "billing_period", "format"),
        ("consumptions?order_by=category_name".to_owned(), "order_by", "constraint"),
        ("consumptions?page_size=101".to_owned(), "page_size", "constraint"),
        ("consumptions?category_name=".to_owned(), "category_name", "format"),
        ("taxes".to_owned(), "organization_id", "required"),
        (format!("taxes?{organization}&billing_period=2026-13"), "billing_period", "format"),
        ("invoices?invoice_type=credit".to_owned(), "invoice_type", "constraint"),
        (
            "invoices?billing_period_start_after=2026-06".to_owned(),
            "billing_period_start_after",
            "format",
        ),
        ("invoices?page=0".to_owned(), "page", "constraint"),
        ("invoices/42".to_owned(), "invoice_id", "format"),
        ("export-invoices?file_type=pdf".to_owned(), "file_type", "constraint"),
        ("export-invoices?order_by=id_asc".to_owned(), "order_by", "constraint"),
        ("discounts?order_by=stop_date".to_owned(), "order_by", "constraint"),
    ] {
        let response = get(scaleway, &format!("/billing/v2beta1/{path}")).await;
        assert_rejected(&response, name, reason, &path);
    }
    for (query, name, reason) in [
        ("code=TEN-PERCENT".to_owned(), "organization_id", "required"),
        (organization.clone(), "code", "required"),
        (format!("{organization}&code="), "code", "format"),
    ] {
        let response = call(scaleway, "POST", &format!("{REDEEM}?{query}")).await;
        assert_rejected(&response, name, reason, &query);
    }
}

#[tokio::test]
async fn key_and_organization_are_checked() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let invoice = format!("{INVOICES}/{OTHER_ID}");
    for path in [CONSUMPTIONS, TAXES, INVOICES, &invoice, EXPORT, DISCOUNTS] {
        assert_eq!(send(scaleway, "GET", path, "").await.status, 401, "{path}");
    }
    assert_eq!(send(scaleway, "POST", REDEEM, "").await.status, 401);

    for (method, path, action, resource) in [
        ("GET", format!("{CONSUMPTIONS}?organization_id={OTHER_ID}"), "read", "consumption"),
        ("GET", format!("{CONSUMPTIONS}?project_id={OTHER_ID}"), "read", "consumption"),
        ("GET", format!("{TAXES}?organization_id={OTHER_ID}"), "read", "tax"),
        ("GET", format!("{INVOICES}?organization_id={OTHER_ID}"), "read", "invoice"),
        ("GET", format!("{EXPORT}?organization_id={OTHER_ID}"), "read", "invoice"),
        ("GET", format!("{DISCOUNTS}?organization_id={OTHER_ID}"), "read", "discount"),
        ("POST", format!("{REDEEM}?organization_id={OTHER_ID}&code=x"), "write", "coupon"),
    ] {
        let response = call(scaleway, method, &path).await;
        assert_eq!(response.status, 403, "{path}");
        assert_eq!(
            response.json(),
            json!({
                "details": [{"action": action, "resource": resource}],
                "message": "insufficient permissions",
                "type": "permissions_denied",
            })
        );
    }
}
