//! The sandbox's bills, month by month.

use billing_focus::{Check, Columns, Format, Row, Schema, Version, Writer, fastly, scaleway, viam};
use billing_sandbox::Sandbox;
use fastly_billing::{
    Wait,
    v3::{BillingInvoicesApi, GetMonthToDateInvoiceRequest},
};
use rust_decimal::Decimal;
use scaleway_billing::{
    BillingMonth, Money,
    v2beta1::{BillingApi, ListInvoicesRequest},
};

use crate::checker::{self, ALL, Expectations, Table, Total};

pub(crate) fn scaleway_client(sandbox: &Sandbox) -> scaleway_billing::Client {
    let server = sandbox.scaleway();
    scaleway_billing::Client::builder()
        .api_url(server.url())
        .secret_key(server.secret_key())
        .default_organization_id(server.organization_id())
        .build()
        .unwrap()
}

pub(crate) fn fastly_client(sandbox: &Sandbox) -> fastly_billing::Client {
    let server = sandbox.fastly();
    fastly_billing::Client::builder()
        .api_url(server.url())
        .api_token(server.api_token())
        .build()
        .unwrap()
}

pub(crate) fn viam_client(sandbox: &Sandbox) -> viam_billing::ViamClient {
    let server = sandbox.viam();
    viam_billing::ViamClient::builder()
        .api_url(server.url())
        .api_key(server.api_key(), server.api_key_id())
        .build()
        .unwrap()
}

/// Writes rows and reads them again.
pub(crate) fn written(rows: &[Row], columns: Columns, version: Version, format: Format) -> Table {
    let mut writer = Writer::new(format, Vec::new(), Schema::new(version, columns)).unwrap();
    for row in rows {
        writer.write(row).unwrap();
    }
    let bytes = writer.finish().unwrap();
    match format {
        Format::Csv => Table::from_csv(&bytes),
        _ => Table::from_json_lines(&bytes),
    }
}

/// Checks the rows in both text formats and both versions, and that their sums are `totals`.
pub(crate) fn assert_conform(
    rows: &[Row],
    columns: Columns,
    expected: Expectations,
    totals: Option<&[Total]>,
) {
    for &version in Version::VALUES {
        let csv = written(rows, columns, version, Format::Csv);
        assert_eq!(csv.rows.len(), rows.len());
        let expected = Expectations { version: version.as_str(), ..expected };
        assert_eq!(checker::check(&csv, expected), [], "{version}");
        if let Some(totals) = totals {
            assert_eq!(checker::add_up(&csv, totals), [], "{version}");
        }
        let json_lines = written(rows, columns, version, Format::JsonLines);
        assert_eq!(json_lines.rows, csv.rows, "{version}");
        if !rows.is_empty() {
            assert_eq!(json_lines.columns, csv.columns, "{version}");
        }
    }
}

/// All rows of a stream without totals.
pub(crate) async fn collected(mut charges: scaleway::Charges) -> Vec<Row> {
    let mut rows = Vec::new();
    while let Some(row) = charges.try_next().await.unwrap() {
        rows.push(row);
    }
    rows
}

/// Fetches all rows, and asserts that they add up to the vendor's totals, of which there are
/// `invoices`.
pub(crate) async fn reconciled(mut rows: billing_focus::Rows, invoices: usize) -> Vec<Row> {
    let mut all = Vec::new();
    let mut check = Check::default();
    while let Some(row) = rows.try_next().await.unwrap() {
        check.add(&row).unwrap();
        all.push(row);
    }
    let totals = rows.totals();
    assert_eq!(totals.len(), invoices);
    for comparison in check.compare(totals) {
        assert!(!comparison.differs(), "{comparison}");
        assert!(comparison.total_difference().is_some(), "{comparison}");
    }
    all
}

fn month(text: &str) -> BillingMonth {
    text.parse().unwrap()
}

