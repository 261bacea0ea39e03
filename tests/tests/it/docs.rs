//! The documentation of the vendor crates.

use std::{fs, path::Path};

/// Calls `check` with each line of documentation below a folder: whether it is shown code, and its
/// text.
fn documentation(folder: &Path, check: &mut dyn FnMut(&Path, bool, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            documentation(&path, check);
            continue;
        }
        let mut in_code = false;
        for line in fs::read_to_string(&path).unwrap().lines().map(str::trim_start) {
            let Some(text) = line.strip_prefix("///").or_else(|| line.strip_prefix("//!")) else {
                in_code = false;
                continue;
            };
            let text = text.trim_start();
            if text.starts_with("```") {
                in_code = !in_code;
            } else {
                check(&path, in_code && !(text == "#" || text.starts_with("# ")), text);
            }
        }
    }
}

#[test]
fn examples_do_not_name_the_core() {
    let mut found = Vec::new();
    let mut code = 0;
    for package in ["sdk-core", "scaleway-billing", "fastly-billing", "viam-billing"] {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
        documentation(&crates.join(package).join("src"), &mut |path, shown, text| {
            code += usize::from(shown);
            // The macros are for vendor crates.
            if shown && text.contains("sdk_core::") && !text.contains("_enum! {") {
                found.push(format!("{}: {text}", path.display()));
            }
        });
    }
    assert!(code > 500, "the examples were not read: {code} lines");
    assert!(found.is_empty(), "{found:#?}");
}
