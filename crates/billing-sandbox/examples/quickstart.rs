//! The main job, on a sandbox that this program starts itself: list the invoices, add up the
//! month's consumption, download an invoice. Once for each vendor, as far as it has them.
//!
//! `cargo run -p billing-sandbox --example quickstart`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::{collections::BTreeMap, error::Error, time::Duration};

use billing_sandbox::Sandbox;
use fastly_billing::{
    Wait,
    v3::{BillingInvoicesApi, GetMonthToDateInvoiceRequest},
};
use scaleway_billing::{
    Client, Money,
    v2alpha1::{
        BillingApi, GetConsumptionRequest, Invoice, InvoiceType, ListInvoicesRequest,
        ListInvoicesRequestOrderBy,
    },
};
use viam_billing::{ViamClient, round_to_cents, v1::GetInvoicePdfRequest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
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

/// The same with Fastly, which has no files, and makes the running month's bill when asked for it.
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

/// Lists the monthly invoices, a page of 25 at a time, and prints the newest ones.
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
    println!("Monthly invoices: {} on {count} pages, newest first", invoices.len());
    for invoice in invoices.iter().take(4) {
        let number = match invoice.number {
            0 => "not issued".to_owned(),
            number => format!("no. {number}"),
        };
        let start = invoice.start_date.ok_or("an invoice without a month")?.format("%Y-%m");
        let amount = invoice.total_taxed.as_ref().ok_or("an invoice without a total")?;
        println!("  {start}  {number:<12} {amount:>16}");
    }
    println!("  … all that were issued: {total:>19}\n");
    Ok(invoices)
}

/// Adds up the running month's consumption, and holds it against the month's draft invoice.
async fn consumption(billing: &BillingApi, invoices: &[Invoice]) -> Result<(), Box<dyn Error>> {
    let consumption = billing.get_consumption(GetConsumptionRequest::new()).await?;
    let mut categories: BTreeMap<&str, Vec<&Money>> = BTreeMap::new();
    for line in &consumption.consumptions {
        categories.entry(&line.category).or_default().extend(&line.value);
    }
    println!("Consumption of the month, before discounts and tax");
    for (category, values) in &categories {
        println!("  {category:<24} {:>16}", Money::checked_sum("EUR", values.iter().copied())?);
    }
    let total = Money::checked_sum("EUR", categories.into_values().flatten())?;
    println!("  {:<24} {total:>16}", "total");

    let draft = invoices.first().and_then(|invoice| invoice.total_untaxed.as_ref());
    let draft = draft.ok_or("the running month has no invoice")?;
    println!("  {:<24} {:>16}", "discounts", draft.checked_sub(&total)?);
    println!("  {:<24} {draft:>16}\n", "draft invoice before tax");
    Ok(())
}

/// Downloads the newest invoice that was issued.
async fn download(billing: &BillingApi, invoices: &[Invoice]) -> Result<(), Box<dyn Error>> {
    let newest = invoices
        .iter()
        .filter(|invoice| invoice.issued_date.is_some())
        .max_by_key(|invoice| invoice.issued_date)
        .ok_or("no invoice was issued yet")?;
    eprintln!("  downloading invoice {} …", newest.number);
    let file = billing.download_invoice(&*newest.id).await?;
    let path = std::env::temp_dir().join(format!("invoice-{}.pdf", newest.number));
    file.save(&path).await?;
    println!("Invoice {} is in {} ({} bytes)", newest.number, path.display(), file.content.len());
    Ok(())
}

/// Lists the closed invoices, a page of 50 at a time, and prints the newest ones.
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
    println!("Invoices: {} on {count} pages, newest first", invoices.len());
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

/// Waits until the running month's bill is made, and prints its lines.
async fn fastly_month_to_date(billing: &BillingInvoicesApi) -> Result<(), Box<dyn Error>> {
    eprintln!("  waiting for the running month …");
    let request = GetMonthToDateInvoiceRequest::new();
    let bill = billing.get_month_to_date_invoice_when_ready(request, Wait::new()).await?;
    println!("Running month");
    for line in &bill.transaction_line_items {
        let amount = line.amount.ok_or("a line without an amount")?;
        println!("  {:<24} {amount:>16.2}", line.description);
    }
    let total = bill.monthly_transaction_amount.ok_or("a bill without a total")?;
    println!("  {:<24} {total:>16.2}", "total so far");
    Ok(())
}

/// The same with Viam: everything is one call each, over gRPC.
async fn viam(sandbox: &Sandbox) -> Result<(), Box<dyn Error>> {
    let organization = sandbox.viam().organization_id();
    let billing = ViamClient::builder()
        .address(sandbox.viam().url())
        .api_key(sandbox.viam().api_key(), sandbox.viam().api_key_id())
        .build()?
        .billing_client();

    println!("\nViam (sandbox at {})\n", sandbox.viam().url());
    let summary = billing.get_invoices_summary(organization).await?;
    let unpaid = round_to_cents(summary.outstanding_balance).ok_or("a balance that is none")?;
    println!("{} invoices, {unpaid} $ unpaid", summary.invoices.len());

    let usage = billing.get_current_month_usage(organization).await?;
    println!("Usage of the month");
    for source in &usage.resource_usage_costs_by_source {
        for cost in source.resource_usage_costs.iter().flat_map(|costs| &costs.usage_costs) {
            let dollars = round_to_cents(cost.cost).ok_or("a cost that is no amount")?;
            println!("  {:<42} {dollars:>8} $", cost.resource_type.to_string());
        }
    }

    let newest = summary.invoices.first().ok_or("there is no invoice yet")?;
    let path = std::env::temp_dir().join(format!("invoice-{}.pdf", newest.id));
    let request = GetInvoicePdfRequest::new(&*newest.id, organization);
    let bytes = billing.get_invoice_pdf(request).save(&path).await?.into_inner();
    println!("\nInvoice {} is in {} ({bytes} bytes)", newest.id, path.display());
    Ok(())
}
