//! The output of `cargo codegen new-vendor` generates, compiles and works.

#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::{fs, path::Path};

use codegen::{Files, differences, new_vendor, vendors, write};
pub use sdk_core::{Error, Pager, Response, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

/// The client of the new vendor.
#[path = "golden/acme/client.rs"]
mod client;
/// The code generated from the spec of the new vendor.
#[path = "golden/acme/generated/mod.rs"]
#[allow(dead_code, unused_imports, reason = "not everything is called here")]
#[rustfmt::skip]
pub mod generated;

pub use client::{Client, ClientBuilder};

#[test]
fn new_vendor_is_created_and_generated() {
    let place = tempfile::tempdir().unwrap();
    let root = place.path();
    for licence in ["LICENSE-APACHE", "LICENSE-MIT"] {
        fs::write(root.join(licence), licence).unwrap();
    }
    let written = new_vendor(root, "acme").unwrap();
    assert!(written.iter().all(|path| path.is_file()));
    let vendor = vendors(root).unwrap().pop().unwrap();
    write(&vendor.folder, &vendor.generate().unwrap()).unwrap();
    let source = root.join("crates/acme-billing/src");
    let mut files = Files::new();
    let mut open = vec![source.clone()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(&source).unwrap().to_str().unwrap().to_owned();
                files.insert(name, fs::read_to_string(path).unwrap());
            }
        }
    }
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/acme");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        write(&golden, &files).unwrap();
    }
    let drift = differences(&golden, &files).unwrap();
    let advice = "run `UPDATE_GOLDEN=1 cargo test -p codegen --test new_vendor`";
    assert!(drift.is_empty(), "{advice}\n{}", drift.join("\n"));

    let again = new_vendor(root, "acme").unwrap_err().to_string();
    assert!(again.contains("already exists"), "{again}");
    // Missing files are created again, and the spec is kept.
    let spec = root.join("codegen/specs/acme/billing.v1.yaml");
    let manifest = root.join("crates/acme-billing/Cargo.toml");
    fs::rename(&spec, spec.with_file_name("invoices.v1.yaml")).unwrap();
    fs::write(&manifest, "kept").unwrap();
    fs::remove_dir_all(&source).unwrap();
    let advice = vendors(root).unwrap_err().to_string();
    assert!(advice.contains("run `cargo codegen new-vendor acme`"), "{advice}");
    let written = new_vendor(root, "acme").unwrap();
    assert_eq!(written, [source.join("lib.rs"), source.join("client.rs")]);
    assert_eq!(fs::read_to_string(&manifest).unwrap(), "kept");
    assert!(!spec.exists());
    let vendor = vendors(root).unwrap().pop().unwrap();
    vendor.generate().unwrap();

    let bad = new_vendor(root, "../x").unwrap_err().to_string();
    assert!(bad.contains("`../x` is not the name of a vendor"), "{bad}");
}

#[tokio::test]
async fn new_client_paginates_with_a_bearer_token() {
    use generated::v1::{InvoiceStatus, InvoicesApi, ListInvoicesRequest};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let mut asked = Vec::new();
        for body in [
            r#"{"invoices":[{"id":"1","amount":1.10,"status":"paid"}],"meta":{"total":2}}"#,
            r#"{"invoices":[{"id":"2","status":"open"}],"meta":{"total":2}}"#,
            // The page before it is full, so the end of the list does not depend on the total.
            r#"{"invoices":[],"meta":{"total":2}}"#,
        ] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            let request = String::from_utf8(request).unwrap();
            assert!(request.contains("\r\nauthorization: Bearer example-token\r\n"), "{request}");
            asked.push(request.lines().next().unwrap().to_owned());
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                 connection: close\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        asked
    });
    let client = Client::builder().api_token("example-token").api_url(url).build().unwrap();
    let invoices = InvoicesApi::new(&client);
    let all = invoices.list_invoices_all(ListInvoicesRequest::new().per_page(1));
    let all = all.try_collect().await.unwrap();
    assert_eq!(all[0].amount.unwrap().to_string(), "1.10");
    assert_eq!((&*all[1].id, &all[1].status), ("2", &InvoiceStatus::Open));
    assert_eq!(
        server.await.unwrap(),
        [
            "GET /v1/invoices?page=1&per_page=1 HTTP/1.1",
            "GET /v1/invoices?page=2&per_page=1 HTTP/1.1",
            "GET /v1/invoices?page=3&per_page=1 HTTP/1.1"
        ]
    );
}
