//! Scaleway billing v2alpha1.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use billing_sandbox::Sandbox;
use serde_json::{Value, json};

use crate::http::{get, get_json, send};
use crate::json::{assert_page, assert_rejected, items, nanos, number_nanos, text};

const CONSUMPTION: &str = "/billing/v2alpha1/consumption";
const INVOICES: &str = "/billing/v2alpha1/invoices";
const DISCOUNTS: &str = "/billing/v2alpha1/discounts";
const OTHER_ID: &str = "11111111-2222-4333-8444-555555555555";

async fn all_invoices(sandbox: &Sandbox) -> Vec<Value> {
    let list = get_json(sandbox.scaleway(), INVOICES).await;
    items(&list, "invoices").to_vec()
}

#[tokio::test]
async fn pages_of_any_size_add_up_to_the_whole_list() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let all = all_invoices(&sandbox).await;
    assert_eq!(all.len(), 120);

    for size in [1, 7, 20, 60, 99, 100] {
        let mut joined = Vec::new();
        for page in 1..=all.len().div_ceil(size) {
            let path = format!("{INVOICES}?page={page}&page_size={size}");
            let list = get_json(sandbox.scaleway(), &path).await;
            assert_page(&list, "invoices", size.min(all.len() - joined.len()), all.len());
            joined.extend_from_slice(items(&list, "invoices"));
        }
        assert_eq!(joined, all, "page_size={size}");
    }
}

#[tokio::test]
async fn default_is_one_page_and_pages_past_the_end_are_empty() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    assert_page(&get_json(scaleway, INVOICES).await, "invoices", 120, 120);
    for query in ["page=2", "page=3&page_size=100", "page=2147483647&page_size=100"] {
        let list = get_json(scaleway, &format!("{INVOICES}?{query}")).await;
        assert_eq!(list, json!({"invoices": [], "total_count": 0}), "{query}");
    }
    let list = get_json(scaleway, &format!("{DISCOUNTS}?page=2&page_size=3")).await;
    assert_page(&list, "discounts", 2, 5);
}

#[tokio::test]
async fn number_of_invoices_can_be_set() {
    for count in [0, 1, 500] {
        let sandbox = Sandbox::builder()
            .today("2026-06-15".parse().unwrap())
            .invoices(count)
            .start()
            .await
            .unwrap();
        let list = get_json(sandbox.scaleway(), INVOICES).await;
        assert_page(&list, "invoices", count, count);
    }
}

#[tokio::test]
async fn data_is_the_same_on_every_start() {
    let first = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let second = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    for path in [CONSUMPTION, INVOICES, DISCOUNTS] {
        assert_eq!(get(first.scaleway(), path).await.body, get(second.scaleway(), path).await.body);
    }
}

#[tokio::test]
async fn invoices_are_filtered_by_start_and_type() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let all = all_invoices(&sandbox).await;
    let ids = |invoices: &[Value]| -> BTreeSet<String> {
        invoices.iter().map(|invoice| text(invoice, "id").to_owned()).collect()
    };

    type Keep = fn(&Value) -> bool;
    let cases: [(&str, Keep); 12] = [
        // The start is inclusive and the end exclusive.
        ("started_after=2026-03-01T00:00:00Z", |i| text(i, "start_date") >= "2026-03-01T00:00:00Z"),
        ("started_before=2026-03-01T00:00:00Z", |i| text(i, "start_date") < "2026-03-01T00:00:00Z"),
        ("started_after=2026-03-01T00:00:00.000001Z", |i| {
            text(i, "start_date") > "2026-03-01T00:00:00Z"
        }),
        // The same instant in another offset, and in nanoseconds.
        ("started_after=2026-03-01T02%3A00%3A00%2B02%3A00", |i| {
            text(i, "start_date") >= "2026-03-01T00:00:00Z"
        }),
        ("started_after=2026-02-28T18:30:00.000000000-05:30", |i| {
            text(i, "start_date") >= "2026-03-01T00:00:00Z"
        }),
        ("started_after=2026-01-01T00:00:00Z&started_before=2026-04-01T00:00:00Z", |i| {
            ("2026-01-01T00:00:00Z".."2026-04-01T00:00:00Z").contains(&text(i, "start_date"))
        }),
        ("started_after=2040-01-01T00:00:00Z", |_| false),
        ("invoice_type=periodic", |i| i["invoice_type"] == "periodic"),
        ("invoice_type=purchase", |i| i["invoice_type"] == "purchase"),
        // Not a filter, although newer credit notes are shown with this type.
        ("invoice_type=unknown_type", |_| true),
        ("invoice_type=unknown_type&started_after=2026-03-01T00:00:00Z", |i| {
            text(i, "start_date") >= "2026-03-01T00:00:00Z"
        }),
        ("dl=1&anything=else", |_| true),
    ];
    for (query, keep) in cases {
        let expected: Vec<Value> = all.iter().filter(|invoice| keep(invoice)).cloned().collect();
        let list = get_json(scaleway, &format!("{INVOICES}?{query}")).await;
        assert_page(&list, "invoices", expected.len(), expected.len());
        assert_eq!(ids(items(&list, "invoices")), ids(&expected), "{query}");
    }
    assert!(all.iter().any(|invoice| invoice["start_date"] == "2026-03-01T00:00:00Z"));

    let own = format!("organization_id={}", scaleway.organization_id());
    for query in [own.clone(), own.replace('a', "A").replace("orgAnizAtion", "organization")] {
        let list = get_json(scaleway, &format!("{INVOICES}?{query}")).await;
        assert_page(&list, "invoices", 120, 120);
    }
}

