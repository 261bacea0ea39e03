//! The PDF of an invoice in its three forms: complete or not at all.

use std::{path::Path, time::Duration};

use billing_tests::{Fault, RawReply, RawServer, ViamServer};
use bytes::Bytes;
use futures_util::stream::FusedStream as _;
use tonic::{Status, transport::Endpoint};
use viam_billing::{
    CallOptions, ErrorKind, NeverRetry, RetryBudget, StandardRetry, ViamClient,
    v1::{BillingClient, GetInvoicePdfRequest, InvoicePdf},
};

const PIECE: usize = 64 * 1024;

fn billing(url: &str, options: CallOptions) -> BillingClient {
    ViamClient::builder()
        .api_key(ViamServer::KEY, ViamServer::KEY_ID)
        .api_url(url)
        .retry_budget(RetryBudget::unlimited())
        .options(options)
        .build()
        .unwrap()
        .billing_client()
}

fn patient() -> CallOptions {
    CallOptions::new().retry(StandardRetry::new().base_delay(Duration::ZERO))
}

fn pdf(billing: &BillingClient) -> InvoicePdf {
    billing.get_invoice_pdf(GetInvoicePdfRequest::new("invoice", "org"))
}

/// Five million bytes in chunks, without repetitions at short distance.
fn five_megabytes() -> (Vec<u8>, Vec<Bytes>) {
    let bytes: Vec<u8> =
        (0..5_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let pieces = bytes.chunks(PIECE).map(Bytes::copy_from_slice).collect();
    (bytes, pieces)
}

/// The file names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn the_three_forms_agree() {
    let server = ViamServer::start();
    let (bytes, pieces) = five_megabytes();
    server.pdf(pieces);
    let billing = billing(&server.url(), patient());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    std::fs::write(&path, "old").unwrap();

    assert_eq!(pdf(&billing).save(&path).await.unwrap().into_inner(), 5_000_000);
    assert!(std::fs::read(&path).unwrap() == bytes);
    assert_eq!(names(folder.path()), ["invoice.pdf"], "nothing is left over");

    assert!(pdf(&billing).bytes().await.unwrap().into_inner() == bytes);

    let mut stream = pdf(&billing).stream().await.unwrap().into_inner();
    let mut streamed = Vec::new();
    while let Some(piece) = stream.try_next().await.unwrap() {
        assert!(piece.len() <= PIECE);
        streamed.extend_from_slice(&piece);
    }
    assert!(streamed == bytes);
    assert_eq!(stream.received(), 5_000_000);
    assert!(stream.next().await.is_none(), "it stays at its end");
}

#[tokio::test]
async fn interrupted_stream_leaves_the_file_unchanged() {
    let server = ViamServer::start();
    let (bytes, pieces) = five_megabytes();
    let (first, _) = pieces.split_at(40);
    server.pdf(first.to_vec());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    std::fs::write(&path, "old").unwrap();
    let billing = billing(&server.url(), patient());

    // Permanently: four attempts, and the old file remains.
    let unavailable = Fault::Status(Status::unavailable("moving"));
    server.fail_after_chunks(vec![unavailable.clone(); 4]);
    let error = pdf(&billing).save(&path).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "get_invoice_pdf failed: 503 UNAVAILABLE: moving, after 2621440 bytes [4 attempts]"
    );
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["invoice.pdf"]);

    // Temporarily: restarted, and complete.
    server.pdf(pieces.clone());
    server.fail_after_chunks([unavailable.clone(), unavailable]);
    pdf(&billing).save(&path).await.unwrap();
    assert!(std::fs::read(&path).unwrap() == bytes);

    // Yielded bytes cannot be taken back, so a stream is not restarted.
    server.fail_after_chunks([Fault::Status(Status::internal("oops"))]);
    let mut stream = pdf(&billing).stream().await.unwrap();
    let error = loop {
        match stream.next().await.unwrap() {
            Ok(_) => {}
            Err(error) => break error,
        }
    };
    assert!(error.to_string().ends_with("oops, after 5000000 bytes"), "{error}");
    assert_eq!((error.operation(), error.attempts()), (Some("get_invoice_pdf"), 1));
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn lost_connection_reports_the_received_bytes() {
    let server = ViamServer::start();
    let options = CallOptions::new().retry(NeverRetry);
    let billing = billing(&server.url(), options);
    server.pdf([Bytes::from(vec![7; PIECE])]);
    server.fail_after_chunks([Fault::Hang]);
    let mut stream = pdf(&billing).stream().await.unwrap();
    assert_eq!(stream.try_next().await.unwrap().unwrap().len(), PIECE);
    server.cut();
    let error = stream.try_next().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.to_string().ends_with("after 65536 bytes"), "{error}");
}

