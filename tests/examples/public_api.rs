//! Compares the public items of a package with a snapshot, or writes the snapshot.
//!
//! `.ci/public-api` generates rustdoc's JSON with a nightly toolchain and runs this program for
//! each package: `public_api [--update] <rustdoc JSON> <snapshot> [<spellings>]`. The exit status
//! is 1 if they differ or if a search for one of the spellings finds nothing, and 3 if the library
//! `public-api` does not support the format of the JSON.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool prints to its terminal")]

use std::{collections::BTreeSet, fs, io, process::ExitCode};

use serde_json::Value;

const UNREADABLE: u8 = 3;

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let update = arguments.first().is_some_and(|first| first == "--update");
    if update {
        arguments.remove(0);
    }
    let (json, snapshot, spellings) = match arguments.as_slice() {
        [json, snapshot] => (json, snapshot, None),
        [json, snapshot, spellings] => (json, snapshot, Some(spellings)),
        _ => {
            eprintln!("usage: public_api [--update] <rustdoc JSON> <snapshot> [<spellings>]");
            return ExitCode::from(2);
        }
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
    let found = spellings.map_or(Ok(true), |spellings| search(json, spellings));
    match (compare(&api, snapshot, update), found) {
        (Ok(true), Ok(true)) => ExitCode::SUCCESS,
        (Ok(_), Ok(_)) => ExitCode::FAILURE,
        (Err(error), _) | (_, Err(error)) => {
            eprintln!("public_api: {snapshot}: {error}");
            ExitCode::from(2)
        }
    }
}

/// Returns whether each spelling is the name or an alias of an item.
fn search(json: &str, spellings: &str) -> io::Result<bool> {
    let document: Value = serde_json::from_str(&fs::read_to_string(json)?)?;
    let items = document["index"].as_object().into_iter().flat_map(|index| index.values());
    let mut words = BTreeSet::new();
    let mut attributes = String::new();
    for item in items {
        words.extend(item["name"].as_str());
        collect(&item["attrs"], &mut attributes);
    }
    let mut complete = true;
    for spelling in fs::read_to_string(spellings)?.lines() {
        if !words.contains(spelling) && !attributes.contains(&format!("\"{spelling}\"")) {
            println!("A search for `{spelling}` finds nothing: add a `#[doc(alias)]`");
            complete = false;
        }
    }
    Ok(complete)
}

/// Appends every string in a value, whatever the JSON format's version.
fn collect(value: &Value, strings: &mut String) {
    match value {
        Value::String(string) => {
            strings.push_str(string);
            strings.push('\n');
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, strings)),
        Value::Object(values) => values.values().for_each(|value| collect(value, strings)),
        _ => {}
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
