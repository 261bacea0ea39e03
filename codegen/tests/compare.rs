//! Differences from a vendor's own description are reported for each place.

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
    let other = "syntax = \"proto3\"; package other.v1; message Other { string id = 1; }";
    fs::write(root.join("proto/other.proto"), other).unwrap();
    fs::copy(fixtures.join("ours.proto"), root.join("proto/acme/v1/billing.proto")).unwrap();
    compare(root, &fixtures.join(theirs), None).unwrap()
}

#[test]
fn openapi_is_compared_by_operation_and_field() {
    assert_eq!(
        compared("theirs.json"),
        [
            "differs: GET /v1/invoices: query page: 64-bit integer there, 32-bit integer here",
            "missing here: GET /v1/invoices: query per_page (integer)",
            "differs: GET /v1/invoices: query state: optional there, required here",
            "missing here: GET /v1/invoices: query state: the value `paid`",
            "only here: GET /v1/invoices: query state: the value `void`",
            "missing here: GET /v1/invoices: response.as text/csv",
            "only here: GET /v1/invoices: response.invoices[].gone (boolean)",
            "differs: GET /v1/invoices: response.invoices[].id: integer there, string here",
            "missing here: GET /v1/invoices: response.invoices[].lines (array)",
            "differs: GET /v1/invoices: response.invoices[].made: string of format date-time there, string here",
            "missing here: GET /v1/invoices: response.invoices[].state: the value `paid`",
            "only here: GET /v1/invoices: response.invoices[].state: the value `void`",
            "missing here: GET /v1/invoices/{}",
            "differs: POST /v1/notes: body.due: required there, optional here",
            "missing here: POST /v1/notes: body.tags (array)",
        ]
    );
}

#[test]
fn protobuf_is_compared_by_message_and_field() {
    assert_eq!(
        compared("theirs.proto"),
        [
            "missing here: enum acme.v1.State: the value `STATE_PAID = 2`",
            "missing here: message acme.v1.Invoice: account (string = 10 of oneof payer)",
            "differs: message acme.v1.Invoice: amount: int64 = 2 there, double = 2 here",
            "only here: message acme.v1.Invoice: gone (string = 9)",
            "missing here: message acme.v1.Invoice: labels (repeated .acme.v1.Invoice.LabelsEntry = 7)",
            "missing here: message acme.v1.Invoice: memo (optional string = 6)",
            "differs: message acme.v1.Invoice: notes: repeated string = 5 there, repeated string = 3 here",
            "missing here: message acme.v1.Invoice: user (string = 8 of oneof payer)",
            "missing here: message acme.v1.Invoice.LabelsEntry",
            "missing here: message acme.v1.PayInvoiceRequest",
            "differs: service acme.v1.Billing: GetInvoice: .acme.v1.GetInvoiceRequest to stream \
             .acme.v1.Invoice there, .acme.v1.GetInvoiceRequest to .acme.v1.Invoice here",
            "missing here: service acme.v1.Billing: PayInvoice (.acme.v1.PayInvoiceRequest to \
             .acme.v1.Invoice)",
        ]
    );
}

#[test]
fn own_descriptions_do_not_differ() {
    for file in ["ours.yaml", "ours.proto"] {
        assert_eq!(compared(file), Vec::<String>::new(), "{file}");
    }
}

#[test]
fn files_with_nothing_in_common_are_an_error() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compare");
    for file in ["theirs.json", "theirs.proto"] {
        let error = compare(root, &fixtures.join(file), None).unwrap_err().to_string();
        assert!(error.contains("nothing in common") || error.contains("in common"), "{error}");
    }
    for (file, reason) in [("none.json", "No such file"), ("none.proto", "No such file")] {
        let error = compare(root, &fixtures.join(file), None).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

/// A description with one route below the path of a server, as JSON.
fn described(servers: &str, parameter: &str) -> String {
    format!(
        r#"{{"openapi":"3.1.0","servers":[{servers}],"paths":{{"/invoices/{{id}}":{{"get":{{
        "parameters":[{{"name":"id","in":"path","required":true,"schema":{{"type":"{parameter}"}}}}],
        "responses":{{"204":{{}}}}}}}}}}}}"#
    )
}

#[test]
fn each_server_is_tried_and_path_parameters_are_compared() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    for (vendor, kind) in [("acme", "string"), ("other", "boolean")] {
        let folder = root.join("codegen/specs").join(vendor);
        fs::create_dir_all(&folder).unwrap();
        let ours = described("", kind).replace("/invoices/{id}", "/v1/invoices/{id}");
        fs::write(folder.join("v1.yaml"), ours).unwrap();
    }
    let theirs = root.join("theirs.json");
    let text = |servers: &str| {
        let text = described(servers, "integer").replace("{id}", "{number}");
        text.replace("\"id\"", "\"number\"")
    };
    let differs = "differs: GET /v1/invoices/{}: path parameter 1: integer there, string here";
    let v1 = r#"{"url":"https://api.example.com/v1"}"#;
    let sandbox = r#"{"url":"https://sandbox.example.com"}"#;
    for servers in [format!("{v1},{sandbox}"), format!("{sandbox},{v1}"), v1.to_owned()] {
        fs::write(&theirs, text(&servers)).unwrap();
        assert_eq!(compare(root, &theirs, Some("acme")).unwrap(), [differs], "{servers}");
    }
    let other = compare(root, &theirs, Some("other")).unwrap();
    assert_eq!(other, [differs.replace("string", "boolean")]);
    for (vendor, reason) in [("nope", "nope does not exist"), ("../x", "is not the name")] {
        let error = compare(root, &theirs, Some(vendor)).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn malformed_proto_file_is_reported_with_its_line() {
    let place = tempfile::tempdir().unwrap();
    let file = place.path().join("bad.proto");
    fs::write(&file, "syntax = \"proto3\";\nmessage M {\n  int33 x = 1;\n}\n").unwrap();
    let error = compare(place.path(), &file, None).unwrap_err().to_string();
    assert!(error.contains("/bad.proto:3:3: "), "{error}");
    let error = compare(place.path(), &file, Some("acme")).unwrap_err().to_string();
    assert!(error.contains("omit the vendor"), "{error}");
}
