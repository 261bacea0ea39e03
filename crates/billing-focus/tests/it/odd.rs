//! Rare months, amounts and names.

use billing_focus::{
    Check, ErrorKind, Format, Row, Rows, Version,
    fastly::{self, InvoiceSelector},
    scaleway,
};
use billing_tests::{Reply, ScriptedServer, json};
use fastly_billing::Id;
use scaleway_billing::BillingMonth;
use serde_json::{Value, json as value};

use crate::{
    checker::{ALL, Expectations},
    sandbox::{assert_conform, collected, written},
};

fn may() -> BillingMonth {
    "2026-05".parse().unwrap()
}

async fn scaleway(script: &[Value]) -> (ScriptedServer, scaleway_billing::Client) {
    let server = ScriptedServer::start(script.iter().map(|body| json(body.to_string()))).await;
    let client = scaleway_billing::Client::builder()
        .api_url(server.url())
        .secret_key("11111111-1111-1111-1111-111111111111")
        .default_organization_id("22222222-2222-2222-2222-222222222222")
        .build()
        .unwrap();
    (server, client)
}

/// The rows, and the lines of the check.
async fn checked(mut rows: Rows) -> (Vec<Row>, Vec<String>) {
    let (mut all, mut check) = (Vec::new(), Check::default());
    while let Some(row) = rows.try_next().await.unwrap() {
        check.add(&row).unwrap();
        all.push(row);
    }
    let lines = check.compare(rows.totals());
    (all, lines.iter().map(ToString::to_string).collect())
}

fn nothing() -> [Value; 2] {
    [
        value!({"total_count": 0, "consumptions": [], "total_discount_untaxed_value": 0}),
        value!({"total_count": 0, "taxes": []}),
    ]
}

fn eur(units: i64, nanos: i32) -> Value {
    value!({"currency_code": "EUR", "units": units, "nanos": nanos})
}

#[tokio::test]
async fn an_empty_month_has_a_header() {
    let [lines, taxes] = nothing();
    let (_server, client) =
        scaleway(&[value!({"total_count": 0, "invoices": []}), lines, taxes]).await;
    let (rows, lines) = checked(scaleway::consumption(&client, may())).await;
    assert_eq!((rows.len(), lines.len()), (0, 0));
    let table = written(&rows, scaleway::CONSUMPTION_COLUMNS, Version::V1_2, Format::Csv);
    assert!(table.column("BilledCost").is_some());
}

#[tokio::test]
async fn a_month_of_credit_notes_and_unknown_invoices_adds_up() {
    let [lines, taxes] = nothing();
    let invoice = |id: &str, r#type: &str, more: Value| {
        let mut invoice = value!({
            "id": id,
            "type": r#type,
            "billing_period": "2026-05-01T00:00:00Z",
            "start_date": "2026-05-03T10:00:00Z",
            "stop_date": "2026-05-03T10:00:00Z",
        });
        invoice.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        invoice
    };
    let invoices = value!({"total_count": 3, "invoices": [
        invoice("n1", "credit_note", value!({
            "number": 7,
            "total_undiscount": eur(-12, -500_000_000),
            "total_discount": eur(2, 500_000_000),
            "total_untaxed": eur(-10, 0),
            "total_tax": eur(-2, 0),
            "total_taxed": eur(-12, 0),
        })),
        invoice("n2", "credit_note", value!({"total_untaxed": eur(-1, 0), "total_taxed": eur(-1, 0)})),
        invoice("n3", "hologram", value!({"total_untaxed": eur(3, 0), "total_taxed": eur(3, 0)})),
    ]});
    let (_server, client) = scaleway(&[invoices, lines, taxes]).await;
    let (rows, lines) = checked(scaleway::consumption(&client, may())).await;
    assert_eq!(
        lines,
        [
            "invoice n1: 3 rows, -10.00 EUR before tax, which matches the invoice; -12.00 EUR in total, which matches the invoice",
            "invoice n2: 1 row, -1.00 EUR before tax, which matches the invoice; -1.00 EUR in total, which matches the invoice",
            "invoice n3: 1 row, 3.00 EUR before tax, which matches the invoice; 3.00 EUR in total, which matches the invoice",
        ]
    );
    assert_conform(&rows, scaleway::CONSUMPTION_COLUMNS, ALL, None);
    let kinds: Vec<_> =
        rows.iter().map(|row| (row.charge_category.as_str(), row.charge_class.is_some())).collect();
    assert_eq!(
        kinds,
        [
            ("Adjustment", true),
            ("Credit", true),
            ("Tax", true),
            ("Adjustment", true),
            ("Adjustment", false)
        ]
    );
}

