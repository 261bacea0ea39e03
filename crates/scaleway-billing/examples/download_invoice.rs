//! Downloads an invoice as PDF: the one whose identifier is given, or the newest one issued.
//!
//! Against the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p scaleway-billing --example download_invoice`
//!
//! Against Scaleway: set `SCW_SECRET_KEY`, or write a configuration file, then run
//! `cargo run -p scaleway-billing --example download_invoice -- <invoice id>`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::process::ExitCode;

use scaleway_billing::{
    Client, Error,
    v2beta1::{BillingApi, ListInvoicesRequest, ListInvoicesRequestOrderBy},
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("download_invoice: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let billing = BillingApi::new(&Client::from_env()?);
    let id = match std::env::args().nth(1) {
        Some(id) => id,
        None => newest(&billing).await?.ok_or("there is no issued invoice yet")?,
    };
    // The file name that Scaleway sends is not used as a path: it may contain anything.
    let path = format!("invoice-{id}.pdf");
    let length = billing.download_invoice_to(&id, &path).await?;
    println!("saved {} bytes to {path}", *length);
    Ok(())
}

async fn newest(billing: &BillingApi) -> Result<Option<String>, Error> {
    let newest_first = ListInvoicesRequest::new()
        .order_by(ListInvoicesRequestOrderBy::StartDateDesc)
        .page_size(10);
    let mut invoices = billing.list_invoices_all(newest_first);
    while let Some(invoice) = invoices.try_next().await? {
        if invoice.issued_date.is_some() {
            return Ok(Some(invoice.id));
        }
    }
    Ok(None)
}
