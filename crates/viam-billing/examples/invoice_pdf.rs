//! Saves an invoice as PDF: the one whose id is given, or the first in the list.
//!
//! Against the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p viam-billing --example invoice_pdf`
//!
//! Against Viam: set `VIAM_API_KEY`, `VIAM_API_KEY_ID` and `VIAM_PRIMARY_ORG_ID`, then
//! `cargo run -p viam-billing --example invoice_pdf -- <invoice id>`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::{error::Error, process::ExitCode};

use viam_billing::{ViamClient, v1::GetInvoicePdfRequest};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("invoice_pdf: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let organization =
        std::env::var("VIAM_PRIMARY_ORG_ID").map_err(|_| "`VIAM_PRIMARY_ORG_ID` is not set")?;
    let billing = ViamClient::from_env()?.billing_client();
    let id = match std::env::args().nth(1) {
        Some(id) => id,
        None => {
            let summary = billing.get_invoices_summary(&organization).await?;
            let first = summary.into_inner().invoices.into_iter().next();
            first.ok_or("there is no invoice yet")?.id
        }
    };
    let request = GetInvoicePdfRequest::new(id, organization);
    let bytes = billing.get_invoice_pdf(request).save("invoice-viam.pdf").await?.into_inner();
    println!("saved {bytes} bytes to invoice-viam.pdf");
    Ok(())
}