#[tokio::test]
async fn names_are_written_unchanged() {
    let name = "=1+1,\"Zoë\"\r\n@日本 '";
    let [_, taxes] = nothing();
    let lines = value!({"total_count": 1, "total_discount_untaxed_value": 0, "consumptions": [{
        // No currency that exists, and as many decimal places as the API has.
        "value": {"currency_code": "ZZZ", "units": 0, "nanos": 1},
        "sku": "/new/thing",
        "product_name": name,
        "project_id": "p1",
        "project_name": name,
        "billed_quantity": "0.0000000000001",
        "unit": "hour",
    }]});
    let (_server, client) =
        scaleway(&[value!({"total_count": 0, "invoices": []}), lines, taxes]).await;
    let (rows, lines) = checked(scaleway::consumption(&client, may())).await;
    assert_eq!(lines, ["no invoice: 1 row, 0.000000001 ZZZ, nothing to compare with"]);
    for format in [Format::Csv, Format::JsonLines] {
        let table = written(&rows, scaleway::CONSUMPTION_COLUMNS, Version::V1_4, format);
        let row = table.views().next().unwrap();
        assert_eq!(row.get("SubAccountName"), Some(name), "{format}");
        assert_eq!(row.get("x_ProductName"), Some(name), "{format}");
        assert_eq!(row.get("BillingCurrency"), Some("ZZZ"));
        assert_eq!(row.get("BilledCost"), Some("0.000000001"));
        assert_eq!(row.get("PricingQuantity"), Some("0.0000000000001"));
    }
}

#[tokio::test]
async fn a_charge_of_less_than_a_second_has_a_period() {
    let charges = value!({"charges": [{
        "sku": "/compute/dev1_s/run_fr-par-1",
        "resource_id": "r1",
        "price": eur(1, 0),
        "start_date": "2026-05-31T23:59:59.2Z",
        "end_date": "2026-05-31T23:59:59.7Z",
    }]});
    let (_server, client) = scaleway(&[charges]).await;
    let rows = collected(scaleway::charges(&client, may())).await;
    let expected = Expectations { quantities: false, invoiced: false, ..ALL };
    assert_conform(&rows, scaleway::CHARGES_COLUMNS, expected, None);
}

#[tokio::test]
async fn missing_required_values_are_named() {
    let price = eur(1, 0);
    let (start, end) = ("2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z");
    for (charge, part) in [
        (value!({"resource_id": "r1", "start_date": start, "end_date": end}), "has no amount"),
        (value!({"resource_id": "r1", "price": price, "end_date": end}), "has no start or end"),
        (
            value!({"resource_id": "r1", "price": {"units": 1}, "start_date": start, "end_date": end}),
            "has no currency",
        ),
    ] {
        let (_server, client) = scaleway(&[value!({"charges": [charge]})]).await;
        let mut rows = scaleway::charges(&client, may());
        let error = rows.try_next().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(error.to_string().contains(part), "{error}");
        assert!(error.to_string().contains("r1"), "{error}");
        assert!(rows.next().await.is_none());
    }
}

fn fastly_invoice(lines: &Value) -> Reply {
    json(
        value!({
            "customer_id": "c1",
            "invoice_id": "INV-1",
            "billing_start_date": "2026-05-01T00:00:00Z",
            "currency_code": "USD",
            "monthly_transaction_amount": "5.00",
            "transaction_line_items": lines,
        })
        .to_string(),
    )
}

async fn fastly(lines: Value) -> (Vec<Row>, Vec<String>) {
    let server = ScriptedServer::start([fastly_invoice(&lines)]).await;
    let client =
        fastly_billing::Client::builder().api_url(server.url()).api_token("token").build().unwrap();
    checked(fastly::invoice(&client, InvoiceSelector::from(Id::from("INV-1")))).await
}

#[tokio::test]
async fn an_invoice_without_lines_differs() {
    let (rows, lines) = fastly(value!([])).await;
    assert_eq!(rows, []);
    assert_eq!(
        lines,
        ["invoice INV-1: 0 rows, 0.00 USD in total but 5.00 invoiced, a difference of -5.00"]
    );
}

#[tokio::test]
async fn a_product_that_is_not_exact_is_left_out() {
    let line = |rate: &str, units: &str| value!({"amount": "5.00", "product_name": "North America Bandwidth", "usage_type": "Bandwidth", "rate": rate, "units": units});
    let (rows, lines) = fastly(value!([
        line("0.12", "41.666666667"),
        line("1.23456789012345", "98765432109876.54321"),
        line("0.000000000000001", "0.00000000000001"),
        line("79228162514264337593543950335", "10"),
        line("-1", "5"),
        line("0", "12.5"),
    ]))
    .await;
    let quantities: Vec<_> = rows.iter().map(|row| row.pricing_quantity.is_some()).collect();
    assert_eq!(quantities, [true, false, false, false, false, true]);
    assert_eq!(rows[0].list_cost.to_string(), "5.00000000004");
    assert_eq!(rows[5].list_cost.to_string(), "0");
    assert!(
        lines[0].starts_with("invoice INV-1: 6 rows, 30.00 USD in total but 5.00"),
        "{lines:?}"
    );
    let expected = Expectations { quantities: false, ..ALL };
    assert_conform(&rows, fastly::COLUMNS, expected, None);
}

#[tokio::test]
async fn a_service_stays_in_one_category() {
    let line =
        |group: &str| value!({"amount": "2.50", "product_name": "Novelty", "product_group": group});
    let (rows, _) = fastly(value!([line("Full Site Delivery"), line("Security")])).await;
    assert_eq!(rows[0].service_category.as_str(), "Networking");
    assert_eq!(rows[1].service_category.as_str(), "Networking");
}
