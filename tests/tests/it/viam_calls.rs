//! Viam's operations over real sockets: responses, statuses, tokens and faults. A call that must
//! happen at most once reaches the service at most once.

#![allow(deprecated, reason = "the vendor's deprecated method is also called")]

use std::{
    error::Error as _,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::{Duration, SystemTime},
};

use billing_tests::{
    ClosedPort, Fault, PingCounter, RawReply, RawServer, ScriptedServer, ViamServer, chain,
};
use bytes::Bytes;
use futures_util::{StreamExt as _, future::join_all};
use tonic::{Code, Status, transport::Endpoint};
use viam_billing::{
    CallOptions, Error, ErrorKind, NeverRetry, RetryBudget, StandardRetry, ViamClient,
    ViamClientBuilder,
    v1::{
        BillingClient, ChargeOrganizationRequest, CreateInvoiceAndChargeImmediatelyRequest,
        GetInvoicePdfRequest, GetInvoicesSummaryResponse, InvoiceSummary,
        SendPaymentRequiredEmailRequest, UpdateLocationBillingOrganizationRequest,
        UpdateOrganizationBillingTierRequest,
    },
};

const READ: &str = "get_current_month_usage";
const ONCE: [&str; 3] =
    ["charge_organization", "create_invoice_and_charge_immediately", "send_payment_required_email"];

/// A client that does not wait between attempts.
fn builder(url: &str) -> ViamClientBuilder {
    ViamClient::builder()
        .api_key(ViamServer::KEY, ViamServer::KEY_ID)
        .api_url(url)
        .retry_budget(RetryBudget::unlimited())
        .options(CallOptions::new().retry(StandardRetry::new().base_delay(Duration::ZERO)))
}

fn billing(server: &ViamServer) -> BillingClient {
    builder(&server.url()).build().unwrap().billing_client()
}

/// Makes one of the calls that must happen at most once.
async fn once(method: &str, billing: &BillingClient) -> Result<(), Error> {
    match method {
        "charge_organization" => {
            let request = ChargeOrganizationRequest::new("org", 1.0, 0.0);
            billing.charge_organization(request).await.map(drop)
        }
        "create_invoice_and_charge_immediately" => {
            let request = CreateInvoiceAndChargeImmediatelyRequest::new("org", 1.0);
            billing.create_invoice_and_charge_immediately(request).await.map(drop)
        }
        _ => {
            let request = SendPaymentRequiredEmailRequest::new("customer", "owner");
            billing.send_payment_required_email(request).await.map(drop)
        }
    }
}

#[tokio::test]
async fn every_operation_succeeds() {
    let server = ViamServer::start();
    server.pdf([Bytes::from_static(b"%PDF-")]);
    let billing = billing(&server);

    let usage = billing.get_current_month_usage("four").await.unwrap();
    assert_eq!((usage.subtotal, usage.status().as_u16(), usage.raw_body()), (4.0, 200, None));
    let information = billing.get_org_billing_information("org").await.unwrap();
    assert_eq!(information.billing_email, "org");
    assert!(billing.get_invoices_summary("org").await.unwrap().invoices.is_empty());
    let request = GetInvoicePdfRequest::new("invoice", "org");
    assert_eq!(billing.get_invoice_pdf(request).bytes().await.unwrap().into_inner(), "%PDF-");
    once("send_payment_required_email", &billing).await.unwrap();
    let tiers = billing.get_available_billing_tiers().await;
    assert_eq!(tiers.unwrap().tiers, ["free", "pro"]);
    let request = UpdateOrganizationBillingTierRequest::new("org", "pro");
    billing.update_organization_billing_tier(request).await.unwrap();
    let payer = billing.get_location_billing_organization("loc".to_owned()).await.unwrap();
    assert_eq!(payer.billing_organization_id, "payer of loc");
    let request = UpdateLocationBillingOrganizationRequest::new("loc", "org");
    billing.update_location_billing_organization(request).await.unwrap();
    let request = ChargeOrganizationRequest::new("org", 1.5, 0.25);
    assert_eq!(billing.charge_organization(request).await.unwrap().invoice_id, "1.5 0.25");
    let request = CreateInvoiceAndChargeImmediatelyRequest::new("org", 2.5);
    let created = billing.create_invoice_and_charge_immediately(request).await.unwrap();
    assert_eq!(created.invoice_id, "2.5");

    let calls = server.calls();
    assert_eq!((calls.len(), &*calls[0]), (12, "authenticate"), "one exchange for all: {calls:?}");
}

#[tokio::test]
async fn invalid_request_is_not_sent() {
    let server = ViamServer::start();
    let billing = billing(&server);
    let charge = |subtotal, tax| {
        billing.charge_organization(ChargeOrganizationRequest::new("org", subtotal, tax))
    };
    for (subtotal, tax) in [
        (f64::NAN, 0.0),
        (0.0, f64::INFINITY),
        (-0.01, 0.0),
        (1.0, -1.0),
        (9.999, 0.0),
        (1.0, 0.005),
    ] {
        let error = charge(subtotal, tax).await.unwrap_err();
        assert!(error.to_string().contains("is not an amount in whole cents"), "{error}");
        assert_eq!((error.kind(), error.was_sent()), (ErrorKind::InvalidRequest, false), "{error}");
    }
    let error = billing.get_current_month_usage("").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "get_current_month_usage failed: `org_id` is empty: set it on the request"
    );
    let nowhere = GetInvoicePdfRequest::new("invoice", "");
    assert_eq!(
        billing.get_invoice_pdf(nowhere).bytes().await.unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );
    assert_eq!(server.calls(), Vec::<String>::new());
}

