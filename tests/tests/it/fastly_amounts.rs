//! Fastly's amounts are decoded exactly, both as numbers and as strings.

use billing_tests::{ScriptedServer, fastly::client, json};
use fastly_billing::{
    MonthToDate,
    v2::{BillingResponse, GetInvoiceByIdRequest},
    v3::{BillingInvoicesApi, GetMonthToDateInvoiceRequest, Invoice},
};
use proptest::prelude::*;
use rust_decimal::Decimal;

#[tokio::test]
async fn listed_amounts_are_exact() {
    for (written, expected) in [
        ("16777217.01", "16777217.01"),
        ("146017.0369", "146017.0369"),
        ("1234567890.123456789", "1234567890.123456789"),
        ("\"2890.32\"", "2890.32"),
        ("-0.01", "-0.01"),
        ("1e-7", "0.0000001"),
        ("\"1e-7\"", "0.0000001"),
        ("6604.19", "6604.19"),
        ("2600.00", "2600.00"),
        ("0", "0"),
    ] {
        let body = format!(
            r#"{{"monthly_transaction_amount":{written},"transaction_line_items":[
                {{"amount":{written},"rate":{written},"units":{written}}}]}}"#
        );
        let server = ScriptedServer::start([json(body)]).await;
        let api = BillingInvoicesApi::new(&client(&server));
        let closed = api.get_invoice_by_invoice_id("1").await.unwrap();
        let request = GetMonthToDateInvoiceRequest::new();
        let running = api.get_month_to_date_invoice(request).await.unwrap().into_inner();
        let MonthToDate::Ready(running) = running else { panic!("{running:?}") };
        let closed_line = &closed.transaction_line_items[0];
        let running_line = &running.transaction_line_items[0];
        for amount in [
            closed.monthly_transaction_amount,
            closed_line.amount,
            closed_line.rate,
            closed_line.units,
            running.monthly_transaction_amount,
            running_line.amount,
            running_line.rate,
            running_line.units,
        ] {
            assert_eq!(amount.unwrap().to_string(), expected, "{written}");
        }

        let body = format!(
            r#"{{"total":{{"cost":{written},"percentile":{written}}},"line_items":[{{"amount":{written}}}],
                "regions":{{"usa":{{"cost":{written}}}}}}}"#
        );
        let server = ScriptedServer::start([json(body)]).await;
        let api = fastly_billing::v2::BillingApi::new(&client(&server));
        let invoice = api.get_invoice_by_id(GetInvoiceByIdRequest::new("c", 1)).await.unwrap();
        let total = invoice.total.as_ref().unwrap();
        for amount in [
            total.cost,
            total.percentile,
            invoice.line_items[0].amount,
            invoice.regions["usa"].cost,
        ] {
            assert_eq!(amount.unwrap().to_string(), expected, "{written}");
        }
    }
}

proptest! {
    #[test]
    fn every_cent_amount_is_exact(cents in -1_000_000_000_000_000_i64..1_000_000_000_000_000, text: bool) {
        let expected = Decimal::new(cents, 2);
        let written = if text { format!("\"{expected}\"") } else { expected.to_string() };
        let body = format!(
            r#"{{"monthly_transaction_amount":{written},"transaction_line_items":[{{"amount":{written}}}]}}"#
        );
        let invoice: Invoice = serde_json::from_str(&body).unwrap();
        let total = invoice.monthly_transaction_amount.unwrap();
        prop_assert_eq!(total.to_string(), expected.to_string());
        prop_assert_eq!(invoice.transaction_line_items[0].amount, Some(expected));
        // And again after storage.
        let stored = serde_json::to_string(&invoice).unwrap();
        prop_assert_eq!(serde_json::from_str::<Invoice>(&stored).unwrap(), invoice);

        let body = format!(r#"{{"total":{{"cost":{written}}},"lines":[{{"line":{{"amount":{written}}}}}]}}"#);
        let invoice: BillingResponse = serde_json::from_str(&body).unwrap();
        prop_assert_eq!(invoice.total.unwrap().cost, Some(expected));
        prop_assert_eq!(invoice.line_items[0].amount, Some(expected));
    }
}
