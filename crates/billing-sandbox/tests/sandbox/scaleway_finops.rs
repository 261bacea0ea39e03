//! Scaleway FinOps v2beta1.

use std::collections::BTreeSet;

use billing_sandbox::{Sandbox, Scaleway};
use serde_json::Value;

use crate::http::{get, get_json, send};
use crate::json::{assert_rejected, items, nanos, text};

const CHARGES: &str = "/billing/v2beta1/charges";
const OTHER_ID: &str = "11111111-2222-4333-8444-555555555555";

/// The path of a list of the organization's charges. `query` is empty or begins with `&`.
fn path(scaleway: &Scaleway, query: &str) -> String {
    format!("{CHARGES}?organization_id={}{query}", scaleway.organization_id())
}

/// Percent-encodes the characters of a token that are neither letters nor digits.
fn encoded(token: &str) -> String {
    token.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

/// Follows the page tokens to the end.
async fn walk(scaleway: &Scaleway, query: &str) -> Vec<Value> {
    let first = path(scaleway, query);
    let mut charges = Vec::new();
    let mut page = get_json(scaleway, &first).await;
    loop {
        charges.extend_from_slice(items(&page, "charges"));
        let Some(token) = page["next_page_token"].as_str() else {
            assert!(page["next_page_token"].is_null());
            return charges;
        };
        let next = format!("{first}&page_token={}", encoded(token));
        page = get_json(scaleway, &next).await;
    }
}

fn key(charge: &Value) -> (String, String) {
    (text(charge, "resource_id").to_owned(), text(charge, "start_date").to_owned())
}

fn prices<'a>(charges: impl IntoIterator<Item = &'a Value>) -> i128 {
    charges.into_iter().map(|charge| nanos(&charge["price"])).sum()
}

/// Charges that cover a whole month.
fn is_monthly(charge: &Value) -> bool {
    text(charge, "end_date") == "2026-06-30T23:59:59.999999Z"
}

#[tokio::test]
async fn page_tokens_reach_every_charge_once() {
    for (count, sizes) in [(0, vec![1]), (1, vec![1]), (33, vec![1, 33, 34]), (650, vec![7, 650])] {
        let sandbox = Sandbox::builder()
            .today("2026-06-15".parse().unwrap())
            .charges(count)
            .start()
            .await
            .unwrap();
        let scaleway = sandbox.scaleway();
        let all = walk(scaleway, "&page_size=1000").await;
        assert_eq!(all.len(), count);
        assert_eq!(all.iter().map(key).collect::<BTreeSet<_>>().len(), count);
        assert!(all.is_sorted_by_key(|charge| text(charge, "start_date")));
        for size in sizes {
            assert_eq!(walk(scaleway, &format!("&page_size={size}")).await, all, "{size}");
        }
        let mut reversed = walk(scaleway, "&order_by=start_date_desc&page_size=100").await;
        reversed.reverse();
        assert_eq!(reversed, all);
        // The default page size is 100.
        let page = get_json(scaleway, &path(scaleway, "")).await;
        assert_eq!(items(&page, "charges"), &all[..count.min(100)]);
    }
}

#[tokio::test]
async fn a_million_charges_behave_like_a_few() {
    let sandbox = Sandbox::builder()
        .today("2026-06-15".parse().unwrap())
        .charges(20_011)
        .start()
        .await
        .unwrap();
    let scaleway = sandbox.scaleway();
    let all = walk(scaleway, "&page_size=1000").await;
    assert_eq!(all.iter().map(key).collect::<BTreeSet<_>>().len(), 20_011);
    assert_eq!(sandbox.requests().len(), 21);

    // Close to the consumption, but not equal to it.
    let consumption = get_json(scaleway, "/billing/v2beta1/consumptions").await;
    let gross: i128 =
        items(&consumption, "consumptions").iter().map(|line| nanos(&line["value"])).sum();
    let difference = gross - prices(&all);
    assert!((1..50_000_000).contains(&difference), "{difference}");
}

