//! The settings of a client, as the service sees them.

use std::time::Duration;

use billing_tests::{
    Alone, ClosedPort, Reply, ScriptedServer, json,
    wire::{self, KEY},
};
use scaleway_billing::{
    CallOptions, Client, ClientBuilder, ErrorKind, RetryBudget, StandardRetry, reqwest,
    v2beta1::{BillingApi, ListInvoicesRequest},
};

/// Returns the request that a server receives when this client lists invoices.
async fn request(build: impl FnOnce(ClientBuilder) -> ClientBuilder) -> String {
    let server = ScriptedServer::start([json("{}")]).await;
    let client = build(Client::builder().secret_key(KEY).api_url(server.url())).build().unwrap();
    BillingApi::new(&client).list_invoices(ListInvoicesRequest::new()).await.unwrap();
    server.requests().remove(0).to_lowercase()
}

#[tokio::test]
async fn every_setting_reaches_the_wire() {
    let plain = request(|builder| builder).await;
    let agent = concat!("user-agent: scaleway-billing/", env!("CARGO_PKG_VERSION"));
    assert!(plain.contains(&format!("{agent}\r\n")), "{plain}");
    assert!(!plain.contains("accept-encoding") || plain.contains("gzip"), "{plain}");

    let named = request(|builder| builder.user_agent("my-app/1.0")).await;
    assert!(named.contains(&format!("{agent} my-app/1.0\r\n")), "{named}");

    let token = request(|builder| builder.session_token("console-token")).await;
    assert!(token.contains("x-session-token: console-token\r\n"), "{token}");
    assert!(!token.contains("x-auth-token"), "{token}");

    let sized = request(|builder| builder.default_page_size(7)).await;
    assert!(sized.starts_with("get /billing/v2beta1/invoices?page_size=7 "), "{sized}");

    let configured = request(|builder| {
        builder
            .configure_http(|http| {
                let headers =
                    [("x-extra", "1"), ("user-agent", "other"), ("x-auth-token", "other")];
                let headers =
                    headers.map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
                http.default_headers(headers.into_iter().collect())
            })
            .configure_http(|http| http.redirect(reqwest::redirect::Policy::limited(3)))
    })
    .await;
    assert!(configured.contains("x-extra: 1\r\n"), "{configured}");
    assert!(configured.contains(&format!("x-auth-token: {KEY}\r\n")), "{configured}");
}