#[tokio::test]
async fn invoices_are_sorted_by_order_by() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();

    // A missing value sorts as the greatest.
    let number =
        |i: &Value| i["number"].as_i64().filter(|n| *n != 0).unwrap_or(i64::MAX).to_string();
    let date = |i: &Value, key: &str| i[key].as_str().unwrap_or("9999").to_owned();
    // Offset, so that the strings of negative amounts sort as numbers.
    let amount = |i: &Value, key: &str| format!("{:030}", nanos(&i[key]) + 1_000_000_000_000);
    for key in [
        "invoice_number",
        "start_date",
        "issued_date",
        "due_date",
        "total_untaxed",
        "total_taxed",
        "invoice_type",
    ] {
        let sort_key = |i: &Value| match key {
            "invoice_number" => format!("{:0>20}", number(i)),
            "total_untaxed" | "total_taxed" => amount(i, key),
            _ => date(i, key),
        };
        for direction in ["asc", "desc"] {
            let path = format!("{INVOICES}?order_by={key}_{direction}");
            let list = get_json(scaleway, &path).await;
            let invoices = items(&list, "invoices");
            assert_eq!(invoices.len(), 120);
            // Ties go by start date and id in either direction.
            let tie_key = |i: &Value| (text(i, "start_date").to_owned(), text(i, "id").to_owned());
            let sorted = match direction {
                "asc" => invoices.is_sorted_by_key(|i| (sort_key(i), tie_key(i))),
                _ => invoices.is_sorted_by_key(|i| (Reverse(sort_key(i)), tie_key(i))),
            };
            assert!(sorted, "{path}");
        }
    }

    let by_default = all_invoices(&sandbox).await;
    let explicit = get_json(scaleway, &format!("{INVOICES}?order_by=invoice_number_desc")).await;
    assert_eq!(by_default, items(&explicit, "invoices"));
    assert_eq!(by_default[0]["number"], 0);
}

#[tokio::test]
async fn unissued_invoices_have_no_number_and_no_dates() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let mut unissued = Vec::new();
    for invoice in all_invoices(&sandbox).await {
        assert_eq!(invoice.as_object().unwrap().len(), 8);
        if invoice["number"] == 0 {
            assert_eq!(
                (&invoice["issued_date"], &invoice["due_date"]),
                (&Value::Null, &Value::Null)
            );
            unissued.push(text(&invoice, "start_date")[..7].to_owned());
        } else {
            assert!(text(&invoice, "start_date") < text(&invoice, "issued_date"));
            assert!(text(&invoice, "issued_date") < text(&invoice, "due_date"));
        }
    }
    // A stopped invoice, and those of the current month.
    assert_eq!(unissued, ["2025-02", "2026-06", "2026-06"]);
}