#[tokio::test]
async fn every_code_maps_to_the_right_error() {
    let server = ViamServer::start();
    let billing = billing(&server);
    billing.get_current_month_usage("org").await.unwrap();
    for (code, name, status, attempts) in [
        (Code::Cancelled, "CANCELLED", 499, 1),
        (Code::Unknown, "UNKNOWN", 500, 1),
        (Code::InvalidArgument, "INVALID_ARGUMENT", 400, 1),
        (Code::DeadlineExceeded, "DEADLINE_EXCEEDED", 504, 4),
        (Code::NotFound, "NOT_FOUND", 404, 1),
        (Code::AlreadyExists, "ALREADY_EXISTS", 409, 1),
        (Code::PermissionDenied, "PERMISSION_DENIED", 403, 1),
        (Code::ResourceExhausted, "RESOURCE_EXHAUSTED", 429, 4),
        (Code::FailedPrecondition, "FAILED_PRECONDITION", 400, 1),
        (Code::Aborted, "ABORTED", 409, 1),
        (Code::OutOfRange, "OUT_OF_RANGE", 400, 1),
        (Code::Unimplemented, "UNIMPLEMENTED", 501, 1),
        (Code::Internal, "INTERNAL", 500, 1),
        (Code::Unavailable, "UNAVAILABLE", 503, 4),
        (Code::DataLoss, "DATA_LOSS", 500, 1),
        // Once more with a new token.
        (Code::Unauthenticated, "UNAUTHENTICATED", 401, 2),
    ] {
        let before = server.count(READ);
        // A message like those of the gRPC library must not be mistaken for one.
        let text = "decoded message length too large: 100% ünhandled\n✓";
        let fault = Fault::Status(Status::new(code, text));
        server.fail(READ, std::iter::repeat_n(fault, attempts));
        let error = billing.get_current_month_usage("org").await.unwrap_err();
        assert_eq!(server.count(READ) - before, attempts, "{name}");
        assert_eq!(error.kind(), ErrorKind::Status, "{name}");
        assert_eq!((error.code(), error.message()), (Some(name), text));
        assert_eq!(error.status().unwrap().as_u16(), status, "{name}");
        assert_eq!(error.is_auth(), matches!(status, 401 | 403), "{name}");
        assert_eq!(error.is_not_found(), status == 404, "{name}");
        assert_eq!(error.is_throttled(), status == 429, "{name}");
        assert_eq!(error.is_timeout(), status == 504, "{name}");
        assert_eq!(error.is_retryable(), attempts == 4, "{name}");
        assert!(error.was_sent() && !error.is_connect(), "{name}");
        assert_eq!((error.operation(), error.attempts() as usize), (Some(READ), attempts));
    }
    server.fail(READ, [Fault::Status(Status::new(Code::NotFound, ""))]);
    let error = billing.get_current_month_usage("org").await.unwrap_err();
    assert_eq!(error.to_string(), "get_current_month_usage failed: 404 NOT_FOUND: NOT_FOUND");
    assert!(billing.get_current_month_usage("org").await.is_ok(), "code 0");
}

/// A status that asks for a wait; `delay` is an encoded `google.protobuf.Duration`.
fn wait(delay: &[u8]) -> Fault {
    let nested = |number: u8, message: &[u8]| {
        [&[number << 3 | 2, u8::try_from(message.len()).unwrap()], message].concat()
    };
    // In google.rpc.RetryInfo the delay is field 1; in google.protobuf.Any the name and the bytes
    // of a message are fields 1 and 2; in google.rpc.Status such details are field 3.
    let info = nested(1, delay);
    let any = [nested(1, b"type.googleapis.com/google.rpc.RetryInfo"), nested(2, &info)].concat();
    let details = nested(3, &any);
    Fault::Status(Status::with_details(Code::ResourceExhausted, "slow down", details.into()))
}

const NO_TIME: &[u8] = &[];
/// Seconds are field 1.
const ONE_SECOND: &[u8] = &[0x08, 1];
const ONE_HOUR: &[u8] = &[0x08, 0x90, 0x1c];

#[tokio::test]
async fn requested_wait_is_honoured() {
    let server = ViamServer::start();
    let billing = billing(&server);
    server.fail(READ, [wait(ONE_SECOND)]);
    let start = std::time::Instant::now();
    billing.get_current_month_usage("org").await.unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));

    // The wait is longer than the deadline, so the call does not wait at all.
    server.fail(READ, [wait(ONE_HOUR)]);
    let error = billing.get_current_month_usage("org").await.unwrap_err();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)));
    assert_eq!(error.attempts(), 1);
}

#[tokio::test]
async fn hundred_first_calls_share_one_exchange() {
    let server = ViamServer::start();
    let gate = server.hold_tokens();
    let billing = billing(&server);
    let calls = join_all((0..100).map(|_| billing.get_current_month_usage("org")));
    // All calls are polled once before the token is issued.
    let release = async { gate.add_permits(100) };
    let (results, ()) = tokio::join!(calls, release);
    assert!(results.iter().all(Result::is_ok));
    assert_eq!((server.count("authenticate"), server.count(READ)), (1, 100));

    // The token is no longer accepted. All calls notice, and again there is one exchange.
    server.revoke_tokens();
    let results = join_all((0..100).map(|_| billing.get_current_month_usage("org"))).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(server.count("authenticate"), 2);
}