#[tokio::test]
async fn token_is_valid_only_for_its_list() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let list = path(scaleway, "&order_by=start_date_asc");
    let page = get_json(scaleway, &format!("{list}&page_size=10")).await;
    let token = text(&page, "next_page_token").to_owned();
    assert!(["+", "/", "="].iter().all(|char| token.contains(char)), "{token}");

    // The page size may change, and the order of the parameters does not matter.
    let next = get_json(scaleway, &format!("{list}&page_token={}", encoded(&token))).await;
    let organization = scaleway.organization_id();
    let reordered = format!(
        "{CHARGES}?page_token={}&order_by=start_date_asc&organization_id={organization}",
        encoded(&token)
    );
    assert_eq!(get_json(scaleway, &reordered).await, next);

    for (list, token) in [
        (path(scaleway, "&order_by=start_date_desc"), encoded(&token)),
        (path(scaleway, "&clamp_to_time_range=true"), encoded(&token)),
        // Without percent-encoding, the plus signs are spaces.
        (list.clone(), token.clone()),
        (list.clone(), encoded(&token).to_lowercase()),
        (list.clone(), "10".to_owned()),
        (list.clone(), "AAAA".to_owned()),
    ] {
        let response = get(scaleway, &format!("{list}&page_token={token}")).await;
        assert_rejected(&response, "page_token", "format", &token);
    }
}

#[tokio::test]
async fn charges_have_the_documented_fields() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let charges = walk(scaleway, "").await;
    let mut named = 0;
    for charge in &charges {
        let has_name = charge.get("resource_name").is_some();
        assert_eq!(charge.as_object().unwrap().len(), if has_name { 12 } else { 11 });
        assert!(!has_name || charge["resource_name"].is_string());
        named += usize::from(has_name);
        assert_eq!(charge["organization_id"], scaleway.organization_id());
        // Not on an invoice yet.
        assert_eq!(charge["invoice_id"], "");
        assert!(text(charge, "end_date").ends_with("59.999999Z") || !is_monthly(charge));
        assert!(text(charge, "start_date") < text(charge, "end_date"));
        assert!(text(charge, "updated_at") <= "2026-06-15T11:46:11.204318Z");
    }
    assert!(0 < named && named < charges.len());
    assert!(charges.iter().any(|charge| text(charge, "resource_id").starts_with("fr-par/")));
    assert!(charges.iter().any(|charge| nanos(&charge["price"]) < 0));
    assert_eq!(charges.iter().filter(|charge| is_monthly(charge)).count(), 7);

    // Charges of an invoiced month are on its invoice.
    let query = "&start_date_after=2026-04-01T00:00:00Z&end_date_before=2026-05-01T00:00:00Z";
    let april = walk(scaleway, query).await;
    assert_eq!(april.len(), 650);
    let invoice = format!("/billing/v2beta1/invoices/{}", text(&april[0], "invoice_id"));
    let invoice = get_json(scaleway, &invoice).await;
    assert_eq!(invoice["billing_period"], "2026-04-01T00:00:00Z");
    assert!(april.iter().all(|charge| charge["invoice_id"] == invoice["id"]));
}

#[tokio::test]
async fn charges_are_filtered() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let all = walk(scaleway, "&page_size=1000").await;
    let distinct = |key: &str| -> Vec<String> {
        let values: BTreeSet<&str> = all.iter().filter_map(|charge| charge[key].as_str()).collect();
        values.into_iter().map(|value| value.replace('/', "%2F")).collect()
    };
    for (parameter, key) in [
        ("project_ids", "project_id"),
        ("resource_ids", "resource_id"),
        ("resource_names", "resource_name"),
        ("skus", "sku"),
    ] {
        let values = distinct(key);
        // One value, several repeated keys, and a value that matches nothing.
        for wanted in [&values[..1], &values[1..3]] {
            let query: String =
                wanted.iter().map(|value| format!("&{parameter}={value}")).collect();
            let found = walk(scaleway, &query).await;
            let expected: Vec<Value> = all
                .iter()
                .filter(|charge| charge[key].is_string())
                .filter(|charge| wanted.contains(&text(charge, key).replace('/', "%2F")))
                .cloned()
                .collect();
            assert_eq!(found, expected, "{query}");
            assert!(!found.is_empty());
        }
        if parameter != "project_ids" {
            assert_eq!(walk(scaleway, &format!("&{parameter}=nothing")).await, [] as [Value; 0]);
        }
    }
    // Filters are combined.
    let query = format!("&project_ids={}&skus=%2Fdomain%2Fdns%2Fzone", scaleway.project_id());
    let both = walk(scaleway, &query).await;
    assert_eq!(both.len(), walk(scaleway, "&skus=/domain/dns/zone").await.len());

    // A project is enough, without an organization.
    let project = format!("{CHARGES}?project_ids={}", scaleway.project_id());
    assert!(!items(&get_json(scaleway, &project).await, "charges").is_empty());
}

