use billing_focus::viam;
use clap::{Arg, ArgMatches, Command};
use viam_billing::ViamClient;

use super::{
    Common, Failure,
    export::{Outcome, write},
};

const CREDENTIALS: &str = "\
Credentials: VIAM_API_KEY and VIAM_API_KEY_ID, a key with the role owner of the organization.";

/// The variable that Viam's own tools set.
const ORGANIZATION: &str = "VIAM_PRIMARY_ORG_ID";

pub(super) const EXAMPLE: &str = "viam --check -o current.csv";

pub(super) fn command() -> Command {
    Command::new("viam")
        .about("The current month of Viam")
        .long_about(format!("Writes the current month of Viam as FOCUS rows.\n\n{CREDENTIALS}"))
        .arg(
            Arg::new("organization")
                .long("organization")
                .value_name("ID")
                .help(format!("Organization [default: the variable {ORGANIZATION}]")),
        )
}

pub(super) async fn run(matches: &ArgMatches, common: Common) -> Result<Outcome, Failure> {
    let organization = match matches.get_one::<String>("organization") {
        Some(id) => Some(id.clone()),
        None => std::env::var(ORGANIZATION).ok().filter(|id| !id.is_empty()),
    };
    let Some(organization) = organization else {
        let message = format!("no organization is given: use --organization or {ORGANIZATION}");
        return Err(Failure::usage(message));
    };
    let advice = "`billing-focus viam --help` lists the credentials that are read";
    let client = ViamClient::from_env().map_err(|error| Failure::of(&error, advice))?;
    write(viam::current_month(&client, organization), viam::COLUMNS, &common).await
}