#[tokio::test]
async fn draft_invoice_is_consumption_minus_discounts() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();

    let query = "?started_after=2026-06-01T00:00:00Z&invoice_type=periodic";
    let drafts = get_json(scaleway, &format!("{INVOICES}{query}")).await;
    assert_page(&drafts, "invoices", 1, 1);
    let untaxed = nanos(&items(&drafts, "invoices")[0]["total_untaxed"]);

    let consumption = get_json(scaleway, CONSUMPTION).await;
    assert!(text(&consumption, "updated_at").starts_with("2026-06-15T"));
    let mut by_category: BTreeMap<&str, i128> = BTreeMap::new();
    for line in items(&consumption, "consumptions") {
        *by_category.entry(text(line, "category")).or_default() += nanos(&line["value"]);
    }
    let gross: i128 = by_category.values().sum();

    // Two discounts apply in June: a rate on "Compute", and a credit on everything else.
    let compute = by_category["compute"];
    let mut discounted = 0;
    for discount in items(&get_json(scaleway, DISCOUNTS).await, "discounts") {
        let start = text(discount, "start_date");
        let stop = discount["stop_date"].as_str().unwrap_or("9999");
        if !(start..stop).contains(&"2026-06-01T00:00:00Z") {
            continue;
        }
        let filter = json!({
            "type": "product_category",
            "value": "Compute",
            "exclude": discount["mode"] != "discount_mode_rate",
        });
        assert_eq!(discount["filters"], json!([filter]));
        discounted += match text(discount, "mode") {
            "discount_mode_rate" => {
                assert_eq!(compute * i128::from(discount["value"].as_i64().unwrap()) % 100, 0);
                compute * i128::from(discount["value"].as_i64().unwrap()) / 100
            }
            _ => number_nanos(&discount["value_remaining"]).min(gross - compute),
        };
    }
    assert!(discounted > 0);
    assert_eq!(untaxed, gross - discounted);
    assert!(untaxed > 0);
}

#[tokio::test]
async fn every_invoice_has_20_percent_tax() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    for invoice in all_invoices(&sandbox).await {
        let (untaxed, taxed) = (nanos(&invoice["total_untaxed"]), nanos(&invoice["total_taxed"]));
        assert_eq!(taxed * 5, untaxed * 6, "{invoice}");
    }
}

#[tokio::test]
async fn consumption_has_edge_case_lines() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let path = format!("{CONSUMPTION}?organization_id={}", sandbox.scaleway().organization_id());
    let consumption = get_json(sandbox.scaleway(), &path).await;
    let lines = items(&consumption, "consumptions");
    let has = |wanted: fn(i64, i64) -> bool| {
        lines.iter().any(|line| {
            let part = |key: &str| line["value"][key].as_i64().unwrap();
            wanted(part("units"), part("nanos"))
        })
    };
    assert!(has(|units, nanos| units == 0 && nanos == 0));
    assert!(has(|units, nanos| units == 0 && nanos > 0));
    assert!(has(|units, nanos| units == 0 && nanos < 0));
    assert!(has(|units, nanos| units < 0 && nanos < 0));

    let distinct = |key: &str| lines.iter().map(|line| text(line, key)).collect::<BTreeSet<_>>();
    assert_eq!(distinct("project_id").len(), 3);
    assert!(distinct("category").len() > 5);
    assert!(lines.iter().all(|line| line.as_object().unwrap().len() == 5));
    assert!(lines.iter().all(|line| text(line, "operation_path").starts_with('/')));
    assert!(lines.iter().all(|line| !text(line, "description").is_empty()));
}

#[tokio::test]
async fn discounts_have_all_modes() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let latest_first = get_json(scaleway, DISCOUNTS).await;
    let discounts = items(&latest_first, "discounts");
    assert!(discounts.is_sorted_by_key(|discount| Reverse(text(discount, "creation_date"))));

    let path = format!("{DISCOUNTS}?order_by=creation_date_asc");
    let oldest_first = get_json(scaleway, &path).await;
    assert!(items(&oldest_first, "discounts").iter().eq(discounts.iter().rev()));

    for discount in discounts {
        assert_eq!(discount["organization_id"], scaleway.organization_id());
        assert_eq!(
            number_nanos(&discount["value"]),
            number_nanos(&discount["value_used"]) + number_nanos(&discount["value_remaining"])
        );
    }
    let has = |wanted: fn(&Value) -> bool| discounts.iter().any(wanted);
    assert!(has(|discount| discount["mode"] == "discount_mode_rate"));
    assert!(has(|discount| discount["mode"] == "discount_mode_value"));
    assert!(has(|discount| discount["mode"] == "discount_mode_splittable"));
    assert!(has(|discount| discount["value_remaining"] == 0));
    assert!(has(|discount| discount["value"] == 15.5));
    assert!(has(|discount| discount["coupon"].is_null()));
    assert!(has(|discount| discount["coupon"]["description"].is_string()));
    assert!(has(|discount| discount["coupon"] == json!({"description": null})));
    assert!(has(|discount| discount["stop_date"].is_null()));
    assert!(has(|discount| discount["filters"] == json!([])));
    assert!(has(|discount| discount["filters"][0]["exclude"] == true));
}