#[tokio::test]
async fn redirects_are_always_rejected() {
    let other = ScriptedServer::start([json("{}")]).await;
    let location = format!("location: {}", other.url());
    let server = ScriptedServer::start([Reply::http("302 Found", &[&location], "")]).await;
    let client = Client::builder()
        .secret_key(KEY)
        .api_url(server.url())
        .configure_http(|http| http.redirect(reqwest::redirect::Policy::limited(3)))
        .build()
        .unwrap();
    let error =
        BillingApi::new(&client).list_invoices(ListInvoicesRequest::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Redirect);
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn base_url_may_have_a_path() {
    let server = ScriptedServer::start([json("{}")]).await;
    let url = format!("{}/gateway/scaleway", server.url());
    let client = Client::builder().secret_key(KEY).api_url(url).build().unwrap();
    BillingApi::new(&client).list_invoices(ListInvoicesRequest::new()).await.unwrap();
    assert!(server.requests()[0].starts_with("GET /gateway/scaleway/billing/v2beta1/invoices "));
}

#[test]
fn only_formats_are_checked_unless_bypassed() {
    let odd = || {
        Client::builder()
            .secret_key("not-a-uuid")
            .default_organization_id("acme")
            .api_url("https://api.example.com/")
    };
    assert_eq!(odd().build().unwrap_err().kind(), ErrorKind::Config);
    odd().bypass_validation(true).build().unwrap();

    let plain = || Client::builder().secret_key(KEY).api_url("http://api.example.com");
    for builder in [plain(), plain().bypass_validation(true)] {
        let error = builder.build().unwrap_err().to_string();
        assert!(
            error.contains("`api_url` of the builder") && error.contains("plain http"),
            "{error}"
        );
    }
    plain().allow_http(true).build().unwrap();

    for builder in [
        Client::builder().secret_key("").bypass_validation(true),
        Client::builder().session_token(""),
        Client::builder().secret_key(KEY).session_token(""),
        Client::builder(),
    ] {
        assert_eq!(builder.build().unwrap_err().kind(), ErrorKind::Config);
    }
    // An unused key does not matter.
    Client::builder().secret_key("unused").session_token("console-token").build().unwrap();
}

#[tokio::test]
async fn retry_budget_is_shared_only_by_clones() {
    let port = ClosedPort::take();
    let retry = StandardRetry::new().max_attempts(3).base_delay(Duration::ZERO);
    let client = Client::builder()
        .secret_key(KEY)
        .api_url(port.url())
        .options(CallOptions::new().retry(retry))
        .retry_budget(RetryBudget::new(0, 0))
        .build()
        .unwrap();
    assert!(format!("{client:?}").contains(&port.url()), "{client:?}");
    for client in [client.clone(), client.with_options(CallOptions::new())] {
        let error = BillingApi::new(&client).list_invoices(ListInvoicesRequest::new()).await;
        assert_eq!(error.unwrap_err().attempts(), 1);
    }
}

#[test]
fn runtime_without_timers_is_reported() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let client = wire::builder("http://127.0.0.1:1").build().unwrap();
    let list = async { BillingApi::new(&client).list_invoices(ListInvoicesRequest::new()).await };
    let error = runtime.block_on(list).unwrap_err();
    assert!(!error.was_sent() && error.to_string().contains("has no timers"), "{error}");

    let fastly = fastly_billing::Client::builder();
    let fastly = fastly.api_token("token").api_url("http://127.0.0.1:1").build().unwrap();
    let bills = fastly_billing::v3::BillingInvoicesApi::new(&fastly);
    let request = fastly_billing::v3::GetMonthToDateInvoiceRequest::new();
    let wait = fastly_billing::Wait::new();
    let error = runtime.block_on(bills.get_month_to_date_invoice_when_ready(request, wait));
    let error = error.unwrap_err();
    assert!(!error.was_sent() && error.to_string().contains("has no timers"), "{error}");
}

#[tokio::test]
async fn a_runtime_without_io_is_an_error() {
    let in_a_runtime = |builder: &mut tokio::runtime::Builder| {
        let runtime = builder.build().unwrap();
        let client = wire::builder("http://127.0.0.1:1").build().unwrap();
        let list =
            async { BillingApi::new(&client).list_invoices(ListInvoicesRequest::new()).await };
        let viam = viam_billing::ViamClient::builder().access_token("token");
        let viam = viam.api_url("http://127.0.0.1:1").build().unwrap();
        let errors = [
            runtime.block_on(list).unwrap_err(),
            runtime.block_on(viam.billing_client().get_available_billing_tiers()).unwrap_err(),
        ];
        for error in &errors {
            assert!(error.kind() == ErrorKind::Config && !error.was_sent(), "{error}");
            assert!(!error.is_retryable(), "{error}");
        }
        errors.map(|error| error.to_string())
    };
    std::thread::spawn(move || {
        let builder = tokio::runtime::Builder::new_current_thread;
        for text in in_a_runtime(builder().enable_time()) {
            assert!(
                text.contains("the Tokio runtime has no IO: build it with `enable_io`"),
                "{text}"
            );
        }
        for text in in_a_runtime(builder().enable_io()) {
            assert!(text.contains("the Tokio runtime has no timers"), "{text}");
        }
    })
    .join()
    .unwrap();
}

#[tokio::test]
async fn client_for_loopback_needs_no_runtime_and_no_roots() {
    // A path without certificates, for a separate process.
    if Alone::argument().is_none() {
        Alone::new("client::client_for_loopback_needs_no_runtime_and_no_roots")
            .env("SSL_CERT_FILE", "/nonexistent")
            .env("SSL_CERT_DIR", "/nonexistent")
            .run("rootless")
            .await;
        return;
    }
    // A thread without a runtime.
    std::thread::spawn(|| {
        Client::builder().secret_key(KEY).api_url("http://127.0.0.1:1").build().unwrap();
        let error = Client::new(KEY).unwrap_err().to_string();
        assert!(error.contains("install the system's CA certificates"), "{error}");
    })
    .join()
    .unwrap();
}
