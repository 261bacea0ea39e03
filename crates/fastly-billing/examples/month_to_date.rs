//! Waits for the month-to-date invoice and prints its lines, in US dollars.
//!
//! Against the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p fastly-billing --example month_to_date`
//!
//! Against Fastly: set `FASTLY_API_TOKEN`, then run
//! `cargo run -p fastly-billing --example month_to_date`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::process::ExitCode;

use fastly_billing::{
    Client, Error, Wait,
    rust_decimal::Decimal,
    v3::{BillingInvoicesApi, GetMonthToDateInvoiceRequest, MonthToDate},
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("month_to_date: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let billing = BillingInvoicesApi::new(&Client::from_env()?);
    let request = GetMonthToDateInvoiceRequest::new();

    // Either the invoice is ready, or Fastly is still generating it.
    let bill = match billing.get_month_to_date_invoice(request.clone()).await?.into_inner() {
        MonthToDate::Ready(bill) => bill,
        MonthToDate::Pending(status) => {
            println!("not ready yet ({}), waiting …", status.title);
            billing.get_month_to_date_invoice_when_ready(request, Wait::new()).await?.into_inner()
        }
    };
    for line in &bill.transaction_line_items {
        println!(
            "{:<28} {:>16} × {:<8} {:>12}",
            line.description,
            shown(line.units),
            shown(line.rate),
            shown(line.amount),
        );
    }
    println!("{:<28} {:>40}", "total so far", shown(bill.monthly_transaction_amount));
    Ok(())
}

/// Formats an amount, or a dash if Fastly sends none.
fn shown(amount: Option<Decimal>) -> String {
    amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string())
}