/// Follows the cross-reference table and returns the number of objects.
fn check_pdf(file: &[u8]) -> usize {
    assert!(file.starts_with(b"%PDF-1.4\n"));
    let tail = String::from_utf8(file[file.len() - 30..].to_vec()).unwrap();
    let start = tail.split("startxref\n").nth(1).unwrap();
    let table: usize = start.strip_suffix("\n%%EOF\n").unwrap().parse().unwrap();
    let table = String::from_utf8(file[table..].to_vec()).unwrap();

    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("xref"));
    let count: usize = lines.next().unwrap().strip_prefix("0 ").unwrap().parse().unwrap();
    assert_eq!(lines.next(), Some("0000000000 65535 f "));
    for number in 1..count {
        let offset: usize =
            lines.next().unwrap().strip_suffix(" 00000 n ").unwrap().parse().unwrap();
        assert!(file[offset..].starts_with(format!("{number} 0 obj\n").as_bytes()));
    }
    assert_eq!(lines.next(), Some("trailer"));
    assert_eq!(lines.next().unwrap(), format!("<< /Size {count} /Root 1 0 R >>"));
    count - 1
}

fn contains(file: &[u8], text: &str) -> bool {
    file.windows(text.len()).any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn invoice_file_is_sent_as_json_or_raw() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    for invoice in &all_invoices(&sandbox).await[..6] {
        let path = format!("{INVOICES}/{}/download", text(invoice, "id"));
        let envelope = get_json(scaleway, &format!("{path}?file_type=pdf")).await;
        assert_eq!(envelope.as_object().unwrap().len(), 3);
        assert_eq!(envelope["content_type"], "application/pdf");
        let name = text(&envelope, "name");
        let month = &text(invoice, "start_date")[..7];
        assert!(name.contains(&format!("-{month}-")) && name.ends_with(".pdf"), "{name}");
        let file = STANDARD.decode(text(&envelope, "content")).unwrap();
        assert_eq!(check_pdf(&file), 5);

        let total = nanos(&invoice["total_taxed"]) / 10_000_000;
        let total = format!("(Total: {}.{:02} EUR)", total / 100, total % 100);
        assert!(contains(&file, &total), "{total}");
        let title = match invoice["number"].as_i64() {
            Some(0) => "(Draft invoice)".to_owned(),
            number => format!("(Invoice {})", number.unwrap()),
        };
        assert!(contains(&file, &title), "{title}");

        let raw = get(scaleway, &format!("{path}?dl=1")).await;
        assert_eq!(raw.status, 200);
        assert_eq!(raw.header("content-type"), Some("application/pdf"));
        let disposition = format!("attachment; filename=\"{name}\"");
        assert_eq!(raw.header("content-disposition"), Some(disposition.as_str()));
        assert_eq!(raw.body, file);
    }
}

#[tokio::test]
async fn invoice_file_has_the_configured_size() {
    let sandbox = Sandbox::builder()
        .today("2026-06-15".parse().unwrap())
        .invoice_file_size(1_234_567)
        .start()
        .await
        .unwrap();
    let id = text(&all_invoices(&sandbox).await[3], "id").to_owned();
    let raw = get(sandbox.scaleway(), &format!("{INVOICES}/{id}/download?dl=1")).await;
    assert_eq!(raw.body.len(), 1_234_567);
    assert_eq!(check_pdf(&raw.body), 5);
}

#[tokio::test]
async fn only_the_secret_key_is_accepted() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let key = scaleway.secret_key();
    let download = format!("{INVOICES}/{OTHER_ID}/download");
    for path in [CONSUMPTION, INVOICES, DISCOUNTS, &download] {
        for headers in [
            String::new(),
            "X-Auth-Token:\r\n".to_owned(),
            format!("X-Auth-Token: {OTHER_ID}\r\n"),
            format!("X-Auth-Token: {key}x\r\n"),
            format!("Authorization: Bearer {key}\r\n"),
        ] {
            let response = send(scaleway, "GET", path, &headers).await;
            assert_eq!(response.status, 401, "{path} {headers}");
            assert_eq!(
                response.body,
                br#"{"message":"authentication is denied","method":"api_key","reason":"not_found","type":"denied_authentication"}"#
            );
        }
    }
}

