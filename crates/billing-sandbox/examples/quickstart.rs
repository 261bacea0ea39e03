//! Runs the common tasks against a sandbox that this program starts itself: lists the invoices,
//! adds up the consumption of the current month and downloads an invoice.
//!
//! - Scaleway: lists the monthly invoices of v2beta1, page by page, with tax. Sums the current
//!   month's consumption by category, before discounts and tax, and compares it with the draft
//!   invoice; the difference is the discounts. Amounts are in euros.
//! - Fastly: lists the finalized invoices, then gets the month-to-date invoice, which Fastly
//!   generates on request. Amounts are in US dollars.
//! - Viam: prints the unpaid balance, the costs of the current month by type, and the newest
//!   invoice. Amounts are in US dollars. One cost type is newer than this crate, so it has
//!   no name.
//!
//! `cargo run -p billing-sandbox --example quickstart`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::{collections::BTreeMap, error::Error, process::ExitCode, time::Duration};

use billing_sandbox::Sandbox;
use fastly_billing::{
    Wait,
    v3::{BillingInvoicesApi, GetMonthToDateInvoiceRequest},
};
use scaleway_billing::{
    Client, Money,
    v2beta1::{
        BillingApi, Invoice, InvoiceType, ListConsumptionsRequest, ListInvoicesRequest,
        ListInvoicesRequestOrderBy,
    },
};
use viam_billing::{
    ViamClient, round_to_cents,
    v1::{GetInvoicePdfRequest, UsageCostType},
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::builder().latency(Duration::from_millis(150)).start().await?;
    scaleway(&sandbox).await?;
    fastly(&sandbox).await?;
    viam(&sandbox).await
}

async fn scaleway(sandbox: &Sandbox) -> Result<(), Box<dyn Error>> {
    let client = Client::builder()
        .api_url(sandbox.scaleway().url())
        .secret_key(sandbox.scaleway().secret_key())
        .default_organization_id(sandbox.scaleway().organization_id())
        .build()?;
    let billing = BillingApi::new(&client);

    println!("Scaleway (sandbox at {})\n", sandbox.scaleway().url());
    let invoices = invoices(&billing).await?;
    consumption(&billing, &invoices).await?;
    download(&billing, &invoices).await
}

/// Does the same with Fastly, which has no invoice files and generates the month-to-date invoice on
/// request.
async fn fastly(sandbox: &Sandbox) -> Result<(), Box<dyn Error>> {
    let client = fastly_billing::Client::builder()
        .api_url(sandbox.fastly().url())
        .api_token(sandbox.fastly().api_token())
        .build()?;
    let billing = BillingInvoicesApi::new(&client);

    println!("\nFastly (sandbox at {})\n", sandbox.fastly().url());
    fastly_invoices(&billing).await?;
    fastly_month_to_date(&billing).await
}

/// Lists the monthly invoices in pages of 25 and prints the newest ones.
async fn invoices(billing: &BillingApi) -> Result<Vec<Invoice>, Box<dyn Error>> {
    let request = ListInvoicesRequest::new()
        .invoice_type(InvoiceType::Periodic)
        .order_by(ListInvoicesRequestOrderBy::StartDateDesc)
        .page_size(25);
    let mut pages = billing.list_invoices_all(request).pages();
    let mut invoices = Vec::new();
    let mut count = 0;
    while let Some(page) = pages.try_next().await? {
        count += 1;
        let total = page.total_count;
        invoices.extend(page.into_inner().invoices);
        eprintln!("  page {count}: {} of {total} invoices", invoices.len());
    }

    let issued = invoices.iter().filter(|invoice| invoice.issued_date.is_some());
    let total =
        Money::checked_sum("EUR", issued.filter_map(|invoice| invoice.total_taxed.as_ref()))?;
    println!("Monthly invoices with tax: {} on {count} pages, newest first", invoices.len());
    for invoice in invoices.iter().take(4) {
        let month = invoice.billing_period.ok_or("an invoice without a month")?;
        let number = match invoice.number {
            0 => "not issued".to_owned(),
            number => format!("no. {number}"),
        };
        let amount = invoice.total_taxed.as_ref().ok_or("an invoice without a total")?;
        println!("  {month}  {number:<12} {:<8} {amount:>16}", invoice.state);
    }
    println!("  sum of all issued invoices: {total:>24}\n");
    Ok(invoices)
}

/// Adds up the consumption of the current month, and compares it with the draft invoice.
async fn consumption(billing: &BillingApi, invoices: &[Invoice]) -> Result<(), Box<dyn Error>> {
    let request = ListConsumptionsRequest::new();
    let lines = billing.list_consumptions_all(request).try_collect().await?;
    let mut categories: BTreeMap<&str, Money> = BTreeMap::new();
    for line in &lines {
        let value = line.value.as_ref().ok_or("a line without a value")?;
        categories.entry(&line.category_name).or_default().checked_add_assign(value)?;
    }
    println!("Consumption of the current month, before discounts and tax");
    for (category, sum) in &categories {
        println!("  {category:<24} {sum:>16}");
    }
    let total = Money::checked_sum("EUR", categories.values())?;
    println!("  {:<24} {total:>16}", "total");

    let draft = invoices.first().and_then(|invoice| invoice.total_untaxed.as_ref());
    let draft = draft.ok_or("the current month has no invoice")?;
    println!("  {:<24} {:>16}", "discounts", draft.checked_sub(&total)?);
    println!("  {:<24} {draft:>16}\n", "draft invoice before tax");
    Ok(())
}

