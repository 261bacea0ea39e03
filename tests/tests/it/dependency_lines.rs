//! The dependencies that a user of one crate builds.

use std::{collections::BTreeSet, process::Command};

/// The crates that building `package` needs, including itself.
fn dependencies(package: &str) -> BTreeSet<String> {
    dependencies_with(package, &[])
}

/// The same with features, as `cargo build` accepts them.
fn dependencies_with(package: &str, features: &[&str]) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", package, "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p}", "--locked"])
        .args(features)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)
        .unwrap()
        .lines()
        .map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .collect()
}

fn names(dependencies: &BTreeSet<String>) -> BTreeSet<&str> {
    dependencies.iter().filter_map(|package| package.split(' ').next()).collect()
}

#[test]
fn http_crates_have_few_dependencies_and_no_grpc() {
    for package in ["scaleway-billing", "fastly-billing"] {
        is_http_only_and_small(package);
    }
}

fn is_http_only_and_small(package: &str) {
    let dependencies = dependencies(package);
    let names = names(&dependencies);
    assert!(names.contains("reqwest"), "{names:?}");
    for foreign in ["tonic", "prost", "openssl-sys", "aws-lc-sys", "axum", "codegen"] {
        assert!(!names.contains(foreign), "{foreign}");
    }
    assert!(dependencies.len() <= 120, "{} crates: {dependencies:#?}", dependencies.len());
}

#[test]
fn viam_billing_has_few_dependencies_and_no_http_client() {
    let dependencies = dependencies("viam-billing");
    let names = names(&dependencies);
    assert!(names.contains("tonic"), "{names:?}");
    for foreign in ["reqwest", "url", "openssl-sys", "aws-lc-sys", "axum", "protox", "codegen"] {
        assert!(!names.contains(foreign), "{foreign}");
    }
    assert!(dependencies.len() <= 89, "{} crates: {dependencies:#?}", dependencies.len());
}

const VENDORS: [&str; 3] = ["fastly-billing", "scaleway-billing", "viam-billing"];

#[test]
fn vendor_crates_do_not_depend_on_focus() {
    for package in VENDORS {
        let dependencies = dependencies_with(package, &["--all-features"]);
        let names = names(&dependencies);
        let foreign = ["billing-focus", "clap", "csv", "indicatif", "parquet"];
        for foreign in foreign.into_iter().chain(VENDORS).filter(|name| *name != package) {
            assert!(!names.contains(foreign), "{package} needs {foreign}");
        }
    }
}

#[test]
fn focus_features_add_only_their_dependencies() {
    const OPTIONAL: [&str; 8] = [
        "clap",
        "fastly-billing",
        "indicatif",
        "parquet",
        "reqwest",
        "scaleway-billing",
        "tonic",
        "viam-billing",
    ];
    let found = |features: &[&str]| {
        let dependencies = dependencies_with("billing-focus", features);
        let names = names(&dependencies);
        assert!(names.contains("csv"), "{names:?}");
        OPTIONAL.into_iter().filter(|name| names.contains(name)).collect::<Vec<_>>()
    };
    let only = |feature| found(&["--no-default-features", "--features", feature]);
    assert_eq!(found(&["--no-default-features"]), [""; 0]);
    assert_eq!(only("scaleway"), ["reqwest", "scaleway-billing"]);
    assert_eq!(only("fastly"), ["fastly-billing", "reqwest"]);
    assert_eq!(only("viam"), ["tonic", "viam-billing"]);
    assert_eq!(only("parquet"), ["parquet"]);
    assert_eq!(only("cli"), ["clap", "indicatif"]);
    let default = OPTIONAL.into_iter().filter(|name| *name != "parquet").collect::<Vec<_>>();
    assert_eq!(found(&[]), default);
    assert_eq!(found(&["--all-features"]), OPTIONAL);
}
