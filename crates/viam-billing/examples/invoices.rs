//! Lists every invoice of an organization, and the unpaid balance.
//!
//! Against the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p viam-billing --example invoices`
//!
//! Against Viam: set `VIAM_API_KEY`, `VIAM_API_KEY_ID` and `VIAM_PRIMARY_ORG_ID`, then
//! `cargo run -p viam-billing --example invoices`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::{error::Error, process::ExitCode};

use viam_billing::{ViamClient, round_to_cents};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("invoices: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let organization =
        std::env::var("VIAM_PRIMARY_ORG_ID").map_err(|_| "`VIAM_PRIMARY_ORG_ID` is not set")?;
    let billing = ViamClient::from_env()?.billing_client();

    let summary = billing.get_invoices_summary(organization).await?;
    for invoice in &summary.invoices {
        let amount = round_to_cents(invoice.invoice_amount).ok_or("an amount out of range")?;
        let due = match invoice.due_date {
            Some(due) => due.format("%Y-%m-%d").to_string(),
            None => "-".to_owned(),
        };
        println!("{}  due {due}  {amount:>10} $  {}", invoice.id, invoice.status);
    }
    let unpaid = round_to_cents(summary.outstanding_balance).ok_or("a balance out of range")?;
    println!("{} invoices, {unpaid} $ unpaid", summary.invoices.len());
    Ok(())
}
