//! A download takes the memory of a piece, not of the file. Alone in its process, whose peak it
//! reads.

use billing_tests::{Alone, ViamServer};
use bytes::Bytes;
use viam_billing::{ViamClient, v1::GetInvoicePdfRequest};

const MEBIBYTE: usize = 1024 * 1024;

/// The most memory this process ever had, in bytes.
pub(crate) fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

#[tokio::test]
async fn a_large_pdf_is_streamed_and_saved_in_little_memory() {
    if Alone::argument().is_none() {
        let test = "viam_memory::a_large_pdf_is_streamed_and_saved_in_little_memory";
        return Alone::new(test).run("measured").await;
    }
    let server = ViamServer::start();
    let builder = ViamClient::builder().api_key(ViamServer::KEY, ViamServer::KEY_ID);
    let billing = builder.api_url(server.url()).build().unwrap().billing_client();
    let request = GetInvoicePdfRequest::new("invoice", "org");
    let piece = Bytes::from(vec![7; 64 * 1024]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");

    // The server repeats one piece, so what grows is on the client's side.
    server.pdf(vec![piece.clone(); 80]);
    billing.get_invoice_pdf(request.clone()).save(&path).await.unwrap();
    let after_five = peak();
    server.pdf(vec![piece; 80 * 20]);
    let saved = billing.get_invoice_pdf(request).save(&path).await.unwrap().into_inner();
    assert_eq!(saved, 100 * MEBIBYTE as u64);
    let grown = peak() - after_five;
    assert!(grown < 8 * MEBIBYTE, "{grown} bytes more for a file of 100 MiB");
}