#[tokio::test]
async fn consumption_adds_up_to_every_invoice_of_every_month() {
    let sandbox = Sandbox::builder()
        .today("2026-06-15".parse().unwrap())
        .invoices(180)
        .start()
        .await
        .unwrap();
    let client = scaleway_client(&sandbox);
    let (mut purchases, mut corrections) = (0, 0);
    let invoices = BillingApi::new(&client).list_invoices_all(ListInvoicesRequest::new());
    let invoices = invoices.try_collect().await.unwrap();
    for month in BillingMonth::range(month("2016-07")..=month("2026-06")) {
        let totals: Vec<_> = invoices
            .iter()
            .filter(|invoice| invoice.billing_period == Some(month))
            .map(|invoice| Total {
                invoice: Some(invoice.id.clone()),
                currency: "EUR".to_owned(),
                untaxed: invoice.total_untaxed.as_ref().map(Money::to_decimal),
                total: invoice.total_taxed.as_ref().unwrap().to_decimal(),
            })
            .collect();
        assert!(totals.iter().all(|total| total.untaxed.is_some()), "{totals:?}");
        let rows = reconciled(scaleway::consumption(&client, month), totals.len()).await;
        assert!(rows.len() > 32, "{month}: lines and tax");
        assert_conform(&rows, scaleway::CONSUMPTION_COLUMNS, ALL, Some(&totals));
        purchases += rows.iter().filter(|row| row.charge_category.as_str() == "Purchase").count();
        corrections += rows.iter().filter(|row| row.charge_class.is_some()).count();
    }
    assert!(purchases > 10 && corrections > 1, "{purchases} {corrections}");
}

#[tokio::test]
async fn the_periodic_invoice_is_before_tax_and_taxed_what_its_rows_say() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let client = scaleway_client(&sandbox);
    let mut rows = scaleway::consumption(&client, month("2026-05"));
    let mut sums = [Decimal::ZERO; 3];
    let mut kinds = Vec::new();
    while let Some(row) = rows.try_next().await.unwrap() {
        let kind = row.charge_category.as_str();
        if kinds.last() != Some(&kind) {
            kinds.push(kind);
        }
        let place = match kind {
            "Tax" => 2,
            "Credit" if row.sku_id.is_none() => 1,
            _ => 0,
        };
        sums[place] += row.billed_cost;
    }
    // Free tiers are credits between the usage.
    assert_eq!(kinds, ["Usage", "Credit", "Usage", "Credit", "Usage", "Credit", "Tax"]);
    assert_eq!(sums.map(|sum| sum.to_string()), ["696.35", "-461.75", "46.92"]);
}

#[tokio::test]
async fn charges_have_resources_and_exclusive_ends() {
    let sandbox = Sandbox::builder()
        .today("2026-06-15".parse().unwrap())
        .charges(2_500)
        .start()
        .await
        .unwrap();
    let client = scaleway_client(&sandbox);
    for (text, invoiced) in [("2026-05", true), ("2026-06", false)] {
        let mut charges = scaleway::charges(&client, month(text));
        let mut rows = Vec::new();
        while let Some(row) = charges.try_next().await.unwrap() {
            rows.push(row);
        }
        assert_eq!(rows.len(), 2_500);
        assert!(charges.cursor().unwrap().is_end());
        let expected = Expectations { quantities: false, invoiced, ..ALL };
        assert_conform(&rows, scaleway::CHARGES_COLUMNS, expected, None);
        let whole = rows.iter().filter(|row| row.charge_period_end == row.billing_period_end);
        assert!(whole.count() >= 16, "subscriptions end with the month");
        assert!(rows.iter().any(|row| row.resource_name.is_some()));
        assert!(rows.iter().all(|row| row.resource_type.is_some()));
    }
    // They do not add up, and the check reports it.
    let mut check = Check::default();
    let mut charges = scaleway::charges(&client, month("2026-05"));
    while let Some(row) = charges.try_next().await.unwrap() {
        check.add(&row).unwrap();
    }
    let totals = scaleway::invoiced_before_tax(&client, month("2026-05")).await.unwrap();
    let [comparison] = check.compare(&totals).try_into().unwrap();
    assert!(comparison.differs(), "{comparison}");
    let current = scaleway::invoiced_before_tax(&client, month("2026-06")).await.unwrap();
    assert_eq!(current, [], "a draft is no invoice to compare with");
}

#[tokio::test]
async fn charges_resume_at_a_cursor() {
    let sandbox = Sandbox::builder()
        .today("2026-06-15".parse().unwrap())
        .charges(2_500)
        .start()
        .await
        .unwrap();
    let client = scaleway_client(&sandbox);
    let mut charges = scaleway::charges(&client, month("2026-05"));
    let mut all = Vec::new();
    let mut cursor = None;
    while let Some(row) = charges.try_next().await.unwrap() {
        all.push(row);
        if all.len() == 1_234 {
            cursor = charges.cursor();
        }
    }
    let charges = scaleway::charges(&client, month("2026-05"));
    let mut charges = charges.resume_from(&cursor.unwrap()).unwrap();
    for row in &all[1_234..] {
        assert_eq!(charges.try_next().await.unwrap().as_ref(), Some(row));
    }
    assert_eq!(charges.try_next().await.unwrap(), None);
}