#[tokio::test]
async fn rejected_call_does_not_create_the_file() {
    let server = ViamServer::start();
    let billing = billing(&server.url(), patient());
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    server.fail("get_invoice_pdf", [Fault::Status(Status::not_found("no such invoice"))]);
    let error = pdf(&billing).save(&path).await.unwrap_err();
    assert!(error.is_not_found());
    assert!(names(folder.path()).is_empty());

    // A missing folder is reported before a request is sent.
    let before = server.calls().len();
    let error = pdf(&billing).save(folder.path().join("no/such/folder")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File);
    assert_eq!(server.calls().len(), before);
}

#[tokio::test]
async fn token_is_renewed_for_a_stream_too() {
    let server = ViamServer::start();
    server.pdf([Bytes::from_static(b"%PDF-")]);
    let billing = billing(&server.url(), patient());
    assert_eq!(pdf(&billing).bytes().await.unwrap().into_inner(), "%PDF-");
    server.revoke_tokens();
    assert_eq!(pdf(&billing).bytes().await.unwrap().into_inner(), "%PDF-");
    assert_eq!(server.count("authenticate"), 2);
}

#[tokio::test]
async fn empty_pdf_is_an_error() {
    let server = ViamServer::start();
    let billing = billing(&server.url(), patient());
    let folder = tempfile::tempdir().unwrap();
    for pieces in [vec![], vec![Bytes::new(), Bytes::new()]] {
        server.pdf(pieces);
        assert_eq!(pdf(&billing).bytes().await.unwrap_err().kind(), ErrorKind::Decode);
        let error = pdf(&billing).save(folder.path().join("invoice.pdf")).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1));
        assert!(names(folder.path()).is_empty());
        let mut stream = pdf(&billing).stream().await.unwrap();
        let error = stream.try_next().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1));
        assert!(error.to_string().contains("it is empty"), "{error}");
        assert!(stream.next().await.is_none());
    }
}

#[tokio::test]
async fn truncated_pdf_is_an_error() {
    let begun = RawReply::messages(&[b"\x0a\x05%PDF-"]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    std::fs::write(&path, "old").unwrap();
    for reply in [
        // Without a gRPC status.
        begun.clone().without_trailers(),
        // Declared complete, but inside a message, or before its length is known.
        begun.clone().and_bytes(b"\0\0\0\0\x09half"),
        begun.clone().and_bytes(b"\0\0\0"),
        // Declared complete before it began.
        begun.clone().and_header("grpc-status", "0").without_trailers(),
    ] {
        let server = RawServer::start(move |request| match request.path.contains("Auth") {
            true => RawReply::messages(&[b"\x0a\x05token"]),
            false => reply.clone(),
        })
        .await;
        let billing = billing(&server.url(), patient());
        let error = pdf(&billing).bytes().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 4), "{error}");
        assert!(error.to_string().contains("after 5 bytes"), "{error}");
        let error = pdf(&billing).save(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["invoice.pdf"]);
    }
}

#[tokio::test]
async fn max_body_size_limits_memory() {
    let server = ViamServer::start();
    server.pdf(vec![Bytes::from(vec![0; PIECE]); 4]);
    let billing = billing(&server.url(), patient().max_body_size(3 * PIECE));
    let error = pdf(&billing).bytes().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::BodyTooLarge, 1));
    for (limit, fits) in [(4 * PIECE, true), (4 * PIECE - 1, false)] {
        let billing = self::billing(&server.url(), patient().max_body_size(limit));
        assert_eq!(pdf(&billing).bytes().await.is_ok(), fits, "{limit}");
    }
    // Files and streams are not affected, since no chunk is too large.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    pdf(&billing).save(&path).await.unwrap();

    // They have their own limit.
    let size = 4 * PIECE as u64;
    assert_eq!(pdf(&billing).max_size(size).save(&path).await.unwrap().into_inner(), size);
    std::fs::write(&path, "old").unwrap();
    let error = pdf(&billing).max_size(size - 1).save(&path).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::BodyTooLarge, 1));
    assert!(error.to_string().contains("max_size"), "{error}");
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert_eq!(names(folder.path()), ["invoice.pdf"]);
    let mut stream = pdf(&billing).max_size(PIECE as u64).stream().await.unwrap();
    assert_eq!(stream.try_next().await.unwrap().unwrap().len(), PIECE);
    assert_eq!(stream.try_next().await.unwrap_err().kind(), ErrorKind::BodyTooLarge);
    assert!(stream.next().await.is_none());
    let call = pdf(&billing).max_size(1);
    assert!(format!("{call:?}").contains("get_invoice_pdf"), "{call:?}");
    let error = call.bytes().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BodyTooLarge);
}

