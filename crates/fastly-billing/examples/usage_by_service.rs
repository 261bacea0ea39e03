//! Prints what each service used in a month, by usage type.
//!
//! On the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p fastly-billing --example usage_by_service`
//!
//! At Fastly, of one month: set `FASTLY_API_TOKEN`, then
//! `cargo run -p fastly-billing --example usage_by_service -- 2026-05`

#![allow(clippy::print_stdout, reason = "an example prints")]

use fastly_billing::{
    BillingMonth, Client, Error,
    rust_decimal::Decimal,
    v3::{BillingUsageMetricsApi, GetServiceLevelUsageRequest},
};

#[tokio::main]
async fn main() -> Result<(), Error> {
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

/// An amount, or a dash where Fastly sends none.
fn shown(amount: Option<Decimal>) -> String {
    amount.map_or_else(|| "-".to_owned(), |amount| amount.to_string())
}
