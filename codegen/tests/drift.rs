//! The checked-in files match the specs.

use std::{fs, path::Path};

use codegen::{CrateRoot, differences, generate, proto, vendors, write};

#[test]
fn generated_files_match_the_specs() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let vendors = vendors(root).unwrap();
    assert!(!vendors.is_empty());
    for vendor in vendors {
        let files = vendor.generate().unwrap_or_else(|refusal| panic!("{refusal}"));
        let drift = differences(&vendor.folder, &files).unwrap();
        let advice = "run `cargo codegen`: the generated files differ from the specs";
        assert!(drift.is_empty(), "{advice}\n{}", drift.join("\n"));
    }
}

/// Another test compiles the checked-in files, and would fail while they are being rewritten.
#[test]
fn golden_files_match_the_nasty_specs() {
    for name in ["forms", "keywords", "prose", "shapes", "vendor"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        let text = fs::read_to_string(folder.join("spec.yaml")).unwrap();
        let specs = [(format!("tests/golden/{name}/spec.yaml"), text)];
        let source =
            if name == "forms" { include_str!("forms.rs") } else { include_str!("golden.rs") };
        let hand = CrateRoot::read(source, []).unwrap();
        let files = generate("golden", &specs, &hand).unwrap_or_else(|refusal| panic!("{refusal}"));
        assert_eq!(files, generate("golden", &specs, &hand).unwrap(), "two runs differ");
        let folder = folder.join("generated");
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            write(&folder, &files).unwrap();
        }
        let drift = differences(&folder, &files).unwrap();
        let advice = "run `UPDATE_GOLDEN=1 cargo test -p codegen --test drift` and read the change";
        assert!(drift.is_empty(), "{advice}\n{}", drift.join("\n"));
    }
}

#[test]
fn golden_files_match_the_messages() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/messages");
    let vendors = proto::generate(&folder.join("proto"));
    let vendors = vendors.unwrap_or_else(|refusals| panic!("{refusals}"));
    assert_eq!(vendors.keys().collect::<Vec<_>>(), ["golden"]);
    let files = &vendors["golden"];
    let folder = folder.join("generated");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        write(&folder, files).unwrap();
    }
    let drift = differences(&folder, files).unwrap();
    let advice = "run `UPDATE_GOLDEN=1 cargo test -p codegen --test drift` and read the change";
    assert!(drift.is_empty(), "{advice}\n{}", drift.join("\n"));
}
