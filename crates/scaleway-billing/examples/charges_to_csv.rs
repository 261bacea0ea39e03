//! Writes the charges of a month as CSV, and their sums by project and SKU.
//!
//! Against the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p scaleway-billing --example charges_to_csv`
//!
//! Against Scaleway: set `SCW_SECRET_KEY` and `SCW_DEFAULT_ORGANIZATION_ID`, or write a
//! configuration file, then run `cargo run -p scaleway-billing --example charges_to_csv -- 2026-05
//! charges.csv`
//!
//! Without a month, it uses the current one. Without a file, the charges go to standard output. The
//! sums go to standard error. The program holds one page and the sums in memory, however many
//! charges there are.

#![allow(clippy::print_stderr, reason = "an example prints")]

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal as _, Write},
    path::Path,
    process::ExitCode,
    time::Duration,
};

use chrono::{DateTime, SecondsFormat, Utc};
use indicatif::{ProgressBar, ProgressStyle};
use scaleway_billing::{
    BillingMonth, Client, Money, MoneyError,
    v2beta1::{Charge, FinOpsApi, ListChargesRequest},
};
use tempfile::NamedTempFile;

type Failure = Box<dyn std::error::Error>;

const COLUMNS: [&str; 11] = [
    "start_date",
    "end_date",
    "organization_id",
    "project_id",
    "project_name",
    "sku",
    "resource_id",
    "resource_name",
    "invoice_id",
    "price",
    "currency",
];

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("charges_to_csv: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let month: Option<BillingMonth> = arguments.next().map(|month| month.parse()).transpose()?;
    let path = arguments.next();
    // Charges that overlap the month only in part are clipped to it, so that months add up.
    let mut request = ListChargesRequest::new().clamp_to_time_range(true);
    if let Some(month) = month {
        request = request.start_date_after(month).end_date_before(month.end());
    }
    let fin_ops = FinOpsApi::new(&Client::from_env()?);
    // The file gets its name once it is complete.
    let file = path.as_deref().map(beside).transpose()?;
    let output: Box<dyn Write> = match &file {
        Some(file) => Box::new(file.reopen()?),
        None => Box::new(io::stdout()),
    };
    let progress = if path.is_none() && io::stdout().is_terminal() {
        // A spinner would mix with the charges on the terminal.
        ProgressBar::hidden()
    } else {
        // `indicatif` shows the spinner only on a terminal.
        ProgressBar::new_spinner()
    };
    progress.set_style(ProgressStyle::with_template("{spinner} {human_pos} charges in {elapsed}")?);
    progress.enable_steady_tick(Duration::from_millis(100));

    let mut table = csv::Writer::from_writer(output);
    table.write_record(COLUMNS)?;
    let mut sums = Sums::default();
    let mut charges = fin_ops.list_charges_all(request);
    while let Some(charge) = charges.try_next().await? {
        table.write_record(row(&charge))?;
        sums.add(&charge)?;
        progress.inc(1);
    }
    table.flush()?;
    if let (Some(file), Some(path)) = (file, path) {
        file.persist(path)?;
    }
    progress.finish_and_clear();
    eprintln!("{} charges", progress.position());
    for ((project, sku, _), sum) in &sums.0 {
        eprintln!("{project}  {sku:<48} {sum}");
    }
    Ok(())
}

/// Creates a temporary file in the same folder.
fn beside(path: &str) -> io::Result<NamedTempFile> {
    match Path::new(path).parent() {
        Some(folder) if folder != Path::new("") => NamedTempFile::new_in(folder),
        _ => NamedTempFile::new_in("."),
    }
}

fn row(charge: &Charge) -> [String; COLUMNS.len()] {
    let written = |date: DateTime<Utc>| date.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let date = |date: Option<DateTime<Utc>>| date.map(written).unwrap_or_default();
    let price = charge.price.as_ref();
    [
        date(charge.start_date),
        date(charge.end_date),
        charge.organization_id.clone(),
        charge.project_id.clone(),
        charge.project_name.clone(),
        charge.sku.clone(),
        charge.resource_id.clone(),
        charge.resource_name.clone().unwrap_or_default(),
        charge.invoice_id.clone(),
        price.map(|price| price.to_decimal().to_string()).unwrap_or_default(),
        price.map(|price| price.currency_code.clone()).unwrap_or_default(),
    ]
}

/// Exact sums by project, SKU and currency.
#[derive(Default)]
struct Sums(BTreeMap<(String, String, String), Money>);

impl Sums {
    fn add(&mut self, charge: &Charge) -> Result<(), MoneyError> {
        let Some(price) = &charge.price else { return Ok(()) };
        let key = (charge.project_id.clone(), charge.sku.clone(), price.currency_code.clone());
        self.0.entry(key).or_default().checked_add_assign(price)
    }
}
