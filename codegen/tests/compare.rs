//! What a vendor's own description says otherwise is told, place by place.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::{fs, path::Path};

use codegen::compare;

fn compared(theirs: &str) -> Vec<String> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compare");
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    fs::create_dir_all(root.join("codegen/specs/acme")).unwrap();
    fs::create_dir_all(root.join("proto/acme/v1")).unwrap();
    fs::copy(fixtures.join("ours.yaml"), root.join("codegen/specs/acme/v1.yaml")).unwrap();
    fs::copy(fixtures.join("ours.proto"), root.join("proto/acme/v1/billing.proto")).unwrap();
    compare(root, &fixtures.join(theirs)).unwrap()
}

#[test]
fn openapi_operation_by_operation_and_field_by_field() {
    assert_eq!(compared("theirs.json"), ["only here: DELETE /v1/nothing",]);
}

#[test]
fn protobuf_message_by_message_and_field_by_field() {
    assert_eq!(compared("theirs.proto"), ["only here",]);
}

#[test]
fn what_has_nothing_in_common_is_an_error() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compare");
    for file in ["theirs.json", "theirs.proto"] {
        let error = compare(root, &fixtures.join(file)).unwrap_err().to_string();
        assert!(error.contains("nothing in common") || error.contains("in common"), "{error}");
    }
    for (file, reason) in [("none.json", "No such file"), ("none.proto", "No such file")] {
        let error = compare(root, &fixtures.join(file)).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}
