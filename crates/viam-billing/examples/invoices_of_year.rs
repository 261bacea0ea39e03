//! Saves every invoice of a year as PDF, four at a time. Skips the files of an earlier run.
//!
//! Against the sandbox: `cargo run -p billing-sandbox -- cargo run -p viam-billing --example
//! invoices_of_year -- 2025 invoices`
//!
//! Against Viam: set `VIAM_API_KEY`, `VIAM_API_KEY_ID` and `VIAM_PRIMARY_ORG_ID`, then
//! `cargo run -p viam-billing --example invoices_of_year -- 2025 invoices`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::{error::Error, fs, path::PathBuf, process::ExitCode};

use tokio::task::JoinSet;
use viam_billing::{ViamClient, chrono::Datelike as _, v1::GetInvoicePdfRequest};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("invoices_of_year: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(year), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("two arguments are needed: a year and a folder".into());
    };
    let year: i32 = year.parse()?;
    let folder = PathBuf::from(folder);
    fs::create_dir_all(&folder)?;
    let organization =
        std::env::var("VIAM_PRIMARY_ORG_ID").map_err(|_| "`VIAM_PRIMARY_ORG_ID` is not set")?;

    let billing = ViamClient::from_env()?.billing_client();
    let summary = billing.get_invoices_summary(&organization).await?.into_inner();
    let invoices = summary.invoices.into_iter();
    let mut invoices =
        invoices.filter(|invoice| invoice.invoice_date.is_some_and(|date| date.year() == year));

    let mut saved = 0;
    let mut downloads = JoinSet::new();
    loop {
        while downloads.len() < 4
            && let Some(invoice) = invoices.next()
        {
            let path = folder.join(format!("{}.pdf", invoice.id));
            // A file appears under its name only when it is complete.
            if !path.exists() {
                let request = GetInvoicePdfRequest::new(&invoice.id, &organization);
                downloads.spawn(billing.get_invoice_pdf(request).save(path));
            }
        }
        match downloads.join_next().await {
            Some(download) => download??,
            None => break,
        };
        saved += 1;
    }
    println!("saved {saved} invoices in {}", folder.display());
    Ok(())
}
