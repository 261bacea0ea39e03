//! `cargo codegen`: writes the vendor crates' `generated` modules from the specs and the `.proto`
//! files.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a command-line tool")]

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use codegen::{Failure, Files, differences, proto, vendors, write};

const USAGE: &str = "\
Usage: cargo codegen [--check]

Writes crates/<vendor>-billing/src/generated from codegen/specs/<vendor>/*.yaml,
and for Viam from proto/**/*.proto.

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

/// Every generated folder, and what it should hold. All specs are read before anything is done.
fn folders() -> Result<Vec<(PathBuf, Files)>, Failure> {
    let mut folders = Vec::new();
    for vendor in vendors(root())? {
        let files = vendor.generate()?;
        folders.push((vendor.folder, files));
    }
    for (vendor, files) in proto::generate(&root().join("proto")).map_err(Failure::Proto)? {
        folders.push((root().join(format!("crates/{vendor}-billing/src/generated")), files));
    }
    Ok(folders)
}

fn generate() -> Result<ExitCode, Failure> {
    for (folder, files) in folders()? {
        let changed = write(&folder, &files)?;
        println!("{}: {} files, {changed} changed", folder.display(), files.len());
    }
    Ok(ExitCode::SUCCESS)
}

fn check() -> Result<ExitCode, Failure> {
    let mut drift = Vec::new();
    for (folder, files) in folders()? {
        drift.extend(differences(&folder, &files)?);
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