#[tokio::test]
async fn other_organizations_are_denied() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    for (path, resource) in
        [(CONSUMPTION, "consumption"), (INVOICES, "invoice"), (DISCOUNTS, "discount")]
    {
        let path = format!("{path}?organization_id={OTHER_ID}");
        let response = get(sandbox.scaleway(), &path).await;
        assert_eq!(response.status, 403, "{path}");
        assert_eq!(
            response.json(),
            json!({
                "details": [{"action": "read", "resource": resource}],
                "message": "insufficient permissions",
                "type": "permissions_denied",
            })
        );
    }
}

#[tokio::test]
async fn missing_objects_are_not_found() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let response = get(scaleway, &format!("{INVOICES}/{OTHER_ID}/download")).await;
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

    let token = format!("X-Auth-Token: {}\r\n", scaleway.secret_key());
    for (method, path) in [
        ("GET", "/"),
        ("GET", "/billing/v2alpha1"),
        ("GET", "/billing/v2alpha1/invoice"),
        ("GET", "/billing/v2alpha1/invoices/"),
        ("GET", "/billing/v2alpha1/invoices/../discounts"),
        ("POST", INVOICES),
    ] {
        for headers in ["", token.as_str()] {
            let response = send(scaleway, method, path, headers).await;
            assert_eq!(response.status, 404, "{method} {path}");
            assert_eq!(response.body, br#"{"message":"Not Found"}"#);
            assert_eq!(response.header("content-type"), Some("application/json"));
        }
    }
}

#[tokio::test]
async fn invalid_arguments_are_rejected() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    for (path, name, reason) in [
        ("consumption?organization_id=mine", "organization_id", "format"),
        ("consumption?organization_id=", "organization_id", "format"),
        ("invoices?organization_id=mine", "organization_id", "format"),
        ("invoices?started_after=2026-03-01", "started_after", "format"),
        ("invoices?started_after=2026-03-01%2000:00:00Z", "started_after", "format"),
        ("invoices?started_after=2026-03-01T00:00:00", "started_after", "format"),
        // An unescaped plus sign is a space.
        ("invoices?started_before=2026-03-01T00:00:00+02:00", "started_before", "format"),
        ("invoices?started_before=2026-13-01T00:00:00Z", "started_before", "format"),
        ("invoices?invoice_type=credit_note", "invoice_type", "constraint"),
        ("invoices?invoice_type=Periodic", "invoice_type", "constraint"),
        ("invoices?order_by=number_desc", "order_by", "constraint"),
        ("invoices?order_by=start_date", "order_by", "constraint"),
        ("invoices?page=0", "page", "constraint"),
        ("invoices?page=-1", "page", "constraint"),
        ("invoices?page=one", "page", "format"),
        ("invoices?page=1&page=2", "page", "format"),
        ("invoices?page_size=0", "page_size", "constraint"),
        ("invoices?page_size=101", "page_size", "constraint"),
        ("invoices?page_size=1.5", "page_size", "format"),
        ("discounts?order_by=start_date_asc", "order_by", "constraint"),
        ("discounts?page_size=101", "page_size", "constraint"),
        ("invoices//download", "invoice_id", "format"),
        ("invoices/42/download", "invoice_id", "format"),
        ("invoices/a%2Fb/download", "invoice_id", "format"),
        ("invoices/%2e%2e/download", "invoice_id", "format"),
        ("invoices/%ff/download", "invoice_id", "format"),
        (
            "invoices/11111111-2222-4333-8444-555555555555/download?file_type=csv",
            "file_type",
            "constraint",
        ),
        ("invoices/11111111-2222-4333-8444-555555555555/download?dl=yes", "dl", "format"),
    ] {
        let response = get(sandbox.scaleway(), &format!("/billing/v2alpha1/{path}")).await;
        assert_rejected(&response, name, reason, path);
    }
}

#[tokio::test]
async fn every_response_has_the_headers_of_the_gateway() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let mut ids = BTreeSet::new();
    for path in [CONSUMPTION, INVOICES, DISCOUNTS, "/nowhere"] {
        let response = get(scaleway, path).await;
        assert_eq!(response.header("content-type"), Some("application/json"));
        assert!(response.header("server").unwrap().starts_with("Scaleway API Gateway"));
        assert_eq!(response.header("x-total-count"), None);
        let id = response.header("x-request-id").unwrap();
        let groups: Vec<usize> = id.split('-').map(str::len).collect();
        assert_eq!(groups, [8, 4, 4, 4, 12], "{id}");
        ids.insert(id.to_owned());
    }
    assert_eq!(ids.len(), 4);
}
