//! One sentinel in every credential and in a coupon code: it reaches the service, and is never
//! printed.

use billing_tests::{Printed, Reply, ScriptedServer, json, record, wire};
use scaleway_billing::{
    CallOptions, Client, Error, NeverRetry, Secret,
    v2alpha1::{BillingApi, ListInvoicesRequest},
    v2beta1,
};

const SENTINEL: &str = "5ec7e700-dead-4bad-8bad-5ec7e7005ec7";

#[tokio::test]
async fn sentinel_is_sent_and_never_printed() {
    let (log, _guard) = record();
    let mut printed = Printed::default();
    printed.debug(&Secret::from(SENTINEL));

    let elsewhere = ScriptedServer::start([json("{}")]).await;
    let location = format!("location: {}/?token={SENTINEL}", elsewhere.url());
    let escaped = SENTINEL.replace('5', "\\u0035");
    let error_body = r#"{"type":"denied_authentication","method":"api_key","reason":"not_found"}"#;
    let script = [
        json(r#"{"total_count":0,"invoices":[]}"#),
        Reply::http("401 Unauthorized", &["content-type: application/json"], error_body),
        Reply::http("503 Service Unavailable", &[], ""),
        Reply::http("302 Found", &[&location], ""),
        Reply::http("200 OK", &["content-type: text/html"], "<html>"),
        json("[]"),
        json("{\"invoices\":").cut(3),
        Reply::Close,
        Reply::Bytes(b"junk\r\n".into()),
        // A peer that echoes the request.
        Reply::http(
            "400 Bad Request",
            &[],
            format!(r#"{{"type":"{SENTINEL}","message":"{SENTINEL}?"}}"#),
        ),
        Reply::http("503 Service Unavailable", &[&format!("x-request-id: {SENTINEL}")], ""),
        Reply::http("200 OK", &[&format!("x-request-id: {SENTINEL}")], "{}"),
        json(format!("x-auth-token: {SENTINEL}")),
        json(format!(r#"{{"total_count":"{SENTINEL}"}}"#)),
        json(format!(r#"{{"{SENTINEL}":1}}"#)),
        json(format!(r#"{{"total_count":"{escaped}"}}"#)),
        json(format!(r#"{{"invoices":[{{"{escaped}":1}}]}}"#)),
        json(format!("[\"{escaped}\"]")),
    ];
    let count = script.len();
    let key = |builder: scaleway_billing::ClientBuilder| builder.secret_key(SENTINEL);
    let token = |builder: scaleway_billing::ClientBuilder| builder.session_token(SENTINEL);
    for (header, authenticate) in
        [("x-auth-token", &key as &dyn Fn(_) -> _), ("x-session-token", &token)]
    {
        let server = ScriptedServer::start(script.clone()).await;
        let options = CallOptions::new().retry(NeverRetry);
        let builder = authenticate(Client::builder()).api_url(server.url()).options(options);
        printed.debug(&builder);
        let client = builder.build().unwrap();
        printed.debug(&client);
        let billing = BillingApi::new(&client);
        printed.debug(&billing);
        let mut pager = billing.list_invoices_all(ListInvoicesRequest::new());
        printed.debug(&pager);
        for number in 0..count {
            match billing.list_invoices(ListInvoicesRequest::new()).await {
                Ok(response) => printed.debug(&response),
                Err(error) => printed.error(&error),
            }
            let request = server.requests()[number].to_lowercase();
            assert!(request.contains(&format!("{header}: {SENTINEL}\r\n")), "{request}");
        }
        printed.error(&pager.try_next().await.unwrap_err());
        printed.debug(&pager);
    }
    assert!(elsewhere.requests().is_empty());

    // Invalid clients: the secret in the wrong setting, or malformed.
    let wrong: Vec<Box<dyn Fn() -> Result<Client, Error>>> = vec![
        Box::new(|| Client::new(format!("{SENTINEL}0"))),
        Box::new(|| Client::new(format!("{SENTINEL}\n"))),
        Box::new(|| {
            Client::builder().secret_key(format!("{SENTINEL}\n")).bypass_validation(true).build()
        }),
        Box::new(|| Client::builder().secret_key(SENTINEL).access_key(SENTINEL).build()),
        Box::new(|| Client::builder().secret_key(SENTINEL).api_url(format!("{SENTINEL}/")).build()),
        Box::new(|| {
            Client::builder()
                .secret_key(SENTINEL)
                .api_url(format!("https://{SENTINEL}@api.example.com"))
                .build()
        }),
        Box::new(|| {
            Client::builder()
                .secret_key(SENTINEL)
                .api_url(format!("https://api.example.com/?{SENTINEL}"))
                .build()
        }),
        Box::new(|| {
            Client::builder()
                .secret_key(SENTINEL)
                .default_organization_id(format!("{SENTINEL}x"))
                .build()
        }),
        Box::new(|| {
            Client::builder().secret_key(SENTINEL).user_agent(format!("{SENTINEL}\n")).build()
        }),
    ];
    for build in &wrong {
        printed.error(&build().unwrap_err());
    }
    let refused =
        Client::builder().secret_key(SENTINEL).api_url("http://127.0.0.1:1").build().unwrap();
    let once = refused.with_options(CallOptions::new().retry(NeverRetry));
    printed.error(
        &BillingApi::new(&once).list_invoices(ListInvoicesRequest::new()).await.unwrap_err(),
    );

    for (place, text) in [("what was printed", printed.text()), ("the log", &log.text())] {
        assert!(!text.contains(SENTINEL), "the secret is in {place}: {text}");
        assert!(!text.contains("u0035ec7e700"), "the escaped secret is in {place}: {text}");
    }
    assert!(log.text().contains("billing.call"), "the spans were recorded");
    assert!(log.text().contains("/billing/v2alpha1/invoices"), "with their route");
}

#[tokio::test]
async fn coupon_code_is_sent_and_never_printed() {
    let (log, _guard) = record();
    let mut printed = Printed::default();
    let request = v2beta1::RedeemCouponRequest::new(SENTINEL);
    printed.debug(&request);
    printed.debug(&v2beta1::RedeemCouponRequest::from(SENTINEL));

    let location = format!("location: https://api.example.com/?code={SENTINEL}");
    let script = [
        json(r#"{"id":"a"}"#),
        Reply::http("400 Bad Request", &[], r#"{"type":"invalid_arguments"}"#),
        Reply::http("404 Not Found", &[], r#"{"type":"not_found","resource":"coupon"}"#),
        Reply::http("503 Service Unavailable", &[], ""),
        Reply::http("302 Found", &[&location], ""),
        Reply::http("200 OK", &["content-type: text/html"], "<html>"),
        json("[]"),
        json("{\"id\":").cut(3),
        Reply::Close,
        Reply::Bytes(b"junk\r\n".into()),
    ];
    let count = script.len();
    let server = ScriptedServer::start(script).await;
    let redeem = async |url: &str, organization: &str| {
        let client = Client::builder()
            .secret_key(wire::KEY)
            .api_url(url)
            .options(CallOptions::new().retry(NeverRetry))
            .build()
            .unwrap();
        let mut request = request.clone();
        request.organization_id = Some(organization.to_owned()).filter(|id| !id.is_empty());
        v2beta1::BillingApi::new(&client).redeem_coupon(request).await
    };
    for number in 0..count {
        match redeem(&server.url(), "o").await {
            Ok(response) => printed.debug(&response),
            Err(error) => printed.error(&error),
        }
        let request = &server.requests()[number];
        let line = format!("/redeem-coupon?organization_id=o&code={SENTINEL} HTTP/1.1\r\n");
        assert!(request.contains(&line), "{request}");
        assert!(request.to_lowercase().contains("\r\ncontent-length: 0\r\n"), "{request}");
    }
    printed.error(&redeem(&server.url(), "").await.unwrap_err());
    printed.error(&redeem("http://127.0.0.1:1", "o").await.unwrap_err());
    assert_eq!(server.requests().len(), count);

    for (place, text) in [("what was printed", printed.text()), ("the log", &log.text())] {
        assert!(!text.contains(SENTINEL), "the code is in {place}: {text}");
    }
    assert!(log.text().contains("/billing/v2beta1/redeem-coupon"), "the spans were recorded");
}

#[tokio::test]
async fn echoed_key_is_redacted_even_if_truncated() {
    let bodies = (0..1000).step_by(23).flat_map(|before| {
        let text = format!("{}{SENTINEL}", "x".repeat(before));
        [
            json(&text),
            json(format!(r#"{{"{text}":1}}"#)),
            json(format!(r#"{{"total_count":"{text}"}}"#)),
            Reply::http(
                "400 Bad Request",
                &[],
                format!(r#"{{"type":"{text}","message":"{text}"}}"#),
            ),
            Reply::http("200 OK", &[&format!("content-type: a/{text}")], "{"),
            Reply::http("200 OK", &[&format!("content-encoding: {text}")], "{}"),
            Reply::http("302 Found", &[&format!("location: https://{text}.example/")], ""),
        ]
    });
    let bodies: Vec<_> = bodies.collect();
    let count = bodies.len();
    let server = ScriptedServer::start(bodies).await;
    let client = Client::builder().secret_key(SENTINEL).api_url(server.url());
    let client = client.options(CallOptions::new().retry(NeverRetry)).build().unwrap();
    let (log, _guard) = record();
    let mut printed = Printed::default();
    for _ in 0..count {
        let request = ListInvoicesRequest::new();
        printed.error(&BillingApi::new(&client).list_invoices(request).await.unwrap_err());
    }
    // What a download is called, as a header and inside JSON.
    let names = (0..500).step_by(23).map(|before| format!("{}{SENTINEL}", "x".repeat(before)));
    let files = names.flat_map(|text| {
        [
            Reply::http("200 OK", &[&format!("content-type: a/{text}")], "%PDF-"),
            Reply::http("200 OK", &[&format!("content-encoding: {text}")], "%PDF-"),
            json(format!(r#"{{"content_type":"a/{text}","content":"JVBERi0="}}"#)),
            json(format!(r#"{{"name":"{text}","content":"{text}"}}"#)),
        ]
    });
    let files: Vec<_> = files.collect();
    let count = files.len();
    let server = ScriptedServer::start(files).await;
    let client = Client::builder().secret_key(SENTINEL).api_url(server.url());
    let client = client.options(CallOptions::new().retry(NeverRetry)).build().unwrap();
    for _ in 0..count {
        printed.error(&BillingApi::new(&client).download_invoice("a").await.unwrap_err());
    }
    for text in [printed.text(), &log.text()] {
        // The beginning of the key would already reveal it.
        let line = text.lines().find(|line| line.contains(&SENTINEL[..4]));
        assert_eq!(line, None);
    }
}

#[tokio::test]
async fn spans_have_the_route_but_no_values() {
    let (log, _guard) = record();
    let server = ScriptedServer::start([
        Reply::http("503 Service Unavailable", &[], "body-text"),
        Reply::http("200 OK", &["x-request-id: r-7"], r#"{"invoices":[{"id":"body-text"}]}"#),
    ])
    .await;
    let client = Client::builder().secret_key(SENTINEL).api_url(server.url()).build().unwrap();
    let request = ListInvoicesRequest::new().organization_id("query-value");
    BillingApi::new(&client).list_invoices(request).await.unwrap();
    let text = log.text();
    for expected in
        ["billing.call", "billing.http", "url.template", "r-7", "retrying after a failed", "503"]
    {
        assert!(text.contains(expected), "{expected}: {text}");
    }
    for secret in ["query-value", "body-text", "organization_id="] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

#[tokio::test]
async fn fastly_token_is_sent_and_never_printed() {
    use fastly_billing::{
        ApiError, RateLimit, Wait,
        v3::{self, BillingInvoicesApi, CustomerAddress, CustomerAddressesApi},
    };

    let (log, _guard) = record();
    let mut printed = Printed::default();
    let elsewhere = ScriptedServer::start([json("{}")]).await;
    let location = format!("location: {}/?token={SENTINEL}", elsewhere.url());
    let refused = r#"{"msg":"Unauthorized","detail":"Invalid API key"}"#;
    let script = [
        json(r#"{"data":[],"meta":{"next_cursor":""}}"#),
        Reply::http("202 Accepted", &["retry-after: 0"], ""),
        Reply::http("403 Forbidden", &["content-type: application/json"], refused),
        Reply::http("429 Too Many Requests", &["fastly-ratelimit-reset: 1"], ""),
        Reply::http("302 Found", &[&location], ""),
        Reply::http("200 OK", &["content-type: text/html"], "<html>"),
        json("[]"),
        json("{\"data\":").cut(3),
        Reply::Close,
        Reply::Bytes(b"junk\r\n".into()),
        // A peer that echoes the request.
        Reply::http("400 Bad Request", &[], format!(r#"{{"msg":"{SENTINEL}?"}}"#)),
        Reply::http("202 Accepted", &[&format!("x-request-id: {SENTINEL}")], "{}"),
        json(format!(r#"{{"{SENTINEL}":1}}"#)),
    ];
    let count = script.len();
    let server = ScriptedServer::start(script).await;
    let options = CallOptions::new().retry(NeverRetry);
    let builder = fastly_billing::Client::builder();
    let builder = builder.api_token(SENTINEL).api_url(server.url()).options(options);
    printed.debug(&builder);
    let client = builder.build().unwrap();
    let api = BillingInvoicesApi::new(&client);
    printed.debug(&client);
    printed.debug(&api);
    printed.debug(&CustomerAddressesApi::new(&client));
    let mut pager = api.list_invoices_all(v3::ListInvoicesRequest::new());
    printed.debug(&pager);
    for number in 0..count {
        let request = v3::GetMonthToDateInvoiceRequest::new();
        match api.get_month_to_date_invoice(request).await {
            Ok(response) => {
                printed.debug(&response);
                printed.debug(&RateLimit::of(&response));
            }
            Err(error) => {
                printed.error(&error);
                // It is a view of the body as received. Whether to print it is up to the caller.
                if error.raw_body().is_none_or(|body| !body.starts_with(br#"{"msg":"5ec7"#)) {
                    printed.debug(&ApiError::from_error(&error));
                }
            }
        }
        let request = server.requests()[number].to_lowercase();
        assert!(request.contains(&format!("fastly-key: {SENTINEL}\r\n")), "{request}");
    }
    printed.error(&pager.try_next().await.unwrap_err());
    printed.debug(&pager);
    let request = v3::GetMonthToDateInvoiceRequest::new();
    let wait = Wait::new();
    printed.error(&api.get_month_to_date_invoice_when_ready(request, wait).await.unwrap_err());
    let create = CustomerAddressesApi::new(&client);
    let address = CustomerAddress::default();
    printed.error(&create.create_customer_address(address).await.unwrap_err());
    assert!(elsewhere.requests().is_empty());

    // Invalid clients: the token in the wrong setting, or malformed.
    let build = |token: &str, url: &str| {
        fastly_billing::Client::builder().api_token(token).api_url(url).build().unwrap_err()
    };
    printed.error(&build(&format!("{SENTINEL}\n"), "https://api.example.com"));
    printed.error(&build(SENTINEL, SENTINEL));
    printed.error(&build(SENTINEL, &format!("https://{SENTINEL}@api.example.com")));
    printed.error(&build(SENTINEL, &format!("https://api.example.com/?{SENTINEL}")));
    printed.error(&build(SENTINEL, &format!("ftp://{SENTINEL}")));

    for (place, text) in [("what was printed", printed.text()), ("the log", &log.text())] {
        assert!(!text.contains(SENTINEL), "the secret is in {place}: {text}");
    }
    assert!(log.text().contains("/billing/v3/invoices/month-to-date"), "the spans were recorded");
}
