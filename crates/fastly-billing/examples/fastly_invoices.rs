//! Lists every finalized invoice, newest first.
//!
//! Against the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p fastly-billing --example fastly_invoices`
//!
//! Against Fastly: set `FASTLY_API_TOKEN`, then run
//! `cargo run -p fastly-billing --example fastly_invoices`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::process::ExitCode;

use fastly_billing::{
    Client, Error,
    rust_decimal::Decimal,
    v3::{BillingInvoicesApi, ListInvoicesRequest},
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("fastly_invoices: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let billing = BillingInvoicesApi::new(&Client::from_env()?);
    let mut invoices = billing.list_invoices_all(ListInvoicesRequest::new());
    while let Some(invoice) = invoices.try_next().await? {
        let month = invoice.billing_start_date.map(|start| start.format("%Y-%m").to_string());
        println!(
            "{:<8} {:<12} {:>12} {} {}",
            month.unwrap_or_default(),
            invoice.invoice_id,
            shown(invoice.monthly_transaction_amount),
            invoice.currency_code,
            invoice.payment_status.map(|status| status.to_string()).unwrap_or_default(),
        );
    }
    Ok(())
}

/// Formats an amount, or a dash if Fastly sends none.
fn shown(amount: Option<Decimal>) -> String {
    amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string())
}
