//! Writes the vendor crates' `generated` modules from the specs in `codegen/specs`.
//!
//! What a spec may hold, and what it means, is in this crate's `README.md`.

#![allow(clippy::panic, reason = "a defect of the generator itself should stop it")]

mod emit;
mod files;
mod lower;
mod markdown;
mod model;
mod names;
pub mod proto;
mod spec;

use std::collections::BTreeMap;

pub use files::{Failure, Vendor, differences, vendors, write};
pub use spec::Refusal;

/// The text of files, by path with slashes.
pub type Files = BTreeMap<String, String>;

/// Writes what follows from one vendor's specs, each given by its name in messages and its text.
///
/// # Errors
///
/// A spec is not understood.
pub fn generate(vendor: &str, specs: &[(String, String)]) -> Result<Files, Refusal> {
    let mut versions: Vec<model::Version> = Vec::new();
    for (file, text) in specs {
        let version = lower::version(file, text)?;
        if let Some(other) = versions.iter().find(|other| other.name == version.name) {
            let reason = format!(
                "`info.version` is `{}`, as in {}: put both in one file, under tags of their own",
                version.name, other.file
            );
            return Err(Refusal::of_file(file, reason));
        }
        versions.push(version);
    }
    Ok(emit::vendor(vendor, &versions))
}
