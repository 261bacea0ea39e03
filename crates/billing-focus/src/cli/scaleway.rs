use std::path::PathBuf;

use billing_focus::{Check, Columns, Format, InvoiceTotal, Schema, Writer, scaleway};
use clap::{Arg, ArgMatches, Command, builder::PossibleValuesParser};
use scaleway_billing::{BillingMonth, Client};

use super::{
    Common, Failure,
    export::{Export, Outcome, compare, write},
    output::Output,
    resume::Checkpoint,
};

const CREDENTIALS: &str = "\
Credentials: SCW_SECRET_KEY and SCW_DEFAULT_ORGANIZATION_ID, or the active profile of Scaleway's \
configuration file. The key needs the permission set BillingReadOnly.";

/// Rows between two checkpoints: a page of charges.
const CHECKPOINT: usize = 1_000;

pub(super) const EXAMPLE: &str = "scaleway --month 2026-05 --check -o may.csv";

pub(super) fn command() -> Command {
    Command::new("scaleway")
        .about("A month of Scaleway")
        .long_about(format!("Writes a month of Scaleway as FOCUS rows.\n\n{CREDENTIALS}"))
        .arg(
            Arg::new("month")
                .long("month")
                .value_name("YYYY-MM")
                .required(true)
                .value_parser(|text: &str| text.parse::<BillingMonth>().map_err(|e| e.to_string()))
                .help("Billing month"),
        )
        .arg(
            Arg::new("source")
                .long("source")
                .value_name("SOURCE")
                .value_parser(PossibleValuesParser::new(["consumption", "charges"]))
                .default_value("consumption")
                .help(
                    "consumption: the lines of the bill with discounts and taxes, which add up to \
                     the invoice; charges: resource by resource, which need not",
                ),
        )
        .arg(
            Arg::new("organization")
                .long("organization")
                .value_name("ID")
                .help("Organization [default: the one of the credentials]"),
        )
        .arg(
            Arg::new("resume")
                .long("resume")
                .value_name("CURSOR_FILE")
                .value_parser(clap::value_parser!(PathBuf))
                .help(
                    "File that remembers how far the charges have come: run the same command again \
                     after a failure to go on from there. For --source charges, csv and jsonl",
                ),
        )
}

pub(super) async fn run(matches: &ArgMatches, common: Common) -> Result<Outcome, Failure> {
    let Some(&month) = matches.get_one::<BillingMonth>("month") else {
        return Err(Failure::usage("--month is missing"));
    };
    let charges = matches.get_one::<String>("source").is_some_and(|source| source == "charges");
    let resume = matches.get_one::<PathBuf>("resume");
    if resume.is_some() && !charges {
        return Err(Failure::usage("--resume is for --source charges only"));
    }
    let client = client(matches.get_one::<String>("organization"))?;
    if !charges {
        let rows = scaleway::consumption(&client, month);
        return write(rows, scaleway::CONSUMPTION_COLUMNS, &common).await;
    }
    let (check, totals) = match (resume, &common.output) {
        (None, output) => {
            let output = Output::open(output.as_deref())?;
            let writer = Writer::new(common.format, output, schema(&common))?;
            let mut rows = scaleway::charges(&client, month);
            let mut export = Export::new(writer, Check::default(), &common);
            while let Some(row) = rows.try_next().await? {
                export.add(&row)?;
            }
            let (output, check) = export.finish()?;
            let totals = totals(&client, month, &common).await?;
            output.commit()?;
            (check, totals)
        }
        (Some(_), None) => return Err(Failure::usage("--resume needs a file: give it with -o")),
        (Some(resume), Some(output)) => {
            if let Some(problem) = cannot_resume(common.format) {
                return Err(Failure::usage(problem));
            }
            let organization = client.default_organization_id().unwrap_or_default();
            let checkpoint = Checkpoint::new(
                resume,
                output,
                format!("{month} {organization} {} {}", common.format, common.version),
            )?;
            resumable(&client, month, &common, checkpoint).await?
        }
    };
    Ok(compare(&common, &check, &totals))
}

/// Returns the reason why a file of this format cannot be written in several runs.
fn cannot_resume(format: Format) -> Option<&'static str> {
    match format {
        Format::Csv | Format::JsonLines => None,
        _ => Some("--resume is for csv and jsonl only: a Parquet file cannot be continued"),
    }
}

/// Returns the totals of the month's invoices if the sums are to be compared with them. A failure
/// must leave the output incomplete, so this comes before the file gets its name.
async fn totals(
    client: &Client,
    month: BillingMonth,
    common: &Common,
) -> Result<Vec<InvoiceTotal>, Failure> {
    match common.check {
        true => Ok(scaleway::invoiced_before_tax(client, month).await?),
        false => Ok(Vec::new()),
    }
}

/// Writes charges to a file that stays after a failure, and continues it.
async fn resumable(
    client: &Client,
    month: BillingMonth,
    common: &Common,
    checkpoint: Checkpoint,
) -> Result<(Check, Vec<InvoiceTotal>), Failure> {
    const ADVICE: &str = "run the same command again to continue from the last checkpoint";
    let mut rows = scaleway::charges(client, month);
    let (file, start) = checkpoint.open()?;
    let check = match start {
        None => Check::default(),
        Some(start) => {
            rows = rows.resume_from(&start.cursor)?;
            start.check
        }
    };
    let new = file.metadata()?.len() == 0;
    let make = if new { Writer::new } else { Writer::append };
    let writer = make(common.format, file.try_clone()?, schema(common))?;
    let mut export = Export::new(writer, check, common);
    let mut since = 0;
    while let Some(row) = rows.try_next().await.map_err(|error| Failure::of(&error, ADVICE))? {
        export.add(&row)?;
        since += 1;
        if let Some(cursor) = rows.cursor().filter(|_| since >= CHECKPOINT) {
            since = 0;
            export.writer.flush()?;
            checkpoint.store(&file, &cursor, &export.check)?;
        }
    }
    let (_, check) = export.finish()?;
    let totals = totals(client, month, common).await?;
    checkpoint.finish(&file)?;
    Ok((check, totals))
}

fn schema(common: &Common) -> Schema {
    const COLUMNS: Columns = scaleway::CHARGES_COLUMNS;
    Schema::new(common.version, COLUMNS)
}

fn client(organization: Option<&String>) -> Result<Client, Failure> {
    let advice = "`billing-focus scaleway --help` lists the credentials that are read";
    let failed = |error: scaleway_billing::Error| Failure::of(&error, advice);
    let builder = Client::builder_from_env().map_err(failed)?;
    let builder = match organization {
        Some(id) => builder.default_organization_id(id),
        None => builder,
    };
    builder.build().map_err(failed)
}
