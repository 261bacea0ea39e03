//! Lists every invoice, including the draft of the current month.
//!
//! Against the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p scaleway-billing --example scaleway_invoices`
//!
//! Against Scaleway: set `SCW_SECRET_KEY`, or write a configuration file, then run
//! `cargo run -p scaleway-billing --example scaleway_invoices`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::process::ExitCode;

use scaleway_billing::{
    Client, Error,
    v2beta1::{BillingApi, ListInvoicesRequest},
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("scaleway_invoices: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let billing = BillingApi::new(&Client::from_env()?);
    let mut invoices = billing.list_invoices_all(ListInvoicesRequest::new());
    while let Some(invoice) = invoices.try_next().await? {
        let month = invoice.billing_period.map(|month| month.to_string());
        let total = invoice.total_taxed.map(|total| total.to_string());
        println!(
            "{:>8}  {}  {:<11} {:<8} {:>16}",
            invoice.number,
            month.as_deref().unwrap_or("-------"),
            invoice.r#type,
            invoice.state,
            total.as_deref().unwrap_or("-"),
        );
    }
    Ok(())
}
