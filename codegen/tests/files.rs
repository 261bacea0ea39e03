//! The generator owns its folder, and reports problems with it.

use std::{fs, process::Command};

use codegen::{Files, differences, write};

#[test]
fn folder_contains_exactly_the_generated_files() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("src/generated");
    let files = Files::from([
        ("mod.rs".to_owned(), "1".to_owned()),
        ("v1/mod.rs".to_owned(), "2".to_owned()),
        ("v1/models.rs".to_owned(), "3".to_owned()),
    ]);
    assert_eq!(write(&folder, &files).unwrap(), 3);
    assert_eq!(write(&folder, &files).unwrap(), 0);
    assert!(differences(&folder, &files).unwrap().is_empty());

    fs::write(folder.join("mod.rs"), "changed").unwrap();
    fs::remove_file(folder.join("v1/models.rs")).unwrap();
    fs::create_dir_all(folder.join("v0")).unwrap();
    fs::write(folder.join("v0/old.rs"), "").unwrap();
    fs::write(folder.join("v1/old.txt"), "").unwrap();
    let found = differences(&folder, &files).unwrap();
    let expected =
        ["different: mod.rs", "missing: v1/models.rs", "stale: v0/old.rs", "stale: v1/old.txt"];
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for (found, expected) in found.iter().zip(expected) {
        let (what, path) = expected.split_once(": ").unwrap();
        assert_eq!(*found, format!("{what}: {}", folder.join(path).display()));
    }

    assert_eq!(write(&folder, &files).unwrap(), 4);
    assert!(differences(&folder, &files).unwrap().is_empty());
    assert!(!folder.join("v0").exists());
}

#[test]
fn command_prints_its_usage() {
    let run = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_codegen")).args(arguments).output().unwrap();
        let texts = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(texts).unwrap())
    };
    for arguments in [&["--chek"][..], &["--check", "scaleway"], &["scaleway"]] {
        let (code, text) = run(arguments);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(&arguments.join(" ")) && text.contains("Usage: cargo codegen"));
    }
    let (code, text) = run(&["--help"]);
    assert_eq!(code, Some(0));
    assert!(text.starts_with("Usage: cargo codegen"));
    assert_eq!(run(&["--check"]), (Some(0), String::new()));
    let spec = concat!(env!("CARGO_MANIFEST_DIR"), "/specs/scaleway/billing.v2.yaml");
    assert_eq!(run(&["compare", spec]).0, Some(0));
    let other = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compare/theirs.json");
    let (code, text) = run(&["compare", other]);
    assert!(code == Some(1) && text.contains("in common"), "{text}");
    let (code, text) = run(&["new-vendor", "scaleway"]);
    assert!(code == Some(1) && text.contains("already exists"), "{text}");
}

#[test]
fn specs_need_a_vendor_with_a_crate() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    assert!(codegen::vendors(root).unwrap().is_empty());
    let failure = || codegen::vendors(root).unwrap_err().to_string();
    fs::create_dir_all(root.join("codegen/specs/x-y")).unwrap();
    fs::write(root.join("codegen/specs/x-y/a.yaml"), "").unwrap();
    assert!(failure().contains("run `cargo codegen new-vendor x-y`"), "{}", failure());

    let source = root.join("crates/x-y-billing/src");
    fs::create_dir_all(&source).unwrap();
    fs::write(source.join("lib.rs"), "mod client;").unwrap();
    fs::write(source.join("client.rs"), "impl Client {").unwrap();
    assert!(failure().contains("x-y-billing"), "{}", failure());
    fs::write(source.join("client.rs"), "impl Client {}").unwrap();
    let vendors = codegen::vendors(root).unwrap();
    assert_eq!(vendors[0].folder, source.join("generated"));
    let refusal = vendors[0].generate().unwrap_err().to_string();
    assert!(refusal.starts_with("specs/x-y/a.yaml:1: "), "{refusal}");

    fs::write(root.join("codegen/specs/x-y/b.yml"), "").unwrap();
    assert!(failure().contains("b.yml is not read"), "{}", failure());
    fs::remove_file(root.join("codegen/specs/x-y/b.yml")).unwrap();
    for name in ["x y", "X", "x--y", "x-"] {
        let place = root.join("codegen/specs").join(name);
        fs::create_dir(&place).unwrap();
        let reason = format!("`{name}` is not the name of a vendor");
        assert!(failure().contains(&reason), "{}", failure());
        fs::remove_dir(place).unwrap();
    }
    // Files that editors and file managers create are ignored.
    for name in [".DS_Store", "notes.md", "x-y/.DS_Store", "x-y/notes.md", "x-y/._a.yaml"] {
        fs::write(root.join("codegen/specs").join(name), "\0").unwrap();
    }
    assert_eq!(codegen::vendors(root).unwrap().len(), 1);
    let again = codegen::vendors(root).unwrap()[0].generate().unwrap_err().to_string();
    assert_eq!(again, refusal);
}

#[test]
fn proto_files_need_a_vendor_with_a_crate_and_without_specs() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    fs::create_dir_all(root.join("proto")).unwrap();
    for vendor in ["fastly", "viam"] {
        let source = root.join(format!("crates/{vendor}-billing/src"));
        fs::create_dir_all(&source).unwrap();
        fs::write(source.join("lib.rs"), "").unwrap();
    }
    fs::create_dir_all(root.join("codegen/specs/fastly")).unwrap();
    let folders = |vendor: &str| {
        let text = format!(
            "syntax = \"proto3\";\npackage a.v1;\nimport \"codegen/options.proto\";\n\
             option (codegen.file) = {{ vendor: \"{vendor}\" }};\n"
        );
        fs::write(root.join("proto/a.proto"), text).unwrap();
        codegen::folders(root)
    };
    for (vendor, reason) in [
        ("fastly", "`fastly` also has specs"),
        ("viamm", "crates/viamm-billing/src does not exist"),
        ("../../../tmp/zz", "`../../../tmp/zz` is not the name of a vendor"),
    ] {
        let refusal = folders(vendor).unwrap_err().to_string();
        assert!(refusal.starts_with("proto/a.proto:4: `a.proto` has a wrong"), "{refusal}");
        assert!(refusal.contains(reason), "{refusal}");
    }
    let generated = root.join("crates/viam-billing/src/generated");
    assert!(folders("viam").unwrap().iter().any(|(folder, _)| *folder == generated));
}
