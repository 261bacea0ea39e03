//! Downloads over HTTP: which responses count as the requested file, and how it is written to disk.

use std::{
    fs,
    io::{Read as _, Write as _},
    time::Duration,
};

use billing_tests::{
    Reply, ScriptedServer,
    fastly::{CUSTOMER, client, fixture, sent},
    json,
    wire::{self, ORGANIZATION},
};
use fastly_billing::{
    CallOptions, ErrorKind, FileFormat,
    v2::{BillingApi, GetInvoiceByIdRequest},
    v3,
};
use flate2::{Compression, write::GzEncoder};
use scaleway_billing::v2beta1::{self, DownloadInvoiceRequest, ExportInvoicesRequest};

const PDF: &str = "%PDF-1.7\n%%EOF\n";
const CSV: &str = "number,total\n4711,122.40\n";

fn request() -> GetInvoiceByIdRequest {
    GetInvoiceByIdRequest::new(CUSTOMER, 4_100_001)
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

#[tokio::test]
async fn download_must_have_the_requested_type() {
    const PAGE: &str = "<!DOCTYPE html><title>Sign in</title>";
    use FileFormat::{Csv, Pdf};

    for (format, status, headers, body, fits) in [
        (Pdf, "200 OK", &["content-type: application/pdf"][..], PDF, true),
        (Pdf, "200 OK", &["content-type: Application/PDF; name=x"], PDF, true),
        (Pdf, "200 OK", &["content-type: application/octet-stream"], PDF, true),
        (Pdf, "200 OK", &[], PDF, true),
        (
            Pdf,
            "200 OK",
            &["content-type: application/pdf", "content-encoding: identity"],
            PDF,
            true,
        ),
        (Csv, "200 OK", &["content-type: text/csv; charset=utf-8"], CSV, true),
        (Csv, "200 OK", &["content-type: application/octet-stream"], CSV, true),
        (Csv, "200 OK", &[], CSV, true),
        (Pdf, "200 OK", &["content-type: text/plain"], PDF, false),
        (Pdf, "200 OK", &["content-type: text/csv"], CSV, false),
        (Pdf, "200 OK", &["content-type: application/xml"], PDF, false),
        (Pdf, "200 OK", &["content-type: application/json"], "{}", false),
        (Pdf, "200 OK", &["content-type: text/html"], PAGE, false),
        (Pdf, "200 OK", &["content-type: application/octet-stream"], "soon", false),
        (Pdf, "200 OK", &["content-type: application/pdf"], "", false),
        (Pdf, "200 OK", &[], PAGE, false),
        (Pdf, "200 OK", &[], CSV, false),
        (Pdf, "200 OK", &[], "", false),
        (Csv, "200 OK", &["content-type: application/pdf"], PDF, false),
        (Csv, "200 OK", &[], PAGE, false),
        (Csv, "200 OK", &[], PDF, false),
        (Csv, "200 OK", &[], "{\"msg\":\"no\"}", false),
        (Csv, "200 OK", &[], "a\0b", false),
        (Csv, "200 OK", &[], "[1]", false),
        (Csv, "200 OK", &[], "\u{feff} [{\"total\":1}]", false),
        (Csv, "200 OK", &["content-type: application/octet-stream"], "[1]", false),
        (Csv, "200 OK", &["content-type: text/csv"], PAGE, false),
        (Csv, "200 OK", &["content-type: text/csv"], PDF, false),
        (Csv, "200 OK", &["content-type: text/csv"], "[number],{total}\n", true),
        (Csv, "200 OK", &["content-type: text/csv"], "{number},{total}\n", true),
        (Csv, "200 OK", &["content-type: text/csv"], "{}", false),
        (Csv, "200 OK", &["content-type: text/csv"], " {\n \"msg\":\"no\"}", false),
        (Csv, "200 OK", &["content-type: text/csv"], "PK\u{3}\u{4}text", false),
        (Pdf, "200 OK", &["content-type: application/pdf"], "PK\u{3}\u{4}%PDF-1.7\n", false),
        (Pdf, "200 OK", &["content-type: application/pdf"], "soon", true),
        (
            Pdf,
            "200 OK",
            &["content-type: application/pdf", "content-range: bytes 0-14/99"],
            PDF,
            false,
        ),
        (Pdf, "200 OK", &["content-type: application/pdf"], PAGE, false),
        (Pdf, "200 OK", &["content-type: application/pdf"], "{\"msg\":\"no\"}", false),
        (Pdf, "200 OK", &["content-type: application/pdf"], "\n%PDF-1.7\n", true),
        (Pdf, "202 Accepted", &["content-type: application/pdf"], PDF, false),
        (Pdf, "206 Partial Content", &["content-type: application/pdf"], PDF, false),
        (Pdf, "200 OK", &["content-type: application/pdf", "content-encoding: br"], PDF, false),
        (Pdf, "200 OK", &["content-type: application/pdf", "content-encoding: gzip"], PDF, false),
    ] {
        let server = ScriptedServer::start([Reply::http(status, headers, body)]).await;
        let api = BillingApi::new(&client(&server));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("invoice");
        let in_memory = api.download_invoice_by_id(request(), format).await;
        let on_disk = api.download_invoice_by_id_to(request(), format, &path).await;
        let what = format!("{format:?} {status} {headers:?} {body}");
        if fits {
            assert_eq!(in_memory.unwrap().content, body, "{what}");
            assert_eq!(on_disk.unwrap().into_inner(), body.len() as u64, "{what}");
            assert_eq!(fs::read_to_string(&path).unwrap(), body, "{what}");
        } else {
            for error in [in_memory.unwrap_err(), on_disk.unwrap_err()] {
                assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1), "{what}");
                assert!(error.status().is_some_and(|code| status.starts_with(code.as_str())));
            }
            assert_eq!(folder.path().read_dir().unwrap().count(), 0, "{what}");
        }
        for sent in sent(&server) {
            sent.assert_accepts(format.media_type());
            assert_eq!(sent.header("accept-encoding"), Some("identity"));
        }
    }
}

