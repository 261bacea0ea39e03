//! `cargo codegen new-vendor`: creates the files of a new vendor, before the first `cargo codegen`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Failure, files, names};

/// The files of the crate, by path below the workspace's root.
const FILES: &[(&str, &str)] = &[
    ("crates/@name@-billing/Cargo.toml", include_str!("../templates/Cargo.toml.in")),
    ("crates/@name@-billing/README.md", include_str!("../templates/README.md.in")),
    ("crates/@name@-billing/src/lib.rs", include_str!("../templates/lib.rs.in")),
    ("crates/@name@-billing/src/client.rs", include_str!("../templates/client.rs.in")),
];
const SPEC: &str = include_str!("../templates/spec.yaml.in");
const LICENCES: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT"];

/// Creates the crate and the spec of the vendor `name` below `root`, and returns the written files.
/// Existing specs and files of the crate are kept.
///
/// # Errors
///
/// Fails if the name is not a valid crate name, if its sources already exist, or if a file cannot
/// be written.
pub fn new_vendor(root: &Path, name: &str) -> Result<Vec<PathBuf>, Failure> {
    files::check_name(name).map_err(Failure::Layout)?;
    let fill = |text: &str| {
        text.replace("@name@", name)
            .replace("@ident@", &names::snake(name))
            .replace("@Name@", &names::pascal(name))
            .replace("@NAME@", &names::snake(name).to_uppercase())
    };
    let source = root.join(format!("crates/{name}-billing/src"));
    if source.exists() {
        let reason = "already exists: choose another name, or remove it";
        return Err(Failure::Layout(format!("{} {reason}", source.display())));
    }
    let mut texts = Vec::new();
    for (path, text) in FILES {
        texts.push((root.join(fill(path)), fill(text)));
    }
    for licence in LICENCES {
        let text = files::read(&root.join(licence))?;
        texts.push((root.join(format!("crates/{name}-billing/{licence}")), text));
    }
    let specs = root.join("codegen/specs").join(name);
    if files::list(&specs)?.is_empty() {
        texts.push((specs.join("billing.v1.yaml"), fill(SPEC)));
    }
    texts.retain(|(path, _)| !path.exists());
    for (path, text) in &texts {
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(path, text))
            .map_err(|error| Failure::Io(path.clone(), error))?;
    }
    Ok(texts.into_iter().map(|(path, _)| path).collect())
}
