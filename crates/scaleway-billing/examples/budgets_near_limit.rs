//! Lists the budgets that are more than 80 % used in the current month. An argument sets another
//! percentage.
//!
//! Against the sandbox, which starts without budgets: `cargo run -p billing-sandbox -- cargo run -p
//! scaleway-billing --example budgets_near_limit`
//!
//! Against Scaleway: set `SCW_SECRET_KEY` and `SCW_DEFAULT_ORGANIZATION_ID`, or write a
//! configuration file, then run `cargo run -p scaleway-billing --example budgets_near_limit -- 90`
//!
//! Like the alerts of a budget, this program compares the limit with the charges after discounts
//! and including tax. A limit has no currency; this program assumes the currency of the
//! consumption. The exit status is 3 if any budget is near its limit.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::{error::Error, process::ExitCode};

use scaleway_billing::{
    Client, Money,
    rust_decimal::Decimal,
    v2::{BillingApi as BudgetsApi, ListBudgetsRequest},
    v2beta1::{BillingApi, ListConsumptionsRequest, ListTaxesRequest},
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(3),
        Err(error) => {
            eprintln!("budgets_near_limit: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Returns the number of budgets that are near their limit.
async fn run() -> Result<usize, Box<dyn Error>> {
    let threshold: Decimal = std::env::args().nth(1).as_deref().unwrap_or("80").parse()?;
    let client = Client::from_env()?;
    let used = month_to_date(&BillingApi::new(&client)).await?;

    let mut near = 0;
    let mut budgets = BudgetsApi::new(&client).list_budgets_all(ListBudgetsRequest::new());
    while let Some(budget) = budgets.try_next().await? {
        let Some(limit) = budget.consumption_limit.map(|limit| limit.to_decimal()) else {
            continue; // No limit.
        };
        let Some(share) = (used.to_decimal() * Decimal::ONE_HUNDRED).checked_div(limit) else {
            continue; // A limit of zero.
        };
        if share >= threshold {
            near += 1;
            println!("budget {}: {used} of {limit}, {:.1} %", budget.id, share);
        }
    }
    Ok(near)
}

/// The charges of the current month, after discounts and including tax.
async fn month_to_date(billing: &BillingApi) -> Result<Money, Box<dyn Error>> {
    let mut lines = billing.list_consumptions_all(ListConsumptionsRequest::new());
    let mut sum = Money::default();
    while let Some(line) = lines.try_next().await? {
        if let Some(value) = &line.value {
            sum.checked_add_assign(value)?;
        }
    }
    if let Some(page) = lines.first_page() {
        let discount = Money::from_decimal(&*sum.currency_code, page.total_discount_untaxed_value)?;
        sum = sum.checked_sub(&discount)?;
    }
    let mut taxes = billing.list_taxes_all(ListTaxesRequest::new());
    while let Some(tax) = taxes.try_next().await? {
        if let Some(value) = tax.total_tax_value {
            sum.checked_add_assign(&Money::from_decimal(tax.currency, value)?)?;
        }
    }
    Ok(sum)
}
