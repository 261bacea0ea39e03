//! `cargo codegen`: writes the vendor crates' `generated` modules from the specs.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a command-line tool")]

use std::{path::Path, process::ExitCode};

use codegen::{Failure, differences, vendors, write};

const USAGE: &str = "\
Usage: cargo codegen [--check]

Writes crates/<vendor>-billing/src/generated from codegen/specs/<vendor>/*.yaml.

  --check  change nothing; print what differs, and fail if anything does
  --help   print this
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => generate(),
        ["--check"] => check(),
        ["--help" | "-h"] => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        _ => {
            eprint!("error: unexpected arguments: {}\n\n{USAGE}", arguments.join(" "));
            return ExitCode::from(2);
        }
    };
    outcome.unwrap_or_else(|failure| {
        eprintln!("error: {failure}");
        ExitCode::FAILURE
    })
}

/// The workspace that this generator was built in.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

fn generate() -> Result<ExitCode, Failure> {
    // All specs are read before any file is written.
    let vendors = vendors(root())?;
    let files: Vec<_> = vendors.iter().map(|vendor| vendor.generate()).collect::<Result<_, _>>()?;
    for (vendor, files) in vendors.iter().zip(files) {
        let changed = write(&vendor.folder, &files)?;
        println!("{}: {} files, {changed} changed", vendor.folder.display(), files.len());
    }
    Ok(ExitCode::SUCCESS)
}

fn check() -> Result<ExitCode, Failure> {
    let mut drift = Vec::new();
    for vendor in vendors(root())? {
        drift.extend(differences(&vendor.folder, &vendor.generate()?)?);
    }
    if drift.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    for difference in drift {
        println!("{difference}");
    }
    eprintln!("error: the generated files differ from the specs: run `cargo codegen`");
    Ok(ExitCode::FAILURE)
}
