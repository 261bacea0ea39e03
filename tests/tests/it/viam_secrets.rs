//! One sentinel in the key, the token and the bank account: it reaches the other side, and nothing
//! that anyone prints.

use std::time::Duration;

use billing_tests::{Printed, RawReply, RawServer, record};
use viam_billing::{
    CallOptions, Error, NeverRetry, ViamClient,
    server::{
        auth::{AuthenticateRequest, AuthenticateResponse, AuthenticateToResponse, Credentials},
        v1 as wire,
    },
    v1::{
        GetInvoicePdfRequest, GetOrgBillingInformationResponse, PaymentMethodCard,
        PaymentMethodUsBankAccount, VerificationInfo,
    },
};

const SENTINEL: &str = "5ec7e700-dead-4bad-8bad-5ec7e7005ec7";

#[tokio::test]
async fn the_sentinel_is_sent_and_never_printed() {
    let (log, _guard) = record();
    let mut printed = Printed::default();

    let token = [&[0x0a, 36][..], SENTINEL.as_bytes()].concat();
    let late = ("grpc-message", SENTINEL);
    let replies = [
        RawReply::messages(&[b""]),
        RawReply::messages(&[b"\xff"]),
        RawReply::messages(&[]),
        RawReply::messages(&[b""]).without_trailers(),
        RawReply::http(200, "text/html", "<html>"),
        RawReply::http(503, "text/html", "<html>"),
        RawReply::status(16, "no"),
        RawReply::status(7, "no"),
        // A peer that sends back what it got.
        RawReply::status(3, SENTINEL),
        RawReply::status(16, SENTINEL),
        RawReply::messages(&[b""]).with_trailers(&[("grpc-status", "3"), late]),
        RawReply::messages(&[b""]).with_trailers(&[("grpc-status", "16"), late]),
        RawReply::messages(&[b"\x0a\x05%PDF-"]).with_trailers(&[("grpc-status", "3"), late]),
        RawReply::status(14, "no"),
    ];
    for reply in replies {
        let token = token.clone();
        let server = RawServer::start(move |request| match request.path.contains("Auth") {
            true => RawReply::messages(&[&token]),
            false => reply.clone(),
        })
        .await;
        let builder = ViamClient::builder()
            .api_key(SENTINEL, "key-id")
            .api_url(server.url())
            .options(CallOptions::new().retry(NeverRetry));
        printed.debug(&builder);
        let client = builder.build().unwrap();
        printed.debug(&client);
        let billing = client.billing_client();
        printed.debug(&billing);
        match billing.get_current_month_usage("org").await {
            Ok(response) => printed.debug(&response),
            Err(error) => printed.error(&error),
        }
        match billing.get_invoice_pdf(GetInvoicePdfRequest::new("invoice", "org")).bytes().await {
            Ok(response) => printed.debug(&response),
            Err(error) => printed.error(&error),
        }
        printed.debug(&billing);
        let requests = server.requests();
        let key = requests[0].message.windows(36).any(|part| part == SENTINEL.as_bytes());
        assert!(key, "the key is sent");
        assert_eq!(requests[1].headers["authorization"], format!("Bearer {SENTINEL}"));
    }

    let wrong: Vec<Box<dyn Fn() -> Result<ViamClient, Error>>> = vec![
        Box::new(|| ViamClient::new(format!("{SENTINEL}\n"), "key-id")),
        Box::new(|| ViamClient::builder().api_key(SENTINEL, "").build()),
        Box::new(|| {
            let address = format!("https://{SENTINEL}@app.example.com");
            ViamClient::builder().api_key(SENTINEL, "key-id").api_url(address).build()
        }),
        Box::new(|| {
            let address = format!("app.example.com/{SENTINEL}");
            ViamClient::builder().api_key(SENTINEL, "key-id").api_url(address).build()
        }),
    ];
    for build in &wrong {
        printed.error(&build().unwrap_err());
    }
    let nowhere = ViamClient::builder().api_key(SENTINEL, "key-id").api_url("http://127.0.0.1:1");
    let options = CallOptions::new().retry(NeverRetry).timeout(Duration::from_secs(5));
    let nowhere = nowhere.options(options).build().unwrap().billing_client();
    printed.error(&nowhere.get_current_month_usage("org").await.unwrap_err());

    // Messages that carry keys, tokens or bank data.
    let secret = || SENTINEL.to_owned();
    let credentials = Credentials { r#type: secret(), payload: secret() };
    printed.debug(&credentials);
    let entity = "key-id".to_owned();
    printed.debug(&AuthenticateRequest { entity, credentials: Some(credentials) });
    printed.debug(&AuthenticateResponse { access_token: secret() });
    printed.debug(&AuthenticateToResponse { access_token: secret() });
    let page = VerificationInfo::default().hosted_verification_page_url(SENTINEL);
    printed.debug(&page);
    let account = PaymentMethodUsBankAccount::default()
        .bank_name(SENTINEL)
        .last_four_digits_account_number(SENTINEL)
        .routing_number(SENTINEL)
        .account_type(SENTINEL)
        .verification_info(page);
    printed.debug(&account);
    let card = PaymentMethodCard::default().brand(SENTINEL).last_four_digits(SENTINEL);
    printed.debug(&card);
    let information =
        GetOrgBillingInformationResponse::default().method(card).method_us_bank_account(account);
    printed.debug(&information);
    printed.debug(&wire::GetOrgBillingInformationResponse::from(information));

    for (place, text) in [("what was printed", printed.text()), ("the log", &log.text())] {
        let line = text.lines().find(|line| line.contains(SENTINEL));
        assert_eq!(line, None, "the secret is in {place}");
    }
    let log = log.text();
    for expected in
        ["billing.grpc", "viam.app.v1.BillingService/GetCurrentMonthUsage", "UNAVAILABLE"]
    {
        assert!(log.contains(expected), "{expected}");
    }
}

/// The service may know the key, too, long after it was exchanged for a token.
#[tokio::test]
async fn a_key_that_comes_back_in_a_later_call_is_not_printed() {
    const KEY: &str = "k3y-of-the-sentinel";
    let replies = [
        RawReply::status(3, KEY),
        RawReply::status(3, "").and_header("grpc-status-details-bin", KEY),
        RawReply::messages(&[b""]).with_trailers(&[("grpc-status", "3"), ("grpc-message", KEY)]),
        RawReply::http(400, KEY, ""),
    ];
    for reply in replies {
        let server = RawServer::start(move |request| match request.path.contains("Auth") {
            true => RawReply::messages(&[b"\x0a\x05token"]),
            false => reply.clone(),
        })
        .await;
        let client = ViamClient::builder().api_key(KEY, "key-id").api_url(server.url());
        let billing = client.build().unwrap().billing_client();
        let error = billing.get_current_month_usage("org").await.unwrap_err();
        let mut printed = Printed::default();
        printed.error(&error);
        assert!(!printed.text().contains(KEY), "{}", printed.text());
        let request = GetInvoicePdfRequest::new("invoice", "org");
        printed.error(&billing.get_invoice_pdf(request).bytes().await.unwrap_err());
        assert!(!printed.text().contains(KEY), "{}", printed.text());
    }
}