#[tokio::test]
async fn charges_are_filtered_by_invoice() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let invoices = "/billing/v2beta1/invoices?invoice_type=periodic&order_by=start_date_desc";
    let invoices = get_json(scaleway, invoices).await;
    let id = |index: usize| text(&items(&invoices, "invoices")[index], "id").to_owned();
    let window = "&page_size=1000&start_date_after=2026-01-01T00:00:00Z";
    for (query, months) in [
        (String::new(), vec!["2026-01", "2026-02", "2026-03", "2026-04", "2026-05", "2026-06"]),
        (format!("&invoice_ids={}", id(2)), vec!["2026-04"]),
        (
            format!("&invoice_ids={}&invoice_ids={}", id(1).to_uppercase(), id(4)),
            vec!["2026-02", "2026-05"],
        ),
        // The current month's charges are on no invoice yet, not even on its draft.
        (format!("&invoice_ids={}", id(0)), vec![]),
        (format!("&invoice_ids={OTHER_ID}"), vec![]),
    ] {
        let charges = walk(scaleway, &format!("{window}{query}")).await;
        assert_eq!(charges.len(), months.len() * 650, "{query}");
        let found: BTreeSet<&str> =
            charges.iter().map(|charge| &text(charge, "start_date")[..7]).collect();
        assert_eq!(found, months.into_iter().collect(), "{query}");
    }
}

#[tokio::test]
async fn month_long_charge_is_clamped_to_a_day_or_left_out() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let month = walk(scaleway, "").await;
    let monthly: Vec<&Value> = month.iter().filter(|charge| is_monthly(charge)).collect();
    let day = "&start_date_after=2026-06-10T00:00:00Z&end_date_before=2026-06-11T00:00:00Z";

    // Without clamping, charges not wholly inside the day are left out.
    for query in [day.to_owned(), format!("{day}&clamp_to_time_range=false")] {
        let whole = walk(scaleway, &query).await;
        let inside: Vec<Value> = month
            .iter()
            .filter(|charge| text(charge, "start_date") >= "2026-06-10")
            .filter(|charge| text(charge, "end_date") < "2026-06-11")
            .cloned()
            .collect();
        assert!(!inside.is_empty());
        assert_eq!(whole, inside);
    }

    // With clamping, a thirtieth of each.
    let slices = walk(scaleway, &format!("{day}&clamp_to_time_range=true")).await;
    for charge in monthly {
        let slice =
            slices.iter().find(|slice| slice["resource_id"] == charge["resource_id"]).unwrap();
        assert_eq!(slice["start_date"], "2026-06-10T00:00:00Z");
        assert_eq!(slice["end_date"], "2026-06-10T23:59:59.999999Z");
        let price = nanos(&charge["price"]);
        assert!((nanos(&slice["price"]) - price / 30).abs() <= 1);
        for key in ["sku", "project_id", "invoice_id", "updated_at"] {
            assert_eq!(slice[key], charge[key]);
        }
    }
    for slice in &slices {
        assert!(text(slice, "start_date") >= "2026-06-10T00:00:00Z");
        assert!(text(slice, "end_date") < "2026-06-11T00:00:00Z");
    }
}

