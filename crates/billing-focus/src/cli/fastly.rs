use billing_focus::fastly::{self, InvoiceSelector};
use clap::{Arg, ArgAction, ArgGroup, ArgMatches, Command};
use fastly_billing::{BillingMonth, Client};

use super::{
    Common, Failure,
    export::{Outcome, write},
};

const CREDENTIALS: &str = "\
Credentials: FASTLY_API_TOKEN, a token with the scope global:read of a user with the role Billing or \
Superuser.";

pub(super) const EXAMPLE: &str = "fastly --month 2026-05 --check -o may.csv";

pub(super) fn command() -> Command {
    Command::new("fastly")
        .about("An invoice of Fastly, a month, or the month to date")
        .long_about(format!("Writes invoices of Fastly as FOCUS rows.\n\n{CREDENTIALS}"))
        .arg(
            Arg::new("month")
                .long("month")
                .value_name("YYYY-MM")
                .value_parser(|text: &str| text.parse::<BillingMonth>().map_err(|e| e.to_string()))
                .help("The finalized invoices of a billing month"),
        )
        .arg(
            Arg::new("invoice")
                .long("invoice")
                .value_name("ID")
                .help("A finalized invoice, such as INV-100001"),
        )
        .arg(
            Arg::new("month-to-date")
                .long("month-to-date")
                .action(ArgAction::SetTrue)
                .help("The current month so far"),
        )
        .group(ArgGroup::new("what").args(["month", "invoice", "month-to-date"]).required(true))
}

pub(super) async fn run(matches: &ArgMatches, common: Common) -> Result<Outcome, Failure> {
    let advice = "`billing-focus fastly --help` lists the credentials that are read";
    let client = Client::from_env().map_err(|error| Failure::of(&error, advice))?;
    let month = matches.get_one::<BillingMonth>("month").copied().map(InvoiceSelector::from);
    let id = matches.get_one::<String>("invoice").map(|id| InvoiceSelector::from(id.as_str()));
    let rows = match month.or(id) {
        Some(invoice) => fastly::invoice(&client, invoice),
        None => fastly::month_to_date(&client),
    };
    write(rows, fastly::COLUMNS, &common).await
}
