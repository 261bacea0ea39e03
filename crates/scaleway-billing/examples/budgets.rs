//! Creates a budget with an alert and a notification, changes it, shows it, and deletes it again.
//!
//! Against the sandbox:
//! `cargo run -p billing-sandbox -- cargo run -p scaleway-billing --example budgets`
//!
//! Against Scaleway: set `SCW_SECRET_KEY` and `SCW_DEFAULT_ORGANIZATION_ID`, or write a
//! configuration file, then run `cargo run -p scaleway-billing --example budgets`. The budget stays
//! disabled, so nobody is notified. The key needs the permission set `BillingManager`.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example prints")]

use std::process::ExitCode;

use scaleway_billing::{
    Client, Error,
    v2::{
        BillingApi, CreateBudgetAlertNotificationRequest, CreateBudgetAlertRequest,
        CreateBudgetRequest, ListBudgetsRequest, UpdateBudgetAlertRequest, UpdateBudgetRequest,
    },
};

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("budgets: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let billing = BillingApi::new(&Client::from_env()?);
    let budget = billing.create_budget(CreateBudgetRequest::new(500, false)).await?;
    println!("created budget {}", budget.id);

    // Delete the budget and its alerts even after a failure.
    let outcome = fill(&billing, &budget.id).await;
    billing.delete_budget(&budget.id).await?;
    println!("deleted budget {}", budget.id);
    outcome
}

async fn fill(billing: &BillingApi, budget_id: &str) -> Result<(), Error> {
    let alert = billing.create_budget_alert(CreateBudgetAlertRequest::new(budget_id, 80)).await?;
    // A notification has one kind of recipient; this one sends emails.
    let notification = CreateBudgetAlertNotificationRequest::new(&alert.id)
        .email_addresses(["billing@example.com"]);
    billing.create_budget_alert_notification(notification).await?;

    // An update changes only the fields that are set.
    billing.update_budget(UpdateBudgetRequest::new(budget_id).consumption_limit(600)).await?;
    billing.update_budget_alert(UpdateBudgetAlertRequest::new(&alert.id, 90)).await?;

    let mut budgets = billing.list_budgets_all(ListBudgetsRequest::new());
    while let Some(budget) = budgets.try_next().await? {
        // Scaleway leaves the currency of a limit empty.
        let limit = budget.consumption_limit.map_or("-".to_owned(), |limit| limit.to_string());
        println!("{} limit {limit}, {}", budget.id, if budget.enabled { "on" } else { "off" });
        for alert in budget.alerts {
            println!("  at {} %", alert.threshold);
            for notification in alert.notifications {
                println!("    {} to {}", notification.r#type, notification.recipients.join(", "));
            }
        }
    }
    Ok(())
}