#[tokio::test]
async fn fastly_invoices_add_up() {
    let sandbox =
        Sandbox::builder().today("2026-06-15".parse().unwrap()).invoices(40).start().await.unwrap();
    let client = fastly_client(&sandbox);
    let invoices = BillingInvoicesApi::new(&client)
        .list_invoices_all(fastly_billing::v3::ListInvoicesRequest::new());
    let invoices = invoices.try_collect().await.unwrap();
    assert_eq!(invoices.len(), 40);
    let mut credits = 0;
    for invoice in invoices {
        let month = BillingMonth::try_from(invoice.billing_start_date.unwrap()).unwrap();
        let total = Total {
            invoice: Some(invoice.invoice_id.to_string()),
            currency: invoice.currency_code.clone(),
            untaxed: None,
            total: invoice.monthly_transaction_amount.unwrap(),
        };
        let rows = reconciled(fastly::invoice(&client, month), 1).await;
        assert!(rows.len() >= 6);
        assert_conform(&rows, fastly::COLUMNS, ALL, Some(&[total]));
        credits += rows.iter().filter(|row| row.charge_category.as_str() == "Credit").count();
        let by_id = reconciled(fastly::invoice(&client, invoice.invoice_id), 1).await;
        assert_eq!(by_id, rows, "by identifier and by month");
    }
    assert!(credits > 5);

    let rows = reconciled(fastly::month_to_date(&client), 1).await;
    let to_date = BillingInvoicesApi::new(&client);
    let to_date = to_date
        .get_month_to_date_invoice_when_ready(GetMonthToDateInvoiceRequest::new(), Wait::new())
        .await
        .unwrap();
    let total = Total {
        invoice: None,
        currency: "USD".to_owned(),
        untaxed: None,
        total: to_date.monthly_transaction_amount.unwrap(),
    };
    let expected = Expectations { invoiced: false, ..ALL };
    assert_conform(&rows, fastly::COLUMNS, expected, Some(&[total]));
    assert!(rows.iter().all(|row| row.invoice_id.is_none() && row.billing_currency == "USD"));

    let mut none = fastly::invoice(&client, "2026-06".parse::<BillingMonth>().unwrap());
    let error = none.try_next().await.unwrap_err();
    assert_eq!(error.kind(), billing_focus::ErrorKind::Data);
    assert!(error.to_string().contains("no invoice of 2026-06"), "{error}");
    assert!(none.next().await.is_none(), "finished after an error");
}

#[tokio::test]
async fn viam_month_adds_up() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let rows = viam::current_month(&viam_client(&sandbox), sandbox.viam().organization_id());
    let rows = reconciled(rows, 1).await;
    let expected = Expectations { quantities: false, invoiced: false, ..ALL };
    assert_conform(&rows, viam::COLUMNS, expected, None);
    let amounts: Vec<_> = rows.iter().map(|row| row.billed_cost.to_string()).collect();
    assert_eq!(amounts, ["12.50", "3.07", "1.15", "20.00", "0.99", "-2.00", "5.00"]);
    assert_eq!(rows[0].sku_id.as_deref(), Some("USAGE_COST_TYPE_PER_MACHINE"));
    assert_eq!(rows[0].charge_description.as_deref(), Some("Per machine"));
    assert_eq!(rows[4].sku_id.as_deref(), Some("4711"), "a type that no version of the API lists");
    assert_eq!(rows[5].charge_category.as_str(), "Credit");
}

#[tokio::test]
async fn a_caller_overrides_judgements() {
    use billing_focus::{ServiceSubcategory, judgement::*};

    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let mut judgement = Judgement::default();
    let service = Service::new("Web servers", ServiceSubcategory::ApplicationPlatforms);
    judgement.scaleway_services.insert(0, Rule::new("/compute/pro2", service, "as we use them"));
    judgement.fastly_currency = Rule::new("", "EUR".into(), "as our contract says");
    let judgement = std::sync::Arc::new(judgement);

    let client = scaleway_client(&sandbox);
    let rows = scaleway::consumption(&client, month("2026-05")).judged_by(judgement.clone());
    let rows = reconciled(rows, 1).await;
    let named = rows.iter().filter(|row| row.service_name == "Web servers");
    assert!(named.clone().all(|row| row.service_category.as_str() == "Web"));
    assert_eq!(named.count(), 2);

    let client = fastly_client(&sandbox);
    let rows = reconciled(fastly::month_to_date(&client).judged_by(judgement), 1).await;
    assert!(rows.iter().all(|row| row.billing_currency == "EUR"));
}
