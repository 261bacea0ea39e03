//! Lists every invoice, the running month's draft included.
//!
//! On the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p scaleway-billing --example scaleway_invoices`
//!
//! At Scaleway: set `SCW_SECRET_KEY`, or have a configuration file, then
//! `cargo run -p scaleway-billing --example scaleway_invoices`

#![allow(clippy::print_stdout, reason = "an example prints")]

use scaleway_billing::{
    Client, Error,
    v2beta1::{BillingApi, ListInvoicesRequest},
};

#[tokio::main]
async fn main() -> Result<(), Error> {
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
