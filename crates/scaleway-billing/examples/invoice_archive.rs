//! Saves every invoice of a year as PDF, four at a time, and continues where it stopped.
//!
//! Against the sandbox: `cargo run -p billing-sandbox -- cargo run -p scaleway-billing --example
//! invoice_archive -- 2025 invoices`
//!
//! Against Scaleway: set `SCW_SECRET_KEY`, or write a configuration file, then run
//! `cargo run -p scaleway-billing --example invoice_archive -- 2025 invoices`
//!
//! The file `2025.cursor` in the folder holds the position in the list. It advances after every
//! four invoices, so the next run repeats at most four.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::{
    error::Error,
    fs, io,
    path::{Path, PathBuf},
    process::ExitCode,
};

use scaleway_billing::{
    BillingMonth, Client, Cursor,
    v2beta1::{BillingApi, Invoice, ListInvoicesRequest, ListInvoicesRequestOrderBy},
};
use tokio::task::JoinSet;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("invoice_archive: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(year), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("two arguments are needed: a year and a folder".into());
    };
    let january = BillingMonth::new(year.parse()?, 1)?;
    let folder = PathBuf::from(folder);
    fs::create_dir_all(&folder)?;

    let billing = BillingApi::new(&Client::from_env()?);
    // In ascending order, an invoice issued during the run does not shift the others. Scaleway does
    // not document whether the bounds are inclusive, so the request starts in the previous
    // December, whose invoices are skipped below.
    let request = ListInvoicesRequest::new()
        .billing_period_start_after(january.previous())
        .billing_period_start_before(january.add_months(12))
        .order_by(ListInvoicesRequestOrderBy::StartDateAsc)
        .page_size(100);
    let mut invoices = billing.list_invoices_all(request);
    let cursor_file = folder.join(format!("{year}.cursor"));
    if let Some(cursor) = read_cursor(&cursor_file)? {
        invoices = invoices.resume_from(&cursor)?;
    }

    let mut saved = 0;
    loop {
        let mut downloads = JoinSet::new();
        while downloads.len() < 4
            && let Some(invoice) = invoices.try_next().await?
        {
            // An invoice without a period is saved, so that none is missed.
            if invoice.billing_period.is_none_or(|month| month.year() == january.year()) {
                downloads.spawn(save(billing.clone(), invoice, folder.clone()));
            }
        }
        if downloads.is_empty() {
            break;
        }
        while let Some(download) = downloads.join_next().await {
            download??;
            saved += 1;
        }
        if let Some(cursor) = invoices.cursor() {
            write_cursor(&cursor_file, &cursor)?;
        }
    }
    println!("saved {saved} invoices in {}", folder.display());
    Ok(())
}

async fn save(
    billing: BillingApi,
    invoice: Invoice,
    folder: PathBuf,
) -> Result<(), scaleway_billing::Error> {
    // Credit notes and drafts have no number of their own, but every invoice has an identifier.
    let month = invoice.billing_period.map(|month| month.to_string()).unwrap_or_default();
    let path = folder.join(format!("{month}-{}.pdf", invoice.id));
    billing.download_invoice_to(&invoice.id, path).await?;
    Ok(())
}

fn read_cursor(path: &Path) -> Result<Option<Cursor>, Box<dyn Error>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text.parse()?)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Replaces the file as a whole, so that it never holds half a cursor.
fn write_cursor(path: &Path, cursor: &Cursor) -> io::Result<()> {
    let new = path.with_extension("cursor.new");
    fs::write(&new, cursor.to_string())?;
    fs::rename(new, path)
}
