//! What becomes of a call after each fault, for each class of idempotency and over each transport.
//! The table in `README.md` is written by this test.

use std::{fs, time::Duration};

use billing_tests::{ClosedPort, Fault, Reply, ScriptedServer, ViamServer, json, wire};
use futures_util::future::join_all;
use scaleway_billing::{CallOptions, Client, Error, RetryBudget, StandardRetry, v2, v2beta1};
use tonic::{Code, Status};
use viam_billing::{
    ViamClient,
    v1::{BillingClient, ChargeOrganizationRequest, UpdateOrganizationBillingTierRequest},
};

/// The classes, in the words of the documentation.
const CLASSES: [&str; 3] = ["safe", "idempotent", "at most once"];
/// What stands above the rows of the table, at the end of the file.
const HEAD: &str = "|---|---|---|---|---|\n";
/// The longest a response may take where it comes, on a machine with much else to do, and where
/// none does.
const PATIENCE: Duration = Duration::from_secs(60);
const IMPATIENCE: Duration = Duration::from_millis(300);
/// The fault after which nothing comes. Whether it passes cannot be told with one patience alone.
const SILENCE: &str = "no response";
const UNTRIED: &str = "–";

fn options(attempt: Duration) -> CallOptions {
    let retry = StandardRetry::new().base_delay(Duration::ZERO);
    CallOptions::new().retry(retry).attempt_timeout(attempt)
}

/// How a call ended.
fn outcome(result: Result<(), Error>, requests: usize) -> String {
    match result {
        Ok(()) => format!("success at attempt {requests}"),
        Err(error) => {
            assert!(requests <= error.attempts() as usize, "{requests} requests: {error}");
            let bound = match error.attempts() {
                1 if error.retry_after().is_some() && error.is_retryable() => "1, deadline",
                1 => "1",
                4 => "4, policy",
                _ => "unbounded",
            };
            format!("`{:?}` ({bound})", error.kind())
        }
    }
}

/// Makes a call of this class over HTTP.
async fn call_http(class: &str, client: &Client) -> Result<(), Error> {
    match class {
        "safe" => v2beta1::BillingApi::new(client).get_invoice("a").await.map(drop),
        "idempotent" => {
            let request = v2::UpdateBudgetRequest::new("a");
            v2::BillingApi::new(client).update_budget(request).await.map(drop)
        }
        _ => v2beta1::BillingApi::new(client).redeem_coupon("SPRING").await.map(drop),
    }
}

fn http_client(url: &str, attempt: Duration) -> Client {
    let builder = wire::builder(url).default_organization_id(wire::ORGANIZATION);
    builder.retry_budget(RetryBudget::unlimited()).options(options(attempt)).build().unwrap()
}

