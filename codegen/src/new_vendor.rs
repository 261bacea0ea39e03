//! `cargo codegen new-vendor`: the files of a new vendor, up to the first `cargo codegen`.

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

/// Lays out the crate and the spec of the vendor `name` below `root`, and returns what was written.
/// A file of the crate and specs that are there already stay as they are.
///
/// # Errors
///
/// The name cannot be that of a crate, its sources are there already, or a file cannot be written.
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
        let reason = "is there already: choose another name, or remove it";
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
