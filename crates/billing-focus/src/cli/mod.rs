//! The command line: arguments, messages and exit codes.

mod export;
#[cfg(feature = "fastly")]
mod fastly;
mod output;
#[cfg(feature = "scaleway")]
mod resume;
#[cfg(feature = "scaleway")]
mod scaleway;
#[cfg(feature = "viam")]
mod viam;

use std::{
    error::Error as StdError,
    ffi::OsString,
    fmt,
    io::{self, Write as _},
    path::PathBuf,
};

use billing_focus::{Error, ErrorKind, Format, Version};
use clap::{Arg, ArgAction, ArgMatches, Command, builder::PossibleValuesParser};

use export::Outcome;

/// Exit codes, as `--help` documents them.
const SUCCESS: u8 = 0;
const FAILED: u8 = 1;
const USAGE: u8 = 2;
const SUMS_DIFFER: u8 = 3;

const AFTER_HELP: &str = "\
Exit codes:
  0  the rows were written
  1  a call to the vendor, its data or the output failed
  2  the command line is wrong
  3  the rows were written, and with --check their sums differ from the invoice

A file appears under its name once it is complete; after a failure, the old one is unchanged.
`billing-focus COMMAND --help` lists the options of a command and the credentials that it reads.";

/// The output and its format.
pub(crate) struct Common {
    pub(crate) format: Format,
    pub(crate) version: Version,
    /// `None` is standard output.
    pub(crate) output: Option<PathBuf>,
    pub(crate) check: bool,
}

/// Reason why there are no rows, in one line.
pub(crate) struct Failure {
    status: u8,
    /// Empty if nobody reads it.
    message: String,
}

impl Failure {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { status: USAGE, message: message.into() }
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self { status: FAILED, message: message.into() }
    }

    /// The error, its causes, and advice.
    pub(crate) fn of(error: &(dyn StdError + 'static), advice: &str) -> Self {
        let mut message = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            if cause.downcast_ref::<io::Error>().is_some_and(is_broken_pipe) {
                return Self::failed("");
            }
            let text = cause.to_string();
            if !message.contains(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            source = cause.source();
        }
        if !advice.is_empty() {
            message.push_str("; ");
            message.push_str(advice);
        }
        Self::failed(message.replace(['\r', '\n'], " "))
    }
}

fn is_broken_pipe(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::BrokenPipe
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let status = if error.kind() == ErrorKind::Usage { USAGE } else { FAILED };
        Self { status, ..Self::of(&error, "") }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if is_broken_pipe(&error) { Self::failed("") } else { Self::failed(error.to_string()) }
    }
}

/// Writes a line to standard error, and ignores a closed pipe.
pub(crate) fn say(line: fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "{line}");
}

/// Runs the program with these arguments, the first of which is its name. Returns the exit code.
pub(crate) fn run(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let matches = match command().try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) if error.exit_code() == i32::from(SUCCESS) => {
            // Help or version. A closed pipe is not an error.
            let _ = error.print();
            return SUCCESS;
        }
        Err(error) => {
            say(format_args!("billing-focus: {}", one_line(&error)));
            return USAGE;
        }
    };
    match export(&matches) {
        Ok(Outcome::Written) => SUCCESS,
        Ok(Outcome::SumsDiffer) => SUMS_DIFFER,
        Err(failure) => {
            if !failure.message.is_empty() {
                say(format_args!("billing-focus: {}", failure.message));
            }
            failure.status
        }
    }
}

fn export(matches: &ArgMatches) -> Result<Outcome, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match matches.subcommand() {
        #[cfg(feature = "scaleway")]
        Some(("scaleway", matches)) => runtime.block_on(scaleway::run(matches, common(matches)?)),
        #[cfg(feature = "fastly")]
        Some(("fastly", matches)) => runtime.block_on(fastly::run(matches, common(matches)?)),
        #[cfg(feature = "viam")]
        Some(("viam", matches)) => runtime.block_on(viam::run(matches, common(matches)?)),
        _ => Err(Failure::usage("no command is given: try `billing-focus --help`")),
    }
}

/// Formats the parser's message as one line.
fn one_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let lines = text.lines().take_while(|line| !line.starts_with("Usage:"));
    let words: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    let message = words.join(" ");
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    let message = message.split(" For more information").next().unwrap_or(message);
    format!("{message}; try `billing-focus --help`")
}

fn command() -> Command {
    let command = Command::new("billing-focus")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Writes the bills of cloud vendors as FOCUS files, the format that cost tools read.")
        .after_help(AFTER_HELP)
        .subcommand_required(true)
        .disable_help_subcommand(true);
    #[cfg(feature = "scaleway")]
    let command = command.subcommand(with_common(scaleway::command(), scaleway::EXAMPLE));
    #[cfg(feature = "fastly")]
    let command = command.subcommand(with_common(fastly::command(), fastly::EXAMPLE));
    #[cfg(feature = "viam")]
    let command = command.subcommand(with_common(viam::command(), viam::EXAMPLE));
    command
}

/// Adds the options that all commands have, and an example.
fn with_common(command: Command, example: &str) -> Command {
    let versions = Version::VALUES.iter().map(|version| version.as_str());
    command
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .value_parser(clap::value_parser!(PathBuf))
                .default_value("-")
                .help("File to write, or - for standard output. A file appears under its name once it is complete"),
        )
        .arg(
            Arg::new("format")
                .long("format")
                .value_name("FORMAT")
                .value_parser(PossibleValuesParser::new(FORMATS))
                .help("Format of the file [default: the extension of FILE if it is one of these, else csv]"),
        )
        .arg(
            Arg::new("focus-version")
                .long("focus-version")
                .value_name("VERSION")
                .value_parser(PossibleValuesParser::new(versions))
                .default_value(Version::default().as_str())
                .help("Version of FOCUS"),
        )
        .arg(
            Arg::new("check")
                .long("check")
                .action(ArgAction::SetTrue)
                .help(
                    "Add up the rows, compare the sums with the invoice, and say on standard error \
                     what differs",
                ),
        )
        .after_help(format!(
            "Example: billing-focus {example}\n\n\
             Exit codes: 0 written, 1 failed, 2 wrong command line, 3 sums differ (--check)"
        ))
}

fn common(matches: &ArgMatches) -> Result<Common, Failure> {
    let output = matches.get_one::<PathBuf>("output").filter(|path| path.as_os_str() != "-");
    let version = matches.get_one::<String>("focus-version").map(|version| version.parse());
    Ok(Common {
        format: format(matches.get_one("format"), output)?,
        version: version.transpose()?.unwrap_or_default(),
        output: output.cloned(),
        check: matches.get_flag("check"),
    })
}

/// Returns the names of all formats, including those that a feature adds.
const FORMATS: [&str; 3] = ["csv", "jsonl", "parquet"];

/// Returns the format of the option, or else of the file extension.
fn format(name: Option<&String>, output: Option<&PathBuf>) -> Result<Format, Failure> {
    let extension = output.and_then(|output| output.extension()?.to_str());
    let extension = extension.map(str::to_ascii_lowercase);
    let name = name.or(extension.as_ref().filter(|name| FORMATS.contains(&name.as_str())));
    match name.map(String::as_str) {
        None => Ok(Format::Csv),
        Some("parquet") if cfg!(not(feature = "parquet")) => Err(Failure::usage(
            "this program was built without Parquet: install it with `cargo install billing-focus \
             --features parquet`, or use --format csv or jsonl",
        )),
        Some(name) => Ok(name.parse()?),
    }
}