#[tokio::test]
async fn hundred_first_calls_share_one_failure() {
    let server = ViamServer::start();
    let gate = server.hold_tokens();
    let client = builder(&server.url()).api_key("wrong", ViamServer::KEY_ID).build().unwrap();
    let billing = client.billing_client();
    let calls = join_all((0..100).map(|_| billing.get_current_month_usage("org")));
    let release = async { gate.add_permits(100) };
    let (results, ()) = tokio::join!(calls, release);
    for result in results {
        let error = result.unwrap_err();
        assert!(error.is_auth() && !error.is_retryable() && !error.was_sent(), "{error}");
        let text = "authenticate failed: 401 UNAUTHENTICATED: invalid credentials";
        assert_eq!(error.to_string(), text);
    }
    assert_eq!(server.calls(), ["authenticate"]);
    // A later call tries again.
    assert!(billing.get_current_month_usage("org").await.is_err());
    assert_eq!(server.calls(), ["authenticate", "authenticate"]);
}

#[tokio::test]
async fn abandoned_exchange_is_continued_by_another_call() {
    let server = ViamServer::start();
    server.fail("authenticate", [Fault::Hang]);
    let client = builder(&server.url()).build().unwrap();
    let quick = client.with_options(CallOptions::new().timeout(Duration::from_millis(200)));
    let (quick, patient) = (quick.billing_client(), client.billing_client());
    let (first, second) =
        tokio::join!(quick.get_current_month_usage("org"), patient.get_current_month_usage("org"));
    assert!(first.unwrap_err().is_timeout());
    second.unwrap();
    assert_eq!(server.count("authenticate"), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_may_move_between_threads() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let server = ViamServer::start();
    server.pdf([Bytes::from_static(b"%PDF-")]);
    let client = builder(&server.url()).build().unwrap();
    shared(&client);
    let billing = client.billing_client();
    shared(&billing);
    let task = tokio::spawn(async move {
        let request = GetInvoicePdfRequest::new("invoice", "org");
        let stream = billing.get_invoice_pdf(request.clone()).stream().await?;
        let pieces: Vec<_> = stream.into_inner().collect().await;
        assert_eq!(pieces.len(), 1);
        billing.get_invoice_pdf(request.clone()).bytes().await?;
        let folder = tempfile::tempdir().unwrap();
        billing.get_invoice_pdf(request).save(folder.path().join("invoice.pdf")).await?;
        once("charge_organization", &billing).await
    });
    task.await.unwrap().unwrap();
}

/// Advances the clock, but not the connection.
async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

/// Makes calls until the background renewal has reached this many exchanges.
async fn call_until_exchanges(server: &ViamServer, billing: &BillingClient, exchanges: usize) {
    for _ in 0..1000 {
        billing.get_current_month_usage("org").await.unwrap();
        if server.count("authenticate") == exchanges {
            return;
        }
    }
    panic!("{} exchanges", server.count("authenticate"));
}

#[tokio::test]
async fn token_is_renewed_before_it_expires() {
    for (lifetime, before, until_renewal) in [(100, 89, 2), (100_000, 99_939, 2)] {
        let server = ViamServer::start();
        server.token_payload(&format!(r#"{{"iat":1000,"exp":{}}}"#, 1000 + lifetime));
        let channel = Endpoint::from_shared(server.url()).unwrap().connect_lazy();
        let client = ViamClient::builder().api_key(ViamServer::KEY, ViamServer::KEY_ID);
        let billing = client.channel(channel).build().unwrap().billing_client();
        billing.get_current_month_usage("org").await.unwrap();
        pass(before).await;
        for _ in 0..20 {
            billing.get_current_month_usage("org").await.unwrap();
        }
        assert_eq!(server.count("authenticate"), 1, "after {before} of {lifetime} seconds");
        pass(until_renewal).await;
        call_until_exchanges(&server, &billing, 2).await;
    }
}

/// A service may issue a token that is already old.
#[tokio::test]
async fn old_token_is_renewed_before_it_expires() {
    let server = ViamServer::start();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    server.token_payload(&format!(r#"{{"iat":{},"exp":{}}}"#, now - 3500, now + 100));
    let billing = billing(&server);
    billing.get_current_month_usage("org").await.unwrap();
    pass(91).await;
    call_until_exchanges(&server, &billing, 2).await;
}

#[tokio::test]
async fn token_is_used_until_it_expires_if_renewal_fails() {
    let server = ViamServer::start();
    server.token_payload(r#"{"iat":1000,"exp":1100}"#);
    let billing = billing(&server);
    billing.get_current_month_usage("org").await.unwrap();
    // The renewal fails, which calls do not notice.
    server.fail("authenticate", [Fault::Status(Status::unavailable("no"))]);
    pass(91).await;
    call_until_exchanges(&server, &billing, 2).await;
    for _ in 0..20 {
        billing.get_current_month_usage("org").await.unwrap();
    }
    assert_eq!(server.count("authenticate"), 2, "it is not retried with every call");
    pass(6).await;
    call_until_exchanges(&server, &billing, 3).await;

    // Once it has expired, a new token is required.
    pass(101).await;
    server.fail("authenticate", [Fault::Status(Status::permission_denied("no"))]);
    let error = billing.get_current_month_usage("org").await.unwrap_err();
    assert_eq!(error.code(), Some("PERMISSION_DENIED"), "{error}");
}

#[tokio::test]
async fn hanging_renewal_does_not_block_calls_for_long() {
    let server = ViamServer::start();
    server.token_payload(r#"{"iat":1000,"exp":1100}"#);
    let hour = Duration::from_secs(3600);
    let patient = CallOptions::new().timeout(hour).attempt_timeout(hour);
    let client = builder(&server.url()).options(patient).build().unwrap();
    let billing = client.billing_client();
    billing.get_current_month_usage("org").await.unwrap();
    server.fail("authenticate", [Fault::Hang]);
    pass(91).await;
    call_until_exchanges(&server, &billing, 2).await;

    // The token has expired, and the renewal has used up its time.
    pass(31).await;
    let call = tokio::time::timeout(Duration::from_secs(20), async {
        billing.get_current_month_usage("org").await
    });
    call.await.unwrap().unwrap();
    assert_eq!(server.count("authenticate"), 3);
}

#[tokio::test]
async fn permanently_rejected_token_fails_the_call() {
    let server = ViamServer::start();
    let billing = billing(&server);
    let refused = Fault::Status(Status::unauthenticated("unauthenticated: no such subject"));
    server.fail(READ, [refused.clone(), refused]);
    let error = billing.get_current_month_usage("org").await.unwrap_err();
    assert!(error.is_auth());
    assert_eq!((server.count("authenticate"), server.count(READ)), (2, 2));
}

#[tokio::test]
async fn token_rejected_after_a_message_is_dropped() {
    let start = || {
        let exchanges = Arc::new(AtomicU8::new(b'0'));
        RawServer::start(move |request| {
            if request.path.contains("Auth") {
                let number = exchanges.fetch_add(1, Ordering::Relaxed);
                return RawReply::messages(&[&[b"\x0a\x06token", &[number][..]].concat()]);
            }
            let reply = match request.path.contains("Pdf") {
                true => RawReply::messages(&[b"\x0a\x05%PDF-"]),
                false => RawReply::messages(&[b""]),
            };
            match request.headers["authorization"] == "Bearer token0" {
                true => reply.with_trailers(&[("grpc-status", "16")]),
                false => reply,
            }
        })
    };
    let server = start().await;
    let billing = builder(&server.url()).build().unwrap().billing_client();
    billing.get_current_month_usage("org").await.unwrap();
    assert_eq!(server.requests().len(), 4, "a read is retried");

    let server = start().await;
    let billing = builder(&server.url()).build().unwrap().billing_client();
    assert!(once("charge_organization", &billing).await.unwrap_err().is_auth());
    assert_eq!(server.requests().len(), 2, "a charge is not");
    once("charge_organization", &billing).await.unwrap();
    assert_eq!(server.requests().len(), 4);

    let server = start().await;
    let billing = builder(&server.url()).build().unwrap().billing_client();
    let pdf = || billing.get_invoice_pdf(GetInvoicePdfRequest::new("invoice", "org")).bytes();
    assert!(pdf().await.unwrap_err().is_auth());
    assert_eq!(pdf().await.unwrap().into_inner(), "%PDF-");
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn exchange_is_retried_even_for_at_most_once_calls() {
    let server = ViamServer::start();
    let billing = billing(&server);
    let unavailable = Fault::Status(Status::unavailable("not now"));
    server.fail("authenticate", [unavailable.clone(), Fault::Cut, unavailable]);
    once("charge_organization", &billing).await.unwrap();
    assert_eq!((server.count("authenticate"), server.count("charge_organization")), (4, 1));
}

#[tokio::test]
async fn charge_with_hanging_exchange_was_not_sent() {
    let server = ViamServer::start();
    let client = builder(&server.url()).build().unwrap();
    server.fail("authenticate", [Fault::Hang]);
    let quick = CallOptions::new().timeout(Duration::from_millis(200));
    let billing = client.with_options(quick).billing_client();
    let error = once("charge_organization", &billing).await.unwrap_err();
    assert!(error.is_timeout() && !error.was_sent(), "{error}");
}

#[tokio::test]
async fn at_most_once_calls_are_sent_once_after_any_response() {
    let codes = (1..=16).map(|code| Fault::Status(Status::new(Code::from_i32(code), "no")));
    let faults: Vec<Fault> = codes.chain([wait(NO_TIME), Fault::Cut, Fault::Hang]).collect();
    for method in ONCE {
        let server = ViamServer::start();
        let client = builder(&server.url()).build().unwrap();
        for fault in &faults {
            let before = server.count(method);
            server.fail(method, [fault.clone()]);
            let quick = CallOptions::new().attempt_timeout(Duration::from_millis(300));
            let billing = match fault {
                Fault::Hang => client.with_options(quick).billing_client(),
                _ => client.billing_client(),
            };
            let error = once(method, &billing).await.unwrap_err();
            assert_eq!(server.count(method) - before, 1, "{method} {fault:?}: {error}");
            assert_eq!(error.attempts(), 1, "{method} {fault:?}");
            assert!(error.was_sent() && !error.is_retryable(), "{method} {fault:?}: {error}");
            assert_eq!(error.operation(), Some(method));
        }
        // The rejected token was dropped, so the next call has a new one.
        once(method, &client.billing_client()).await.unwrap();
        assert_eq!(server.count("authenticate"), 2);
    }
}

#[tokio::test]
async fn at_most_once_calls_are_sent_once_after_any_bytes() {
    let replies = [
        RawReply::messages(&[]),
        RawReply::messages(&[b"\xff"]),
        RawReply::messages(&[b"", b""]),
        RawReply::messages(&[b""]).without_trailers(),
        RawReply::messages(&[&[0; 100]]),
        RawReply::messages(&[]).and_bytes(b"\x00\x00\x00\x00\x09half").without_trailers(),
        RawReply::http(200, "text/html", "<html>"),
        RawReply::http(503, "text/html", "<html>"),
        RawReply::http(302, "text/plain", ""),
    ];
    for method in ONCE {
        for reply in &replies {
            let reply = reply.clone();
            let server = RawServer::start(move |request| match request.path.contains("Auth") {
                true => RawReply::messages(&[b"\x0a\x05token"]),
                false => reply.clone(),
            })
            .await;
            let options = CallOptions::new().max_body_size(50);
            let client = builder(&server.url()).options(options).build().unwrap();
            let error = once(method, &client.billing_client()).await.unwrap_err();
            assert_eq!(server.requests().len(), 2, "{method}: {error}");
            assert!(error.was_sent() && !error.is_retryable(), "{method}: {error}");
        }
    }
}

#[tokio::test]
async fn failed_connection_attempt_is_retried() {
    let port = ClosedPort::take();
    let client = builder(&port.url()).build().unwrap();
    for method in ONCE {
        let error = once(method, &client.billing_client()).await.unwrap_err();
        assert!(error.is_connect() && error.is_retryable() && !error.was_sent(), "{error}");
        assert_eq!(error.attempts(), 4);
        let (text, address) = (error.to_string(), port.url());
        assert!(text.contains("refused"), "{text}");
        assert!(text.contains(address.trim_start_matches("http://")), "{text}");
    }
}

#[tokio::test]
async fn reads_survive_lost_connections_and_restarts() {
    let server = ViamServer::start();
    let billing = billing(&server);
    server.fail(READ, [Fault::Cut, Fault::Cut]);
    billing.get_current_month_usage("org").await.unwrap();
    assert_eq!(server.count(READ), 3);

    let server = server.restart();
    billing.get_current_month_usage("org").await.unwrap();
    let server = server.restart();
    server.revoke_tokens();
    billing.get_current_month_usage("org").await.unwrap();

    server.fail(READ, [Fault::Cut, Fault::Cut, Fault::Cut, Fault::Cut]);
    let error = billing.get_current_month_usage("org").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Transport, 4), "{error}");
    assert!(error.source().is_some());
}

/// After a restart, the charge itself may discover the dead connection. It then fails rather than
/// being sent twice.
#[tokio::test]
async fn charge_after_a_restart_happens_at_most_once() {
    let mut server = ViamServer::start();
    let billing = billing(&server);
    for _ in 0..10 {
        billing.get_current_month_usage("org").await.unwrap();
        server = server.restart();
        let before = server.count("charge_organization");
        let outcome = once("charge_organization", &billing).await;
        let sent = server.count("charge_organization") - before;
        match outcome {
            Ok(()) => assert_eq!(sent, 1),
            Err(error) => assert!(sent == 0 || error.was_sent(), "{error}"),
        }
        assert!(sent <= 1);
    }
}

#[tokio::test]
async fn time_limits() {
    let server = ViamServer::start();
    let client = builder(&server.url()).build().unwrap();
    client.billing_client().get_current_month_usage("org").await.unwrap();
    let told = |expected: Duration| {
        let metadata = server.metadata();
        let text = metadata.get("grpc-timeout").unwrap().to_str().unwrap().to_owned();
        let (number, unit) = text.split_at(text.len() - 1);
        let unit = match unit {
            "n" => 1e-9,
            "u" => 1e-6,
            "m" => 1e-3,
            "S" => 1.0,
            _ => panic!("{text}"),
        };
        let seconds = number.parse::<f64>().unwrap() * unit;
        let expected = expected.as_secs_f64();
        assert!((expected - 10.0..=expected).contains(&seconds), "{text}");
    };
    told(Duration::from_secs(30));
    // A stream may take the whole time limit, as long as data keeps arriving.
    server.pdf([Bytes::from_static(b"%PDF-")]);
    let request = GetInvoicePdfRequest::new("invoice", "org");
    client.billing_client().get_invoice_pdf(request).bytes().await.unwrap();
    told(Duration::from_secs(120));
    once("create_invoice_and_charge_immediately", &client.billing_client()).await.unwrap();
    told(Duration::from_secs(180));
    let options = CallOptions::new().timeout(Duration::from_secs(20));
    let billing = client.with_options(options).billing_client();
    once("create_invoice_and_charge_immediately", &billing).await.unwrap();
    told(Duration::from_secs(20));
    // Too long to be encoded, so it is omitted.
    let options = CallOptions::new().timeout(Duration::MAX).attempt_timeout(Duration::MAX);
    let billing = client.with_options(options).billing_client();
    billing.get_current_month_usage("org").await.unwrap();
    assert!(server.metadata().get("grpc-timeout").is_none());

    // The first attempt hangs, the second does not.
    server.fail(READ, [Fault::Hang]);
    let options = CallOptions::new().attempt_timeout(Duration::from_millis(200));
    let billing = client.with_options(options).billing_client();
    billing.get_current_month_usage("org").await.unwrap();
    // The whole call hangs.
    server.fail(READ, [Fault::Hang]);
    let options = CallOptions::new().timeout(Duration::from_millis(200));
    let billing = client.with_options(options).billing_client();
    let error = billing.get_current_month_usage("org").await.unwrap_err();
    assert!(error.is_timeout() && error.was_sent(), "{error}");
    assert_eq!(error.kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn retry_budget_limits_retries() {
    let server = ViamServer::start();
    for (budget, succeeds) in [(RetryBudget::new(0, 0), false), (RetryBudget::unlimited(), true)] {
        server.fail(READ, [Fault::Cut]);
        let client = builder(&server.url()).retry_budget(budget).build().unwrap();
        let result = client.billing_client().get_current_month_usage("org").await;
        assert_eq!(result.is_ok(), succeeds);
        assert!(result.err().is_none_or(|error| error.attempts() == 1));
    }
}

#[tokio::test]
async fn summary_of_sixty_thousand_invoices() {
    let server = ViamServer::start();
    let invoices = (0..60_000).map(|number| {
        InvoiceSummary::default()
            .id(format!("00000000-0000-4000-8000-{number:012}"))
            .invoice_amount(9.99)
            .status("paid")
            .due_date("2026-06-15T00:00:00Z".parse().unwrap())
            .invoice_date("2026-06-01T00:00:00Z".parse().unwrap())
            .last_payment_failure_reason("card_declined")
    });
    server.summary(GetInvoicesSummaryResponse::default().invoices(invoices));
    let client = builder(&server.url()).build().unwrap();
    let summary = client.billing_client().get_invoices_summary("org").await.unwrap();
    assert_eq!(summary.invoices.len(), 60_000);
    assert!(summary.invoices[59_999].id.ends_with("059999"));

    let options = CallOptions::new().max_body_size(4 << 20);
    let billing = client.with_options(options).billing_client();
    let error = billing.get_invoices_summary("org").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::BodyTooLarge, 1));
    assert!(error.to_string().contains("max_body_size"), "{error}");
}

/// The memory of a decoded response is bounded by the limit on its message.
#[tokio::test]
async fn response_of_more_than_16_mib_needs_a_higher_limit() {
    const SIZE: usize = 16 << 20;
    let server = ViamServer::start();
    let client = builder(&server.url()).build().unwrap();
    let summary = |length: usize| {
        let invoice = InvoiceSummary::default().id("x".repeat(length));
        server.summary(GetInvoicesSummaryResponse::default().invoices([invoice]));
    };
    summary(SIZE - 100);
    client.billing_client().get_invoices_summary("org").await.unwrap();
    summary(SIZE);
    let error = client.billing_client().get_invoices_summary("org").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BodyTooLarge, "{error}");
    let billing =
        client.with_options(CallOptions::new().max_body_size(SIZE + 100)).billing_client();
    billing.get_invoices_summary("org").await.unwrap();
}

#[tokio::test]
async fn malformed_responses_are_errors() {
    for (reply, kind, attempts, text) in [
        (RawReply::http(200, "text/html", "<html>"), ErrorKind::Decode, 1, "text/html"),
        (RawReply::http(503, "text/html", "<html>"), ErrorKind::Status, 4, "not gRPC"),
        (RawReply::http(404, "text/plain", "no"), ErrorKind::Status, 1, "404"),
        (RawReply::http(302, "text/plain", ""), ErrorKind::Redirect, 1, "302"),
        (RawReply::http(503, "application/grpc", ""), ErrorKind::Status, 4, "503"),
        (RawReply::messages(&[]), ErrorKind::Decode, 1, "no message"),
        (RawReply::messages(&[b"", b""]), ErrorKind::Decode, 1, "more than one message"),
        (RawReply::messages(&[b"\xff"]), ErrorKind::Decode, 1, "cannot be decoded"),
        (RawReply::messages(&[b"\x7a\x01x"]), ErrorKind::Decode, 1, "cannot be decoded"),
        (RawReply::messages(&[]).and_bytes(b"<html>"), ErrorKind::Decode, 1, "cannot be decoded"),
        (RawReply::messages(&[b""]).without_trailers(), ErrorKind::Transport, 4, "is truncated"),
        (
            RawReply::messages(&[b""]).with_trailers(&[("x-other", "0")]),
            ErrorKind::Transport,
            4,
            "is truncated",
        ),
        (
            RawReply::messages(&[]).and_bytes(b"\0\0\0\0\x09half").without_trailers(),
            ErrorKind::Transport,
            4,
            "is truncated",
        ),
        (
            RawReply::messages(&[]).and_bytes(b"\0\0\0\0\x09half"),
            ErrorKind::Transport,
            4,
            "is truncated",
        ),
        // The service failed inside a message; its status counts.
        (
            RawReply::messages(&[])
                .and_bytes(b"\0\0\0\0\x09half")
                .with_trailers(&[("grpc-status", "7")]),
            ErrorKind::Status,
            1,
            "PERMISSION_DENIED",
        ),
        (RawReply::status(5, "nobody"), ErrorKind::Status, 1, "404 NOT_FOUND: nobody"),
        (RawReply::status(99, "odd"), ErrorKind::Status, 1, "500 UNKNOWN: odd"),
        (
            RawReply::messages(&[b""]).with_trailers(&[("grpc-status", "14")]),
            ErrorKind::Status,
            4,
            "UNAVAILABLE",
        ),
        // A status before the message does not replace the one after it.
        (
            RawReply::messages(&[b""])
                .and_header("grpc-status", "0")
                .with_trailers(&[("grpc-status", "14")]),
            ErrorKind::Status,
            4,
            "UNAVAILABLE",
        ),
        // Details that are not base64, before the message and after it.
        (
            RawReply::status(5, "x").and_header("grpc-status-details-bin", "!!!"),
            ErrorKind::Status,
            1,
            "NOT_FOUND",
        ),
        (
            RawReply::messages(&[])
                .with_trailers(&[("grpc-status", "5"), ("grpc-status-details-bin", "!!!")]),
            ErrorKind::Status,
            1,
            "NOT_FOUND",
        ),
    ] {
        let server = RawServer::start(move |request| match request.path.contains("Auth") {
            true => RawReply::messages(&[b"\x0a\x05token"]),
            false => reply.clone(),
        })
        .await;
        let client = builder(&server.url()).build().unwrap();
        let error = client.billing_client().get_current_month_usage("org").await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, attempts), "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
}

/// A proxy does not send a gRPC status, but it sends headers.
#[tokio::test]
async fn retry_after_of_a_proxy_is_honoured() {
    for (status, wait) in [(429, "3600"), (503, "3600"), (503, "Sat, 21 Nov 2026 11:00:00 GMT")] {
        let server = RawServer::start(move |_| {
            RawReply::http(status, "text/plain", "later")
                .and_header("date", "Sat, 21 Nov 2026 10:00:00 GMT")
                .and_header("retry-after", wait)
        })
        .await;
        let billing = builder(&server.url()).build().unwrap().billing_client();
        let error = billing.get_current_month_usage("org").await.unwrap_err();
        assert_eq!(error.retry_after(), Some(Duration::from_secs(3600)), "{error}");
        assert_eq!(
            (error.attempts(), &error.headers()["retry-after"]),
            (1, &wait.parse().unwrap())
        );
        assert_eq!(error.is_throttled(), status == 429);
    }
}

#[tokio::test]
async fn invalid_timestamp_is_an_error_that_names_it() {
    let server = RawServer::start(|request| match request.path.contains("Auth") {
        true => RawReply::messages(&[b"\x0a\x05token"]),
        // invoices: due_date: nanos = -1, after one without.
        false => RawReply::messages(&[
            b"\x12\x00\x12\x0d\x2a\x0b\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        ]),
    })
    .await;
    let billing = builder(&server.url()).build().unwrap().billing_client();
    let error = billing.get_invoices_summary("org").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Decode, 1));
    assert!(
        error.to_string().contains("`invoices[1].due_date` is not a valid timestamp"),
        "{error}"
    );
}

#[tokio::test]
async fn metadata_user_agent_and_a_ready_token_are_sent() {
    let server = RawServer::start(|_| RawReply::messages(&[b""])).await;
    let builder = ViamClient::builder()
        .access_token("ready")
        .metadata("x-tenant", "t-1")
        .user_agent("tool/2")
        .api_url(server.url());
    assert!(!format!("{builder:?}").contains("ready"));
    builder.build().unwrap().billing_client().get_current_month_usage("org").await.unwrap();
    let requests = server.requests();
    let [request] = requests.as_slice() else { panic!("no exchange: {requests:?}") };
    assert_eq!(request.headers["authorization"], "Bearer ready");
    assert_eq!(request.headers["x-tenant"], "t-1");
    let agent = request.headers["user-agent"].to_str().unwrap();
    assert!(agent.starts_with("viam-billing/") && agent.contains(" tool/2"), "{agent}");

    // It cannot be renewed.
    let server = ViamServer::start();
    let client = ViamClient::builder().access_token("expired").api_url(server.url());
    let error = client.build().unwrap().billing_client().get_current_month_usage("org").await;
    let error = error.unwrap_err();
    assert!(error.is_auth(), "{error}");
    assert_eq!((error.attempts(), server.calls().len()), (1, 1));
    for builder in [
        ViamClient::builder().access_token(""),
        ViamClient::builder().access_token("a\nb"),
        ViamClient::builder().access_token("token").api_key("key", "id"),
        ViamClient::builder().access_token("token").metadata("viam_client", "x"),
    ] {
        assert_eq!(builder.build().unwrap_err().kind(), ErrorKind::Config);
    }
}

/// A connection ends with the runtime on which it was made.
#[test]
fn client_outlives_its_runtime() {
    let server = ViamServer::start();
    let client = builder(&server.url()).build().unwrap();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    for _ in 0..3 {
        let billing = client.billing_client();
        runtime().block_on(async { billing.get_current_month_usage("org").await }).unwrap();
    }
    assert_eq!(server.count("authenticate"), 1, "the token is not bound to it");

    let first = runtime();
    let channel =
        first.block_on(async { Endpoint::from_shared(server.url()).unwrap().connect_lazy() });
    let client =
        ViamClient::builder().api_key(ViamServer::KEY, ViamServer::KEY_ID).channel(channel);
    let billing = client.build().unwrap().billing_client();
    first.block_on(async { billing.get_current_month_usage("org").await }).unwrap();
    drop(first);
    let error = runtime().block_on(async { billing.get_current_month_usage("org").await });
    let error = error.unwrap_err();
    assert!(error.is_connect() && !error.is_retryable(), "{error}");
    assert!(error.to_string().contains("ends with the Tokio runtime"), "{error}");

    let billing = builder(&server.url()).build().unwrap().billing_client();
    let mut call = Box::pin(billing.get_current_month_usage("org"));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Err(error)) = call.as_mut().poll(&mut context) else {
        panic!("there is no runtime to wait for");
    };
    assert!(error.to_string().contains("no Tokio runtime"), "{error}");
}

/// This keeps a charge from being sent on a dead connection.
#[tokio::test]
async fn idle_connection_is_pinged() {
    let server = ViamServer::start();
    let counter = PingCounter::start(server.url().trim_start_matches("http://")).await;
    let billing = builder(&counter.url()).build().unwrap().billing_client();
    billing.get_current_month_usage("org").await.unwrap();
    let before = counter.pings();
    pass(19).await;
    // Enough time for a ping to be noticed, if there were one.
    billing.get_current_month_usage("org").await.unwrap();
    assert_eq!(counter.pings(), before, "not more often than every 20 s");
    pass(21).await;
    let asked = async {
        while counter.pings() == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), asked).await.expect("no ping");
}

#[tokio::test]
async fn key_exchange_gets_the_remaining_time_of_the_call() {
    let server = RawServer::start(|_| RawReply::status(7, "no")).await;
    let options = CallOptions::new().retry(NeverRetry).timeout(Duration::from_secs(3));
    let billing = builder(&server.url()).options(options).build().unwrap().billing_client();
    billing.get_current_month_usage("org").await.unwrap_err();
    let request = &server.requests()[0];
    assert!(request.path.ends_with("/Authenticate"));
    let limit = request.headers["grpc-timeout"].to_str().unwrap();
    let (number, unit) = limit.split_at(limit.len() - 1);
    let limit = match unit {
        "n" => Duration::from_nanos(number.parse().unwrap()),
        "u" => Duration::from_micros(number.parse().unwrap()),
        "m" => Duration::from_millis(number.parse().unwrap()),
        _ => Duration::from_secs(number.parse().unwrap()),
    };
    assert!(limit <= Duration::from_secs(3), "{limit:?}");
}

#[tokio::test]
async fn malformed_tokens_are_errors() {
    for token in [&b""[..], b"\x0a\x00", b"\x0a\x03a\nb"] {
        let server = RawServer::start(move |_| RawReply::messages(&[token])).await;
        let client = builder(&server.url()).build().unwrap();
        let error = once("charge_organization", &client.billing_client()).await.unwrap_err();
        assert_eq!((error.kind(), error.was_sent()), (ErrorKind::Decode, false), "{error}");
        assert_eq!(server.requests().len(), 1);
    }
}

#[tokio::test]
async fn certificates_are_verified() {
    let server = ViamServer::start_tls();
    let client = builder(&server.url()).add_root_certificates(server.root_pem()).unwrap();
    client.build().unwrap().billing_client().get_current_month_usage("org").await.unwrap();

    let untrusting = builder(&server.url()).build().unwrap().billing_client();
    let error = untrusting.get_current_month_usage("org").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connect, 1), "{}", chain(&error));
    assert!(error.to_string().contains("certificate") && !error.is_retryable(), "{error}");

    // Plaintext to a server that expects TLS.
    let plain = ScriptedServer::start([]).await;
    let client = builder(&plain.url().replace("http:", "https:"))
        .connect_timeout(Duration::from_millis(300))
        .options(CallOptions::new().retry(NeverRetry))
        .build()
        .unwrap();
    let error = client.billing_client().get_current_month_usage("org").await.unwrap_err();
    assert!(error.is_connect() && !error.was_sent(), "{}", chain(&error));

    // TLS to a server in plaintext: not retried.
    let plain = ViamServer::start();
    let client = builder(&plain.url().replace("http:", "https:")).build().unwrap();
    let error = client.billing_client().get_current_month_usage("org").await.unwrap_err();
    assert!(error.is_connect() && !error.is_retryable(), "{}", chain(&error));
    assert_eq!(error.attempts(), 1);
    assert!(error.to_string().contains("does not speak TLS"), "{error}");
}

/// Runs in a separate process, on a system without certificates.
#[test]
fn certificates_of_the_caller_are_sufficient() {
    const CHILD: &str = "VIAM_TEST_WITHOUT_CERTIFICATES";
    let address = "https://app.example.com";
    if std::env::var_os(CHILD).is_some() {
        let server = ViamServer::start_tls();
        assert_eq!(
            builder(address).build().unwrap_err().kind(),
            ErrorKind::Config,
            "no certificates"
        );
        let with_own = builder(address).add_root_certificates(server.root_pem()).unwrap();
        with_own.build().unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    let status = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "viam_calls::certificates_of_the_caller_are_sufficient"])
        .env(CHILD, "1")
        .env("SSL_CERT_FILE", &empty)
        .env("SSL_CERT_DIR", folder.path())
        .status()
        .unwrap();
    assert!(status.success());
}

