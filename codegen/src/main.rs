//! `cargo codegen`: writes the vendor crates' `generated` modules from the specs and the `.proto`
//! files.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "this is a command-line tool")]

use std::{path::Path, process::ExitCode};

use codegen::{Failure, compare, differences, folders, new_vendor, write};

const USAGE: &str = "\
Usage: cargo codegen [--check]
       cargo codegen new-vendor <name>
       cargo codegen compare <file> [<vendor>]

Writes crates/<vendor>-billing/src/generated from codegen/specs/<vendor>/*.yaml,
and for Viam from proto/**/*.proto.

  --check     change nothing; print what differs, and fail if anything does
  new-vendor  create the crate and the spec of a new vendor; existing files are kept
  compare     print how a vendor's own OpenAPI or .proto file differs from our
              descriptions, and fail if anything differs; an OpenAPI file is compared
              with the specs of all vendors, or of the given one
  --help      print this
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let outcome = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => generate(),
        ["--check"] => check(),
        ["new-vendor", name] => lay_out(name),
        ["compare", file] => compare_with(Path::new(file), None),
        ["compare", file, vendor] => compare_with(Path::new(file), Some(vendor)),
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

/// The workspace in which this generator was built.
fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here)
}

fn generate() -> Result<ExitCode, Failure> {
    for (folder, files) in folders(root())? {
        let changed = write(&folder, &files)?;
        println!("{}: {} files, {changed} changed", folder.display(), files.len());
    }
    Ok(ExitCode::SUCCESS)
}

fn lay_out(name: &str) -> Result<ExitCode, Failure> {
    for path in new_vendor(root(), name)? {
        println!("{}", path.display());
    }
    println!("Next: describe the API in codegen/specs/{name}, and run `cargo codegen`.");
    Ok(ExitCode::SUCCESS)
}

fn compare_with(file: &Path, vendor: Option<&str>) -> Result<ExitCode, Failure> {
    let differences = compare(root(), file, vendor)?;
    for difference in &differences {
        println!("{difference}");
    }
    if differences.is_empty() {
        println!("no differences");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::FAILURE)
}

fn check() -> Result<ExitCode, Failure> {
    let mut drift = Vec::new();
    for (folder, files) in folders(root())? {
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