#[tokio::test]
async fn slices_of_adjoining_windows_add_up_to_the_whole() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let whole = walk(scaleway, "&clamp_to_time_range=true&page_size=1000").await;
    // In a window that cuts nothing, clamping changes nothing.
    assert_eq!(whole, walk(scaleway, "&page_size=1000").await);

    let times = [
        "2026-06-01T00:00:00Z",
        "2026-06-01T00:00:00.000001Z",
        "2026-06-07T06:59:59.999999Z",
        "2026-06-07T07:00:00Z",
        "2026-06-14T12:34:56.7Z",
        "2026-06-29T23:59:59Z",
        "2026-07-01T00:00:00Z",
    ];
    let mut slices = Vec::new();
    for window in times.windows(2) {
        let query = format!(
            "&clamp_to_time_range=true&page_size=1000&start_date_after={}&end_date_before={}",
            window[0], window[1]
        );
        slices.extend(walk(scaleway, &query).await);
    }
    assert!(slices.len() > whole.len());
    assert_eq!(prices(&slices), prices(&whole));
    let resources: BTreeSet<&str> = whole.iter().map(|c| text(c, "resource_id")).collect();
    for id in resources {
        let of = |charges: &[Value]| prices(charges.iter().filter(|c| c["resource_id"] == id));
        assert_eq!(of(&slices), of(&whole), "{id}");
    }
}

#[tokio::test]
async fn windows_may_exceed_the_available_months() {
    let sandbox =
        Sandbox::builder().today("2026-06-15".parse().unwrap()).charges(40).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    for (query, count) in [
        ("&start_date_after=2020-01-01T00:00:00Z", 78 * 40),
        ("&start_date_after=0001-01-01T00:00:00Z&end_date_before=9999-01-01T00:00:00Z", 120 * 40),
        ("&start_date_after=0001-01-01T00:00:00Z&end_date_before=1999-01-01T00:00:00Z", 0),
        ("&start_date_after=2026-07-01T00:00:00Z&end_date_before=2099-01-01T00:00:00Z", 0),
    ] {
        let query = format!("{query}&page_size=1000");
        let charges = walk(scaleway, &query).await;
        assert_eq!(charges.len(), count, "{query}");
        assert!(charges.is_sorted_by_key(|charge| text(charge, "start_date")));
        let latest_first = walk(scaleway, &format!("{query}&order_by=start_date_desc")).await;
        assert!(latest_first.iter().eq(charges.iter().rev()));
    }
}

#[tokio::test]
async fn invalid_arguments_are_rejected() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let response = get(scaleway, CHARGES).await;
    assert_rejected(&response, "organization_id", "required", "neither");
    for (query, name, reason) in [
        ("&page_size=0", "page_size", "constraint"),
        ("&page_size=1001", "page_size", "constraint"),
        ("&page_token=", "page_token", "format"),
        ("&order_by=price_asc", "order_by", "constraint"),
        ("&clamp_to_time_range=True", "clamp_to_time_range", "format"),
        ("&clamp_to_time_range=1", "clamp_to_time_range", "format"),
        ("&start_date_after=2026-06-01", "start_date_after", "format"),
        ("&end_date_before=2026-05-01T00:00:00Z", "end_date_before", "constraint"),
        ("&end_date_before=2026-06-01T00:00:00Z", "end_date_before", "constraint"),
        ("&invoice_ids=42", "invoice_ids", "format"),
        ("&project_ids=shop", "project_ids", "format"),
        ("&skus=", "skus", "format"),
        ("&resource_names=a&resource_names=", "resource_names", "format"),
    ] {
        assert_rejected(&get(scaleway, &path(scaleway, query)).await, name, reason, query);
    }

    assert_eq!(send(scaleway, "GET", CHARGES, "").await.status, 401);
    let project = path(scaleway, &format!("&project_ids={OTHER_ID}"));
    for denied in [format!("{CHARGES}?organization_id={OTHER_ID}"), project] {
        let response = get(scaleway, &denied).await;
        assert_eq!(response.status, 403, "{denied}");
        assert_eq!(response.json()["details"][0]["resource"], "charge");
    }
}
