//! Writes the cost of each project in a month as CSV, last month by default.
//!
//! Against the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p scaleway-billing --example cost_by_project`
//!
//! Against Scaleway: set `SCW_SECRET_KEY` and `SCW_DEFAULT_ORGANIZATION_ID`, or write a
//! configuration file, then run `cargo run -p scaleway-billing --example cost_by_project --
//! costs.csv 2026-05`
//!
//! Without a file, the CSV goes to standard output. The costs are before tax. Scaleway computes
//! discounts for the organization as a whole, so they have a row of their own.

#![allow(clippy::print_stderr, reason = "an example prints")]

use std::{collections::BTreeMap, error::Error, fs::File, io, process::ExitCode};

use scaleway_billing::{
    BillingMonth, Client, Money,
    v2beta1::{BillingApi, ListConsumptionsRequest},
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("cost_by_project: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = arguments.next();
    let month = match arguments.next() {
        Some(month) => month.parse()?,
        None => BillingMonth::current().previous(),
    };

    let billing = BillingApi::new(&Client::from_env()?);
    let request = ListConsumptionsRequest::new().billing_period(month).page_size(100);
    let mut lines = billing.list_consumptions_all(request);
    // By currency as well, because amounts in different currencies cannot be added.
    let mut costs: BTreeMap<(String, String, String), Money> = BTreeMap::new();
    while let Some(line) = lines.try_next().await? {
        let Some(value) = &line.value else { continue };
        let key = (line.project_name, line.project_id, value.currency_code.clone());
        costs.entry(key).or_default().checked_add_assign(value)?;
    }
    let discount = lines.first_page().map(|page| page.total_discount_untaxed_value);

    let output: Box<dyn io::Write> = match path {
        Some(path) => Box::new(File::create(path)?),
        None => Box::new(io::stdout()),
    };
    let month = month.to_string();
    let mut table = csv::Writer::from_writer(output);
    table.write_record(["month", "project", "project_id", "cost", "currency"])?;
    for ((project, id, currency), cost) in &costs {
        table.write_record([&month, project, id, &cost.to_decimal().to_string(), currency])?;
    }
    if let Some(discount) = discount.filter(|discount| !discount.is_zero()) {
        // The discount is in the currency of the organization.
        let currency = costs.keys().next().map_or("", |(_, _, currency)| currency);
        table.write_record([&*month, "discounts", "", &(-discount).to_string(), currency])?;
    }
    table.flush()?;
    Ok(())
}
