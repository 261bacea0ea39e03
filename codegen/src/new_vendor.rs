//! `cargo codegen new-vendor`: the files of a new vendor, up to the first `cargo codegen`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{Failure, files, names};

/// The files, by path below the workspace's root.
const FILES: &[(&str, &str)] = &[
    ("crates/@name@-billing/Cargo.toml", include_str!("../templates/Cargo.toml.in")),
    ("crates/@name@-billing/README.md", include_str!("../templates/README.md.in")),
    ("crates/@name@-billing/src/lib.rs", include_str!("../templates/lib.rs.in")),
    ("crates/@name@-billing/src/client.rs", include_str!("../templates/client.rs.in")),
    ("codegen/specs/@name@/billing.v1.yaml", include_str!("../templates/spec.yaml.in")),
];
const LICENCES: &[&str] = &["LICENSE-APACHE", "LICENSE-MIT"];

/// Lays out the crate and the spec of the vendor `name` below `root`, and returns what was written.
///
/// # Errors
///
/// The name cannot be that of a crate, something of it is there already, or a file cannot be
/// written.
pub fn new_vendor(root: &Path, name: &str) -> Result<Vec<PathBuf>, Failure> {
    files::check_name(name).map_err(Failure::Layout)?;
    let fill = |text: &str| {
        text.replace("@name@", name)
            .replace("@ident@", &names::snake(name))
            .replace("@Name@", &names::pascal(name))
            .replace("@NAME@", &names::snake(name).to_uppercase())
    };
    let mut texts = Vec::new();
    for (path, text) in FILES {
        texts.push((root.join(fill(path)), fill(text)));
    }
    for licence in LICENCES {
        let text = files::read(&root.join(licence))?;
        texts.push((root.join(format!("crates/{name}-billing/{licence}")), text));
    }
    if let Some((path, _)) = texts.iter().find(|(path, _)| path.exists()) {
        let reason = "is there already: choose another name, or remove it";
        return Err(Failure::Layout(format!("{} {reason}", path.display())));
    }
    for (path, text) in &texts {
        path.parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(path, text))
            .map_err(|error| Failure::Io(path.clone(), error))?;
    }
    Ok(texts.into_iter().map(|(path, _)| path).collect())
}