/// Downloads the newest issued invoice.
async fn download(billing: &BillingApi, invoices: &[Invoice]) -> Result<(), Box<dyn Error>> {
    let newest = invoices
        .iter()
        .filter(|invoice| invoice.issued_date.is_some())
        .max_by_key(|invoice| invoice.issued_date)
        .ok_or("no invoice was issued yet")?;
    eprintln!("  downloading invoice {} …", newest.number);
    let file = billing.download_invoice(&newest.id).await?;
    let path = std::env::temp_dir().join(format!("invoice-{}.pdf", newest.number));
    file.save(&path).await?;
    println!(
        "Saved invoice {} to {} ({} bytes)",
        newest.number,
        path.display(),
        file.content.len()
    );
    Ok(())
}

/// Lists the finalized invoices in pages of 50 and prints the newest ones.
async fn fastly_invoices(billing: &BillingInvoicesApi) -> Result<(), Box<dyn Error>> {
    let request = fastly_billing::v3::ListInvoicesRequest::new().limit(50);
    let mut pages = billing.list_invoices_all(request).pages();
    let mut invoices = Vec::new();
    let mut count = 0;
    while let Some(page) = pages.try_next().await? {
        count += 1;
        invoices.extend(page.into_inner().data);
        eprintln!("  page {count}: {} invoices", invoices.len());
    }
    println!("Finalized invoices: {} on {count} pages, newest first", invoices.len());
    for invoice in invoices.iter().take(4) {
        let start = invoice.billing_start_date.ok_or("an invoice without a month")?;
        let status = invoice.payment_status.as_ref().map_or("", |status| status.as_str());
        println!(
            "  {}  {:<12} {:>12} {} {status}",
            start.format("%Y-%m"),
            invoice.invoice_id,
            invoice.monthly_transaction_amount.ok_or("an invoice without a total")?,
            invoice.currency_code,
        );
    }
    println!();
    Ok(())
}

/// Waits for the month-to-date invoice and prints its lines.
async fn fastly_month_to_date(billing: &BillingInvoicesApi) -> Result<(), Box<dyn Error>> {
    eprintln!("  waiting for the month-to-date invoice …");
    let request = GetMonthToDateInvoiceRequest::new();
    let bill = billing.get_month_to_date_invoice_when_ready(request, Wait::new()).await?;
    println!("Month to date, in US dollars");
    for line in &bill.transaction_line_items {
        let amount = line.amount.ok_or("a line without an amount")?;
        println!("  {:<24} {amount:>16.2}", line.description);
    }
    let total = bill.monthly_transaction_amount.ok_or("an invoice without a total")?;
    println!("  {:<24} {total:>16.2}", "total so far");
    Ok(())
}

/// Does the same with Viam, one call per task.
async fn viam(sandbox: &Sandbox) -> Result<(), Box<dyn Error>> {
    let organization = sandbox.viam().organization_id();
    let billing = ViamClient::builder()
        .api_url(sandbox.viam().url())
        .api_key(sandbox.viam().api_key(), sandbox.viam().api_key_id())
        .build()?
        .billing_client();

    println!("\nViam (sandbox at {})\n", sandbox.viam().url());
    let summary = billing.get_invoices_summary(organization).await?;
    let unpaid =
        round_to_cents(summary.outstanding_balance).ok_or("the balance is not a valid amount")?;
    println!("{} invoices, {unpaid} USD unpaid", summary.invoices.len());

    let usage = billing.get_current_month_usage(organization).await?;
    println!("Costs of the current month by type, in US dollars");
    for source in &usage.resource_usage_costs_by_source {
        for cost in source.resource_usage_costs.iter().flat_map(|costs| &costs.usage_costs) {
            let dollars = round_to_cents(cost.cost).ok_or("the cost is not a valid amount")?;
            println!("  {:<30} {dollars:>10}", kind(cost.resource_type));
        }
    }

    let newest = summary.invoices.first().ok_or("there is no invoice yet")?;
    let path = std::env::temp_dir().join(format!("invoice-{}.pdf", newest.id));
    let request = GetInvoicePdfRequest::new(newest.id.as_str(), organization);
    let bytes = billing.get_invoice_pdf(request).save(&path).await?.into_inner();
    println!("\nSaved invoice {} to {} ({bytes} bytes)", newest.id, path.display());
    Ok(())
}

/// Turns a name such as `USAGE_COST_TYPE_PER_MACHINE` into words.
fn kind(resource_type: UsageCostType) -> String {
    match resource_type.as_str().and_then(|name| name.strip_prefix("USAGE_COST_TYPE_")) {
        Some(name) => name.to_lowercase().replace('_', " "),
        None => "a type newer than this crate".to_owned(),
    }
}
