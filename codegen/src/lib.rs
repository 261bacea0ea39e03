//! Writes the vendor crates' `generated` modules from the specs in `codegen/specs`.
//!
//! The format of a spec is documented in this crate's `README.md`.

#![allow(clippy::panic, reason = "a defect of the generator itself stops it")]

mod compare;
mod crate_root;
mod emit;
mod files;
mod lower;
mod markdown;
mod model;
mod names;
mod new_vendor;
pub mod proto;
mod spec;

use std::collections::BTreeMap;

pub use compare::compare;
pub use crate_root::CrateRoot;
pub use files::{Failure, Vendor, differences, folders, vendors, write};
pub use new_vendor::new_vendor;
pub use spec::Refusal;

/// The contents of files, by path with slashes.
pub type Files = BTreeMap<String, String>;

/// Generates the files for one vendor from its specs. Each spec is a pair of the name for messages
/// and the contents.
///
/// # Errors
///
/// Fails if a spec is invalid or not supported.
pub fn generate(
    vendor: &str,
    specs: &[(String, String)],
    crate_root: &CrateRoot,
) -> Result<Files, Refusal> {
    let mut versions: Vec<model::Version> = Vec::new();
    let mut wrong = Refusal::default();
    for (file, text) in specs {
        wrong.note(lower::version(file, text, crate_root).and_then(|version| {
            match versions.iter().find(|other| other.name == version.name) {
                Some(other) => {
                    let reason = format!(
                        "`info.version` is `{}`, as in {}: put both in one file, under separate tags",
                        version.name, other.file
                    );
                    Err(Refusal::of_file(file, 1, reason))
                }
                None => {
                    versions.push(version);
                    Ok(())
                }
            }
        }));
    }
    wrong.check().map(|()| emit::vendor(vendor, &versions))
}
