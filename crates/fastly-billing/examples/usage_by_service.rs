//! Prints the usage of each service in a month, by usage type and with its unit.
//!
//! Against the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p fastly-billing --example usage_by_service`
//!
//! Against Fastly, for a given month: set `FASTLY_API_TOKEN`, then run
//! `cargo run -p fastly-billing --example usage_by_service -- 2026-05`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::process::ExitCode;

use fastly_billing::{
    BillingMonth, Client, Error,
    rust_decimal::Decimal,
    v3::{BillingUsageMetricsApi, GetServiceLevelUsageRequest},
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("usage_by_service: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let usage = BillingUsageMetricsApi::new(&Client::from_env()?);
    let mut request = GetServiceLevelUsageRequest::new();
    if let Some(month) = std::env::args().nth(1) {
        let month: BillingMonth = month.parse()?;
        request = request.start_month(month).end_month(month);
    }
    let mut blocks = usage.get_service_level_usage_all(request);
    while let Some(block) = blocks.try_next().await? {
        println!("{} ({})", block.usage_type, block.unit);
        for row in &block.details {
            let units = shown(row.usage_units);
            println!("  {:<24} {:<24} {units:>18}", row.service_name, row.service_id);
        }
    }
    Ok(())
}

/// Formats an amount, or a dash if Fastly sends none.
fn shown(amount: Option<Decimal>) -> String {
    amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string())
}