/// A message of a file is bytes, so it may be larger than other messages.
#[tokio::test]
async fn file_of_one_large_message_is_collected() {
    let server = ViamServer::start();
    let size = 32 << 20;
    server.pdf(vec![Bytes::from(vec![7; size - 100])]);
    let billing = billing(&server.url(), patient());
    assert_eq!(pdf(&billing).bytes().await.unwrap().len(), size - 100);
    server.pdf(vec![Bytes::from(vec![7; size])]);
    assert_eq!(pdf(&billing).bytes().await.unwrap_err().kind(), ErrorKind::BodyTooLarge);
}

#[tokio::test]
async fn stream_tells_that_it_has_ended() {
    let server = ViamServer::start();
    server.pdf(vec![Bytes::from_static(b"%PDF-")]);
    let mut stream = pdf(&billing(&server.url(), patient())).stream().await.unwrap().into_inner();
    assert!(!stream.is_terminated());
    while stream.try_next().await.unwrap().is_some() {}
    assert!(stream.is_terminated());
    let debug = format!("{stream:?}");
    assert!(debug.contains("get_invoice_pdf") && debug.contains("received: 5"), "{debug}");
}

/// The futures borrow nothing but the path.
#[tokio::test]
async fn download_can_be_spawned() {
    let server = ViamServer::start();
    server.pdf([Bytes::from_static(b"%PDF-")]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("invoice.pdf");
    let billing = billing(&server.url(), patient());
    let (save, bytes) = (pdf(&billing).save(path), pdf(&billing).bytes());
    drop(billing);
    assert_eq!(tokio::spawn(save).await.unwrap().unwrap().into_inner(), 5);
    assert_eq!(tokio::spawn(bytes).await.unwrap().unwrap().into_inner(), "%PDF-");
}

#[tokio::test]
async fn stalled_stream_times_out() {
    let server = ViamServer::start();
    server.pdf([Bytes::from_static(b"%PDF-")]);
    let idle = CallOptions::new().retry(NeverRetry).attempt_timeout(Duration::from_millis(300));
    let whole = CallOptions::new().retry(NeverRetry).timeout(Duration::from_millis(300));
    for (options, text) in
        [(idle, "no data arrived for 300ms"), (whole, "the deadline of the call")]
    {
        let billing = billing(&server.url(), options);
        server.fail_after_chunks(vec![Fault::Hang; 2]);
        let mut stream = pdf(&billing).stream().await.unwrap();
        assert_eq!(stream.try_next().await.unwrap().unwrap(), "%PDF-");
        let error = stream.try_next().await.unwrap_err();
        assert!(error.is_timeout(), "{error}");
        assert!(error.to_string().contains(text), "{error}");
        assert!(error.to_string().ends_with("after 5 bytes"), "{error}");
        let error = pdf(&billing).bytes().await.unwrap_err();
        assert!(error.is_timeout(), "{error}");
    }
}

/// The defaults: 30 s for each chunk, two minutes for all of them.
#[tokio::test]
async fn the_default_time_limits_of_a_stream() {
    let server = ViamServer::start();
    server.pdf([Bytes::from_static(b"%PDF-")]);
    server.fail_after_chunks(vec![Fault::Hang; 2]);
    // A channel without keep-alive pings: on a paused clock, responses to them would come too late.
    let channel = Endpoint::from_shared(server.url()).unwrap().connect_lazy();
    let client = ViamClient::builder()
        .api_key(ViamServer::KEY, ViamServer::KEY_ID)
        .channel(channel)
        .options(CallOptions::new().retry(NeverRetry));
    let billing = client.build().unwrap().billing_client();

    let mut stream = pdf(&billing).stream().await.unwrap();
    stream.try_next().await.unwrap().unwrap();
    // A paused clock jumps to the next timer as soon as all tasks are idle.
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    let error = stream.try_next().await.unwrap_err();
    assert!(error.to_string().contains("no data arrived for 30s"), "{error}");
    assert_eq!(start.elapsed().as_secs(), 30);
    tokio::time::resume();

    // A slow reader is not limited by the time for a chunk, but by the deadline of the call.
    let mut stream = pdf(&billing).stream().await.unwrap();
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(100)).await;
    stream.try_next().await.unwrap().unwrap();
    tokio::time::advance(Duration::from_secs(21)).await;
    let error = stream.try_next().await.unwrap_err();
    assert!(error.to_string().contains("the deadline of the call has passed"), "{error}");
}
