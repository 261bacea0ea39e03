//! Writes bills of Scaleway, Fastly and Viam as FOCUS files: `billing-focus --help`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program talks to its terminal"
)]

#[cfg(any(feature = "scaleway", feature = "fastly", feature = "viam"))]
mod cli;

use std::process::ExitCode;

#[cfg(any(feature = "scaleway", feature = "fastly", feature = "viam"))]
fn main() -> ExitCode {
    let status = cli::run(std::env::args_os());
    ExitCode::from(status)
}

#[cfg(not(any(feature = "scaleway", feature = "fastly", feature = "viam")))]
fn main() -> ExitCode {
    eprintln!(
        "billing-focus: this program was built without a vendor: enable one of the features \
         `scaleway`, `fastly` and `viam`"
    );
    ExitCode::from(2)
}
