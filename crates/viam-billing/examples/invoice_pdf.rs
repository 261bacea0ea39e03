//! Saves an invoice as PDF: the one whose id is given, or the first that is listed.
//!
//! On the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p viam-billing --example invoice_pdf`
//!
//! At Viam: set `VIAM_API_KEY`, `VIAM_API_KEY_ID` and `VIAM_PRIMARY_ORG_ID`, then
//! `cargo run -p viam-billing --example invoice_pdf -- <invoice id>`

#![allow(clippy::print_stdout, reason = "an example prints")]

use viam_billing::{ViamClient, v1::GetInvoicePdfRequest};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let organization = std::env::var("VIAM_PRIMARY_ORG_ID")?;
    let billing = ViamClient::from_env()?.billing_client();
    let id = match std::env::args().nth(1) {
        Some(id) => id,
        None => {
            let summary = billing.get_invoices_summary(&*organization).await?;
            let first = summary.into_inner().invoices.into_iter().next();
            first.ok_or("there is no invoice yet")?.id
        }
    };
    let request = GetInvoicePdfRequest::new(id, organization);
    let bytes = billing.get_invoice_pdf(request).save("invoice-viam.pdf").await?.into_inner();
    println!("{bytes} bytes are in invoice-viam.pdf");
    Ok(())
}
