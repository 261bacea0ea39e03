//! The dependencies that a user of one crate builds.

use std::{collections::BTreeSet, process::Command};

/// The crates that building `package` needs, including itself.
fn dependencies(package: &str) -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--package", package, "--edges", "normal", "--prefix", "none"])
        .args(["--format", "{p}", "--locked"])
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
