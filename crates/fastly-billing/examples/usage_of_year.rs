//! Writes the usage of the last twelve months as CSV: a row for each month, product and usage type.
//!
//! Against the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p fastly-billing --example usage_of_year`
//!
//! Against Fastly: set `FASTLY_API_TOKEN`, then run
//! `cargo run -p fastly-billing --example usage_of_year -- usage.csv`
//!
//! Without a file, the CSV goes to standard output.

#![allow(clippy::print_stderr, reason = "an example prints")]

use std::{error::Error, fs::File, io, process::ExitCode};

use fastly_billing::{
    BillingMonth, Client,
    v3::{BillingUsageMetricsApi, GetUsageMetricsRequest},
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("usage_of_year: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let output: Box<dyn io::Write> = match std::env::args().nth(1) {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::stdout()),
    };
    let last = BillingMonth::current().previous();
    let first = last.add_months(-11);

    let usage = BillingUsageMetricsApi::new(&Client::from_env()?);
    // Fastly allows three months per request, so this sends four requests.
    let mut rows = usage.get_usage_metrics_all(GetUsageMetricsRequest::new(first, last));
    let mut table = csv::Writer::from_writer(output);
    table.write_record(["month", "product_id", "usage_type", "region", "quantity", "unit"])?;
    while let Some(row) = rows.try_next().await? {
        let month = row.month.map(|month| month.to_string()).unwrap_or_default();
        let quantity = row.quantity.map(|quantity| quantity.to_string()).unwrap_or_default();
        table.write_record([
            &month,
            &row.product_id,
            &row.usage_type,
            &row.region,
            &quantity,
            &row.unit,
        ])?;
    }
    table.flush()?;
    Ok(())
}