#[tokio::test]
async fn saved_file_is_complete_or_absent() {
    let pdf = |body: &str| Reply::http("200 OK", &["content-type: application/pdf"], body);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    fs::write(&path, "old").unwrap();

    let down = Reply::http("503 Service Unavailable", &[], "");
    let server = ScriptedServer::start([down, pdf(PDF).cut(3), pdf(PDF)]).await;
    let api = BillingApi::new(&client(&server));
    let saved = api.download_invoice_by_id_to(request(), FileFormat::Pdf, &path).await.unwrap();
    assert_eq!((*saved, saved.status().as_u16()), (PDF.len() as u64, 200));
    assert!(saved.raw_body().is_none());
    assert_eq!(server.requests().len(), 3);
    assert_eq!(fs::read_to_string(&path).unwrap(), PDF);

    let server = ScriptedServer::start([pdf(PDF).cut(3)]).await;
    let api = BillingApi::new(&client(&server));
    let error = api.download_invoice_by_id_to(request(), FileFormat::Pdf, &path).await;
    let error = error.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 4));
    let nowhere = folder.path().join("missing").join("invoice.pdf");
    let server = ScriptedServer::start([pdf(PDF)]).await;
    let api = BillingApi::new(&client(&server));
    let error = api.download_invoice_by_id_to(request(), FileFormat::Pdf, nowhere).await;
    assert_eq!(error.unwrap_err().kind(), ErrorKind::File);
    assert_eq!(server.requests().len(), 1, "a disk failure is not retried");
    assert_eq!(fs::read_to_string(&path).unwrap(), PDF, "untouched");
    assert_eq!(folder.path().read_dir().unwrap().count(), 1, "nothing is left behind");
}

