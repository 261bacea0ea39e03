//! Lists the invoices of all three vendors as CSV. Errors, options and retry policies have the same
//! types in every crate.
//!
//! Against the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p billing-sandbox --example all_vendors`
//!
//! Against the vendors: set `SCW_SECRET_KEY`, `FASTLY_API_TOKEN`, `VIAM_API_KEY`, `VIAM_API_KEY_ID`
//! and `VIAM_PRIMARY_ORG_ID`, then `cargo run -p billing-sandbox --example all_vendors`
//!
//! If a vendor fails, the others are still listed, and the exit status is 1.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::{process::ExitCode, time::Duration};

use fastly_billing::v3::{BillingInvoicesApi, ListInvoicesRequest as FastlyInvoices};
use scaleway_billing::{
    // The other crates export the same types: `fastly_billing::Error` is `scaleway_billing::Error`.
    Attempt,
    CallOptions,
    Decision,
    Error,
    RetryPolicy,
    v2beta1::{BillingApi, ListInvoicesRequest as ScalewayInvoices},
};
use viam_billing::{ViamClient, round_to_cents};

/// An invoice of any vendor. The amount is empty if the vendor sends none.
struct Row {
    vendor: &'static str,
    invoice: String,
    amount: String,
    currency: String,
}

/// Retries a retryable error up to three times, a second apart, and reports each retry.
#[derive(Debug)]
struct Reported;

impl RetryPolicy for Reported {
    fn decide(&self, attempt: &Attempt<'_>) -> Decision {
        if attempt.number() > 3 || !attempt.error().is_retryable() {
            return Decision::Stop;
        }
        eprintln!("all_vendors: attempt {}: {}", attempt.number(), attempt.error());
        Decision::RetryAfter(Duration::from_secs(1))
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = CallOptions::new().timeout(Duration::from_secs(60)).retry(Reported);
    let (scaleway, fastly, viam) =
        tokio::join!(scaleway(options.clone()), fastly(options.clone()), viam(options));

    let mut status = ExitCode::SUCCESS;
    println!("vendor,invoice,amount,currency");
    for (vendor, rows) in [("Scaleway", scaleway), ("Fastly", fastly), ("Viam", viam)] {
        match rows {
            Ok(rows) => {
                for Row { vendor, invoice, amount, currency } in rows {
                    println!("{vendor},{invoice},{amount},{currency}");
                }
            }
            Err(error) => {
                eprintln!("all_vendors: {vendor}: {}", advice(&error));
                status = ExitCode::FAILURE;
            }
        }
    }
    status
}

/// Explains an error of any vendor.
fn advice(error: &Error) -> String {
    if error.is_auth() {
        format!("{error}: check the credentials and their permissions")
    } else if error.is_retryable() {
        format!("{error}: try again later")
    } else {
        error.to_string()
    }
}

async fn scaleway(options: CallOptions) -> Result<Vec<Row>, Error> {
    let client = scaleway_billing::Client::from_env()?.with_options(options);
    let mut invoices = BillingApi::new(&client).list_invoices_all(ScalewayInvoices::new());
    let mut rows = Vec::new();
    while let Some(invoice) = invoices.try_next().await? {
        let (amount, currency) = match invoice.total_taxed {
            Some(total) => (total.to_decimal().to_string(), total.currency_code),
            None => Default::default(),
        };
        rows.push(Row { vendor: "Scaleway", invoice: invoice.id, amount, currency });
    }
    Ok(rows)
}

async fn fastly(options: CallOptions) -> Result<Vec<Row>, Error> {
    let client = fastly_billing::Client::from_env()?.with_options(options);
    let mut invoices = BillingInvoicesApi::new(&client).list_invoices_all(FastlyInvoices::new());
    let mut rows = Vec::new();
    while let Some(invoice) = invoices.try_next().await? {
        let amount = invoice.monthly_transaction_amount.map(|amount| amount.to_string());
        rows.push(Row {
            vendor: "Fastly",
            invoice: invoice.invoice_id.to_string(),
            amount: amount.unwrap_or_default(),
            currency: invoice.currency_code,
        });
    }
    Ok(rows)
}

async fn viam(options: CallOptions) -> Result<Vec<Row>, Error> {
    let client = ViamClient::from_env()?.with_options(options);
    let organization = std::env::var("VIAM_PRIMARY_ORG_ID").unwrap_or_default();
    let summary = client.billing_client().get_invoices_summary(organization).await?;
    let rows = summary.invoices.iter().map(|invoice| {
        let amount = round_to_cents(invoice.invoice_amount).map(|amount| amount.to_string());
        Row {
            vendor: "Viam",
            invoice: invoice.id.clone(),
            amount: amount.unwrap_or_default(),
            currency: "USD".to_owned(),
        }
    });
    Ok(rows.collect())
}
