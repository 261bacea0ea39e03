//! Writes bills of Scaleway, Fastly and Viam as FOCUS files: `billing-focus --help`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program talks to its terminal"
)]
#![cfg_attr(
    not(any(feature = "scaleway", feature = "fastly", feature = "viam")),
    allow(dead_code, unused_imports, reason = "without a vendor there is nothing to export")
)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    let status = cli::run(std::env::args_os());
    ExitCode::from(status)
}
