//! Compares the public items of a package with a snapshot, or writes the snapshot.
//!
//! `.ci/public-api` generates rustdoc's JSON with a nightly toolchain and runs this program for
//! each package: `public_api [--update] <rustdoc JSON> <snapshot>`. The exit status is 1 if they
//! differ, and 3 if the library `public-api` does not support the format of the JSON.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool prints to its terminal")]

use std::{collections::BTreeSet, fs, io, process::ExitCode};

const UNREADABLE: u8 = 3;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let update = arguments.first().is_some_and(|first| first == "--update");
    if update {
        arguments.remove(0);
    }
    let [json, snapshot] = arguments.as_slice() else {
        eprintln!("usage: public_api [--update] <rustdoc JSON> <snapshot>");
        return ExitCode::from(2);
    };
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .build();
    let api = match api {
        Ok(api) => format!("{api}"),
        Err(error) => {
            eprintln!("public_api: {json}: {error}");
            return ExitCode::from(UNREADABLE);
        }
    };
    match compare(&api, snapshot, update) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("public_api: {snapshot}: {error}");
            ExitCode::from(2)
        }
    }
}

/// Returns whether the snapshot matches. If `update` is set, writes it first.
fn compare(api: &str, snapshot: &str, update: bool) -> io::Result<bool> {
    if update {
        fs::write(snapshot, api)?;
        return Ok(true);
    }
    let known = fs::read_to_string(snapshot)?;
    if known == api {
        return Ok(true);
    }
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) =
        (known.lines().collect(), api.lines().collect());
    for line in old.difference(&new) {
        println!("- {line}");
    }
    for line in new.difference(&old) {
        println!("+ {line}");
    }
    println!(
        "The public API differs from {snapshot}. If this is intended: UPDATE_API=1 .ci/public-api"
    );
    Ok(false)
}