/// If a bad port were ignored, the key would be sent to another one.
#[test]
fn bad_port_is_rejected() {
    for address in [
        "http://127.0.0.1:99999",
        "http://localhost:abc",
        "http://[::1]:abc",
        "http://localhost:0",
        "app.viam.com:70000",
        "app.viam.com:+1",
        "https://app.viam.com:",
        "https://app.viam.com#fragment",
        "https://app.viam.com?",
    ] {
        let outcome = builder(address).build();
        assert_eq!(
            outcome.map(drop).map_err(|error| error.kind()),
            Err(ErrorKind::Config),
            "{address}"
        );
    }
    for address in ["app.viam.com", "app.viam.com:65535", "http://localhost:1", "http://[::1]:1"] {
        assert!(builder(address).build().is_ok(), "{address}");
    }
}

#[tokio::test]
async fn custom_channel_is_used() {
    let server = ViamServer::start();
    let channel = Endpoint::from_shared(server.url()).unwrap().connect_lazy();
    let client = ViamClient::builder().api_key(ViamServer::KEY, ViamServer::KEY_ID);
    let client = client.channel(channel).build().unwrap();
    client.billing_client().get_current_month_usage("org").await.unwrap();
    assert!(format!("{client:?}").contains("a channel of the caller"));
}