#[tokio::test]
async fn max_file_size_limits_a_saved_file() {
    let announced = Reply::http("200 OK", &["content-type: application/pdf"], PDF);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\n";
    let chunked =
        format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n{PDF}\r\n0\r\n\r\n", PDF.len());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    for reply in [announced, Reply::Bytes(chunked.into())] {
        for (limit, fits) in [(PDF.len(), true), (PDF.len() - 1, false)] {
            let server = ScriptedServer::start([reply.clone()]).await;
            let limit = CallOptions::new().max_file_size(limit as u64).max_body_size(1);
            let api = BillingApi::new(&client(&server).with_options(limit));
            let saved = api.download_invoice_by_id_to(request(), FileFormat::Pdf, &path).await;
            match saved {
                Ok(saved) => assert!(fits && *saved == PDF.len() as u64),
                Err(error) => {
                    assert!(!fits, "{error}");
                    assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
                    assert!(error.to_string().contains("max_file_size"), "{error}");
                }
            }
        }
    }
}

#[tokio::test]
async fn scaleway_files_are_saved_from_json_and_raw_bytes() {
    let envelope =
        json(r#"{"name":"a.pdf","content_type":"application/pdf","content":"JVBERi0xLjcK"}"#);
    let untyped = Reply::http("200 OK", &[], r#"{"content":"JVBERi0xLjcK"}"#);
    let raw = Reply::http("200 OK", &["content-type: application/pdf"], "%PDF-1.7\n");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    for reply in [envelope, untyped, raw] {
        let server = ScriptedServer::start([reply]).await;
        let api = v2beta1::BillingApi::new(&wire::client(server.url()));
        let saved = api.download_invoice_to(ORGANIZATION, &path).await.unwrap();
        assert_eq!((*saved, saved.raw_body()), (9, None));
        assert_eq!(fs::read(&path).unwrap(), b"%PDF-1.7\n");
        fs::remove_file(&path).unwrap();
        let file = api.download_invoice(ORGANIZATION).await.unwrap();
        assert_eq!(file.content, "%PDF-1.7\n");
    }
    for reply in [
        Reply::http("200 OK", &["content-type: text/plain"], "no"),
        Reply::http("200 OK", &["content-type: text/csv"], CSV),
        Reply::http("200 OK", &[], "<!DOCTYPE html>"),
        json(r#"{"name":"a.pdf","content":""}"#),
        // The same inside JSON: `<html>`, `%PDF-1.7`, `{"message":"no"}`, and `a,b`.
        json(r#"{"name":"a.pdf","content_type":"text/html","content":"PGh0bWw+"}"#),
        json(r#"{"name":"a.pdf","content_type":"application/pdf","content":"PGh0bWw+"}"#),
        json(r#"{"name":"a.pdf","content":"PGh0bWw+"}"#),
        json(r#"{"name":"a.pdf","content_type":"text/csv","content":"JVBERi0xLjcK"}"#),
        json(r#"{"content_type":"application/octet-stream","content":"eyJtZXNzYWdlIjoibm8ifQ=="}"#),
        json(r#"{"content":"YSxi"}"#),
    ] {
        let server = ScriptedServer::start([reply]).await;
        let api = v2beta1::BillingApi::new(&wire::client(server.url()));
        let error = api.download_invoice_to(ORGANIZATION, &path).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1), "{error}");
        let error = api.download_invoice(DownloadInvoiceRequest::new(ORGANIZATION)).await;
        assert_eq!(error.unwrap_err().kind(), ErrorKind::Decode);
        assert!(!path.exists());
    }
}

#[tokio::test]
async fn empty_export_is_an_empty_file() {
    let folder = tempfile::tempdir().unwrap();
    for reply in [
        json(r#"{"name":"a.csv","content_type":"text/csv","content":""}"#),
        json(r#"{"name":"a.csv","content":""}"#),
        Reply::http("200 OK", &["content-type: text/csv"], ""),
    ] {
        let server = ScriptedServer::start([reply]).await;
        let api = v2beta1::BillingApi::new(&wire::client(server.url()));
        let file = api.export_invoices(ExportInvoicesRequest::new()).await.unwrap();
        assert!(file.content.is_empty());
        let path = folder.path().join("a.csv");
        let saved = api.export_invoices_to(ExportInvoicesRequest::new(), &path).await.unwrap();
        assert_eq!((*saved, fs::read(&path).unwrap().len()), (0, 0));
    }
}

#[tokio::test]
async fn compressed_files_and_json_are_decoded_completely() {
    let members = [gzip(&PDF.as_bytes()[..7]), gzip(&PDF.as_bytes()[7..])].concat();
    let headers = ["content-type: application/pdf", "content-encoding: gzip"];
    let download = async |body: Vec<u8>| {
        let server = ScriptedServer::start([Reply::http("200 OK", &headers, body)]).await;
        BillingApi::new(&client(&server)).download_invoice_by_id(request(), FileFormat::Pdf).await
    };
    let file = download(members.clone()).await.unwrap();
    assert_eq!(file.content, PDF, "both members");
    assert!(file.headers().get("content-encoding").is_none());
    for rubbish in ["x", "\0", "trailing garbage"] {
        let error = download([&members, rubbish.as_bytes()].concat()).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1), "{rubbish}");
    }

    // Neither reply has a content length.
    let invoice = fixture("v3/invoice.json");
    let head =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n\r\n";
    let whole = gzip(invoice.as_bytes());
    let get = async |body: &[u8]| {
        let reply = Reply::Bytes([head.as_bytes(), body].concat());
        let server = ScriptedServer::start([reply]).await;
        let api = v3::BillingInvoicesApi::new(&client(&server));
        let result = api.get_invoice_by_invoice_id("INV-1").await.map(drop);
        assert_eq!(sent(&server)[0].header("accept-encoding"), Some("gzip"));
        result.map_err(|error| (error.kind(), error.attempts()))
    };
    assert_eq!(get(&whole).await, Ok(()));
    assert_eq!(get(&whole[..whole.len() - 9]).await, Err((ErrorKind::Transport, 4)));
    // If the gzip is complete, its checksum proves that the JSON itself is truncated, whatever the
    // framing.
    let cut = gzip(&invoice.as_bytes()[..invoice.len() / 2]);
    assert_eq!(get(&cut).await, Err((ErrorKind::Decode, 1)));
    let framed = ["content-type: application/json", "content-encoding: gzip"];
    for (body, expected) in
        [(&cut[..], (ErrorKind::Decode, 1)), (&whole[..20], (ErrorKind::Transport, 4))]
    {
        let server = ScriptedServer::start([Reply::http("200 OK", &framed, body)]).await;
        let api = v3::BillingInvoicesApi::new(&client(&server));
        let error = api.get_invoice_by_invoice_id("INV-1").await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), expected, "{error}");
        assert!(error.to_string().contains("the response is truncated"), "{error}");
    }
}

/// Saving needs the memory of a chunk, not of the file. Runs in a separate process, whose peak
/// memory it reads.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn large_file_is_saved_with_little_memory() {
    const MEBIBYTE: usize = 1024 * 1024;

    if billing_tests::Alone::argument().is_none() {
        let test = "downloads::large_file_is_saved_with_little_memory";
        return billing_tests::Alone::new(test).run("measured").await;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let piece = vec![b'7'; MEBIBYTE];
        for length in [5, 100] {
            let (mut stream, _) = listener.accept().unwrap();
            assert_ne!(stream.read(&mut [0; 4096]).unwrap(), 0);
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/pdf\r\ncontent-length: {}\r\n\
                 connection: close\r\n\r\n",
                length * MEBIBYTE
            );
            stream.write_all(head.as_bytes()).unwrap();
            for _ in 0..length {
                stream.write_all(&piece).unwrap();
            }
        }
    });
    let options = CallOptions::new().attempt_timeout(Duration::from_secs(100));
    let client = fastly_billing::Client::builder().api_token("example").api_url(url);
    let api = BillingApi::new(&client.options(options).build().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    let save = async || api.download_invoice_by_id_to(request(), FileFormat::Pdf, &path).await;
    save().await.unwrap();
    let after_five = crate::viam_memory::peak();
    assert_eq!(*save().await.unwrap(), 100 * MEBIBYTE as u64);
    let grown = crate::viam_memory::peak() - after_five;
    assert!(grown < 8 * MEBIBYTE, "{grown} bytes more for a file of 100 MiB");
}
