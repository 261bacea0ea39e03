//! Prints the usage of an organization in the current month, and its payment method.
//!
//! Against the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p viam-billing --example usage`
//!
//! Against Viam: set `VIAM_API_KEY`, `VIAM_API_KEY_ID` and `VIAM_PRIMARY_ORG_ID`, then
//! `cargo run -p viam-billing --example usage`

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::{error::Error, process::ExitCode};

use viam_billing::{ViamClient, round_to_cents};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("usage: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let organization =
        std::env::var("VIAM_PRIMARY_ORG_ID").map_err(|_| "`VIAM_PRIMARY_ORG_ID` is not set")?;
    let billing = ViamClient::from_env()?.billing_client();

    let usage = billing.get_current_month_usage(&organization).await?;
    if let (Some(start), Some(end)) = (usage.start_date, usage.end_date) {
        println!("{} to {}", start.format("%Y-%m-%d"), end.format("%Y-%m-%d"));
    }
    for source in &usage.resource_usage_costs_by_source {
        let Some(costs) = &source.resource_usage_costs else { continue };
        println!("{}, tier {}", source.source_type, source.tier_name);
        for cost in &costs.usage_costs {
            let dollars = round_to_cents(cost.cost).ok_or("a cost that is no amount")?;
            println!("  {:<44} {dollars:>10} $", cost.resource_type.to_string());
        }
        let discount = round_to_cents(-costs.discount).ok_or("a discount that is no amount")?;
        println!("  {:<44} {discount:>10} $", "discount");
    }
    let subtotal = round_to_cents(usage.subtotal).ok_or("a subtotal that is no amount")?;
    println!("{:<46} {subtotal:>10} $", "subtotal");

    let information = billing.get_org_billing_information(organization).await?;
    println!("paid by {}, bills go to {}", information.r#type, information.billing_email);
    Ok(())
}
