//! Response bodies in the vendors' formats, with invented names and amounts. The same number gives
//! the same body.

use std::{fmt::Write as _, ops::Range};

use prost::Message as _;
use prost_types::Timestamp;
use viam_billing::server::v1::{GetInvoicesSummaryResponse, InvoiceSummary};

const ORGANIZATION: &str = "0a000000-0000-4000-8000-000000000001";

/// Objects with these numbers, separated by commas.
fn list(numbers: Range<u64>, object: impl Fn(&mut String, u64)) -> String {
    let mut text = String::new();
    for number in numbers.clone() {
        if number > numbers.start {
            text.push(',');
        }
        object(&mut text, number);
    }
    text
}

fn money(text: &mut String, name: &str, number: u64) {
    let (units, nanos) = (number * 37 % 2_000, number * 7 % 100 * 10_000_000);
    write!(text, r#""{name}":{{"currency_code":"EUR","nanos":{nanos},"units":{units}}}"#).unwrap();
}

/// Scaleway's consumptions of a month.
pub fn consumptions(count: u64) -> String {
    let lines = list(0..count, |text, number| {
        let (quantity, project) = (number * 131 % 44_640, number % 7);
        write!(
            text,
            r#"{{"billed_quantity":"{quantity}","category_name":"Compute","consumer_id":"{ORGANIZATION}","organization_name":"Example Organization","product_name":"DEV1-S instance","project_id":"b0000000-0000-4000-8000-00000000000{project}","project_name":"production","resource_name":"Run - PAR{number}","sku":"/compute/dev1_s/run_fr-par-{number}","unit":"minute","#
        )
        .unwrap();
        money(text, "value", number);
        text.push('}');
    });
    format!(
        r#"{{"consumptions":[{lines}],"total_count":{count},"total_discount_untaxed_value":12.34,"updated_at":"2026-06-01T02:03:04.000005Z"}}"#
    )
}

/// One page of Scaleway's invoices, out of `total`.
pub fn invoices(numbers: Range<u64>, total: u64) -> String {
    let invoices = list(numbers, |text, number| {
        let month = number % 12 + 1;
        write!(
            text,
            r#"{{"billing_period":"2025-{month:02}-01T00:00:00Z","due_date":"2026-01-12T23:59:59.999999Z","id":"1c000000-0000-4000-8000-{number:012}","issued_date":"2026-01-02T15:36:26.470866Z","number":{},"organization_id":"{ORGANIZATION}","organization_name":"billing@example.com","seller_name":"Example SAS","start_date":"2025-{month:02}-01T00:00:00Z","state":"issued","stop_date":"2025-{month:02}-28T23:59:59.999999Z","#,
            2_400_000 + number
        )
        .unwrap();
        for name in ["total_discount", "total_tax", "total_taxed", "total_undiscount"] {
            money(text, name, number);
            text.push(',');
        }
        money(text, "total_untaxed", number);
        text.push_str(r#","type":"periodic"}"#);
    });
    format!(r#"{{"invoices":[{invoices}],"total_count":{total}}}"#)
}

/// One page of Scaleway's charges.
pub fn charges(numbers: Range<u64>, next_page_token: Option<u64>) -> String {
    let charges = list(numbers, |text, number| {
        write!(
            text,
            r#"{{"organization_id":"{ORGANIZATION}","organization_name":"Example Organization","project_id":"b0000000-0000-4000-8000-00000000000{}","project_name":"production","sku":"/compute/dev1_s/run_fr-par-1","invoice_id":"1c000000-0000-4000-8000-000000000001","resource_id":"c5000000-0000-4000-8000-{number:012}","resource_name":"web-{number}","#,
            number % 7
        )
        .unwrap();
        money(text, "price", number);
        text.push_str(
            r#","start_date":"2026-05-01T00:00:00Z","end_date":"2026-05-31T23:59:59.999999Z","updated_at":"2026-06-01T02:03:04.000005Z"}"#,
        );
    });
    let next = next_page_token.map_or("null".to_owned(), |page| format!("\"{page}\""));
    format!(r#"{{"charges":[{charges}],"next_page_token":{next}}}"#)
}

/// One page of Fastly's invoices, each with this number of lines.
pub fn fastly_invoices(count: u64, lines: u64) -> String {
    let invoices = list(0..count, |text, number| {
        let lines = list(0..lines, |text, line| {
            let (units, cents) = (number * 9_973 + line * 131, line * 17 % 100);
            write!(
                text,
                r#"{{"description":"Asia Requests","amount":{}.{cents:02},"credit_coupon_code":"","rate":0.00{},"units":{units}.0369,"product_name":"Asia Requests","product_group":"Full Site Delivery","product_line":"Network Services","region":"Asia","usage_type":"Requests"}}"#,
                units / 500,
                line % 9 + 1
            )
            .unwrap();
        });
        write!(
            text,
            r#"{{"customer_id":"x4exampleCustomer","invoice_id":"INV-{0}","invoice_posted_on":"2026-07-01T00:00:00Z","billing_start_date":"2026-06-01T00:00:00Z","billing_end_date":"2026-06-30T00:00:00Z","statement_number":"INV-{0}","currency_code":"USD","monthly_transaction_amount":{1}.19,"payment_status":"outstanding","transaction_line_items":[{lines}]}}"#,
            100_001 + number,
            6_604 + number
        )
        .unwrap();
    });
    format!(
        r#"{{"data":[{invoices}],"meta":{{"next_cursor":"","limit":200,"sort":"billing_start_date","total":{count}}}}}"#
    )
}

/// Fastly's usage metrics.
pub fn fastly_usage(rows: u64) -> String {
    let rows = list(0..rows, |text, number| {
        let month = number % 12 + 1;
        write!(
            text,
            r#"{{"month":"2025-{month:02}","usage_type":"Requests","name":"Asia Requests","region":"Asia","unit":"unit","quantity":{0}.0369,"raw_quantity":{0}0369,"product_id":"cdn_usage","last_updated_at":"2026-06-01 04:00:00"}}"#,
            100_000 + number * 37
        )
        .unwrap();
    });
    format!(r#"{{"data":[{rows}]}}"#)
}

/// Viam's summary of this many invoices, encoded.
pub fn viam_summary(count: i64) -> Vec<u8> {
    let time = |seconds| Some(Timestamp { seconds, nanos: 0 });
    let invoice = |number: i64| InvoiceSummary {
        id: format!("1c000000-0000-4000-8000-{number:012}"),
        invoice_date: time(1_600_000_000 + number * 2_592),
        invoice_amount: 12.34,
        status: "paid".to_owned(),
        due_date: time(1_601_000_000 + number * 2_592),
        paid_date: time(1_600_500_000 + number * 2_592),
        ..InvoiceSummary::default()
    };
    let invoices = (0..count).map(invoice).collect();
    GetInvoicesSummaryResponse { outstanding_balance: 0.0, invoices }.encode_to_vec()
}