fn http_faults() -> Vec<(&'static str, Reply)> {
    let json_error = |status: &str| Reply::http(status, &["content-type: application/json"], "{}");
    vec![
        ("connection closed before the response", Reply::Close),
        ("response cut", Reply::http("200 OK", &[], r#"{"id":"a"}"#).cut(3)),
        (SILENCE, Reply::Stall(Vec::new())),
        ("408", json_error("408 Request Timeout")),
        ("429", json_error("429 Too Many Requests")),
        (
            "429 with a wait beyond the deadline",
            Reply::http("429 Too Many Requests", &["retry-after: 3600"], "{}"),
        ),
        ("500", json_error("500 Internal Server Error")),
        (
            "502 with a web page",
            Reply::http("502 Bad Gateway", &["content-type: text/html"], "<p>"),
        ),
        ("503", json_error("503 Service Unavailable")),
        ("504", json_error("504 Gateway Timeout")),
        ("400", json_error("400 Bad Request")),
        ("401", json_error("401 Unauthorized")),
        ("403", json_error("403 Forbidden")),
        ("409", json_error("409 Conflict")),
        ("redirect", Reply::http("302 Found", &["location: https://example.com/"], "")),
    ]
}

async fn over_http(fault: &str, reply: Reply, class: &'static str) -> [String; 2] {
    let sound = json(r#"{"id":"a"}"#);
    let run = async |script: Vec<Reply>, patience| {
        let server = ScriptedServer::start(script).await;
        let result = call_http(class, &http_client(&server.url(), patience)).await;
        outcome(result, server.requests().len())
    };
    if fault == SILENCE {
        return [UNTRIED.to_owned(), run(vec![reply], IMPATIENCE).await];
    }
    [run(vec![reply.clone(), sound], PATIENCE).await, run(vec![reply], PATIENCE).await]
}

/// Makes a call of this class over gRPC.
async fn call_grpc(class: &str, billing: &BillingClient) -> Result<(), Error> {
    match class {
        "safe" => billing.get_current_month_usage("org").await.map(drop),
        "idempotent" => {
            let request = UpdateOrganizationBillingTierRequest::new("org", "pro");
            billing.update_organization_billing_tier(request).await.map(drop)
        }
        _ => {
            let request = ChargeOrganizationRequest::new("org", 1.0, 0.0);
            billing.charge_organization(request).await.map(drop)
        }
    }
}

fn grpc_method(class: &str) -> &'static str {
    match class {
        "safe" => "get_current_month_usage",
        "idempotent" => "update_organization_billing_tier",
        _ => "charge_organization",
    }
}

fn grpc_client(url: &str) -> ViamClient {
    let builder = ViamClient::builder().api_key(ViamServer::KEY, ViamServer::KEY_ID).api_url(url);
    builder.retry_budget(RetryBudget::unlimited()).options(options(PATIENCE)).build().unwrap()
}

fn grpc_faults() -> Vec<(&'static str, Fault)> {
    let status = |code| Fault::Status(Status::new(code, "no"));
    vec![
        ("connection closed before the response", Fault::Cut),
        (SILENCE, Fault::Hang),
        ("`UNAVAILABLE`", status(Code::Unavailable)),
        ("`RESOURCE_EXHAUSTED`", status(Code::ResourceExhausted)),
        ("`DEADLINE_EXCEEDED`", status(Code::DeadlineExceeded)),
        ("`INTERNAL`", status(Code::Internal)),
        ("`ABORTED`", status(Code::Aborted)),
        ("`PERMISSION_DENIED`", status(Code::PermissionDenied)),
        ("`NOT_FOUND`", status(Code::NotFound)),
    ]
}

async fn over_grpc(fault: &str, kind: Fault, class: &'static str) -> [String; 2] {
    let method = grpc_method(class);
    let run = async |times: usize, patience| {
        let server = ViamServer::start();
        let client = grpc_client(&server.url());
        // Connection and token are there before the fault is.
        client.billing_client().get_org_billing_information("org").await.unwrap();
        server.fail(method, std::iter::repeat_n(kind.clone(), times));
        let client = client.with_options(options(patience));
        let result = call_grpc(class, &client.billing_client()).await;
        let requests = server.calls().iter().filter(|call| *call == method).count();
        outcome(result, requests)
    };
    if fault == SILENCE {
        return [UNTRIED.to_owned(), run(100, IMPATIENCE).await];
    }
    [run(1, PATIENCE).await, run(100, PATIENCE).await]
}

/// Nobody listens: the request provably never left, so that every class is repeated.
async fn refused(class: &'static str, transport: &str) -> [String; 2] {
    let port = ClosedPort::take();
    let result = match transport {
        "HTTP" => call_http(class, &http_client(&port.url(), PATIENCE)).await,
        _ => call_grpc(class, &grpc_client(&port.url()).billing_client()).await,
    };
    [UNTRIED.to_owned(), outcome(result, 0)]
}

#[tokio::test]
async fn the_table_in_the_readme_is_what_happens() {
    let mut table = String::new();
    let mut add = |fault: &str, transport: &str, outcomes: Vec<[String; 2]>| {
        for (class, [once, always]) in CLASSES.iter().zip(outcomes) {
            let row = format!("| {fault} | {transport} | {class} | {once} | {always} |\n");
            table.push_str(&row);
        }
    };
    for transport in ["HTTP", "gRPC"] {
        let outcomes = join_all(CLASSES.map(|class| refused(class, transport))).await;
        add("connection refused", transport, outcomes);
    }
    for (fault, reply) in http_faults() {
        let outcomes = CLASSES.map(|class| over_http(fault, reply.clone(), class));
        add(fault, "HTTP", join_all(outcomes).await);
    }
    for (fault, kind) in grpc_faults() {
        let outcomes = CLASSES.map(|class| over_grpc(fault, kind.clone(), class));
        add(fault, "gRPC", join_all(outcomes).await);
    }

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
    let text = fs::read_to_string(path).unwrap();
    let (before, written) = text.split_once(HEAD).unwrap();
    if std::env::var_os("UPDATE_README").is_some() {
        fs::write(path, format!("{before}{HEAD}{table}")).unwrap();
        return;
    }
    let advice = "run `UPDATE_README=1 cargo test -p billing-tests --test it fault_matrix`";
    assert_eq!(written, table, "{advice} and read the change");
}
