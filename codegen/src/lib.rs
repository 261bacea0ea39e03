//! Writes the vendor crates' `generated` modules from the specs in `codegen/specs`.
//!
//! What a spec may hold, and what it means, is in this crate's `README.md`.

#![allow(clippy::panic, reason = "a defect of the generator itself should stop it")]

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

/// The text of files, by path with slashes.
pub type Files = BTreeMap<String, String>;

/// Writes what follows from one vendor's specs, each given by its name in messages and its text.
///
/// # Errors
///
/// A spec is not understood.
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
                        "`info.version` is `{}`, as in {}: put both in one file, under tags of \
                         their own",
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
