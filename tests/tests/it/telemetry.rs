//! The spans and events of calls: what a recording subscriber sees is what the table in the
//! documentation says.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use billing_tests::{
    ClosedPort, Fault, Node, Reply, ScriptedServer, Trace, ViamServer, json, wire,
};
use scaleway_billing::{
    CallOptions, Client, NeverRetry, RetryBudget, StandardRetry,
    v2beta1::{BillingApi, ListInvoicesRequest},
};
use tonic::Status;
use viam_billing::ViamClient;

/// A row of the table: the level and the fields of a span or an event.
#[derive(Debug)]
struct Documented {
    level: String,
    fields: BTreeSet<String>,
}

/// The table in the documentation.
fn documented() -> BTreeMap<String, Documented> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/sdk-core/src/telemetry.rs");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("//! | ")).skip(1);
    let mut table = BTreeMap::new();
    let mut last = String::new();
    for row in rows {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        let [name, level, field, meaning, ""] = cells[..] else { panic!("{row}") };
        assert!(!meaning.is_empty(), "{row}");
        if !name.is_empty() {
            last = name.trim_matches('`').to_owned();
            let row = Documented { level: level.to_owned(), fields: BTreeSet::new() };
            assert!(table.insert(last.clone(), row).is_none(), "{name} is there twice");
        }
        table.get_mut(&last).unwrap().fields.insert(field.trim_matches('`').to_owned());
    }
    table
}

fn client(url: &str) -> Client {
    let retry = StandardRetry::new().base_delay(Duration::ZERO);
    let options = CallOptions::new().retry(retry);
    wire::builder(url).options(options).build().unwrap()
}

/// Calls that end in every way, over both transports.
async fn all_kinds_of_calls() -> Vec<Node> {
    let (trace, _guard) = Trace::record();
    let unavailable = || Reply::http("503 Service Unavailable", &["x-request-id: r-1"], "");
    let page = Reply::http(
        "200 OK",
        &["x-request-id: r-2"],
        r#"{"total_count":2,"invoices":[{"id":"a"}]}"#,
    );
    let last = json(r#"{"total_count":2,"invoices":[{"id":"b"}]}"#);
    let server = ScriptedServer::start([unavailable(), page, last, unavailable()]).await;
    let url = server.url();
    let billing = BillingApi::new(&client(&url));
    let all = billing.list_invoices_all(ListInvoicesRequest::new()).try_collect().await.unwrap();
    assert_eq!(all.len(), 2);
    billing.get_invoice("a").await.unwrap_err();
    let broke = wire::builder(&url).retry_budget(RetryBudget::new(0, 0)).build().unwrap();
    BillingApi::new(&broke).get_invoice("a").await.unwrap_err();

    let later = Reply::http("429 Too Many Requests", &["retry-after: 3600"], "");
    let server = ScriptedServer::start([later]).await;
    BillingApi::new(&client(&server.url())).get_invoice("a").await.unwrap_err();
    let port = ClosedPort::take();
    let once = client(&port.url()).with_options(CallOptions::new().retry(NeverRetry));
    BillingApi::new(&once).get_invoice("a").await.unwrap_err();

    let server = ViamServer::start();
    server.fail("get_invoices_summary", [Fault::Status(Status::unavailable("later"))]);
    let viam = ViamClient::builder()
        .api_key(ViamServer::KEY, ViamServer::KEY_ID)
        .api_url(server.url())
        .options(CallOptions::new().retry(StandardRetry::new().base_delay(Duration::ZERO)))
        .build()
        .unwrap();
    viam.billing_client().get_invoices_summary("org").await.unwrap();
    trace.nodes()
}

#[tokio::test]
async fn the_documented_spans_and_events_are_the_ones_that_calls_emit() {
    let table = documented();
    let mut seen: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for node in all_kinds_of_calls().await {
        let row = table.get(&node.name);
        let row = row.unwrap_or_else(|| panic!("the table does not have {node:#?}"));
        assert_eq!(row.level, node.level.as_str().to_lowercase(), "{}", node.name);
        seen.entry(node.name).or_default().extend(node.fields.into_keys());
    }
    for (name, row) in table {
        assert_eq!(seen.remove(&name), Some(row.fields), "{name}");
    }
}

#[tokio::test]
async fn a_call_has_a_child_span_for_each_attempt_and_events_for_its_retries() {
    let nodes = all_kinds_of_calls().await;
    let shown = |node: &Node, fields: &[&str]| {
        let fields = fields.iter().map(|name| format!("{name}={}", node.field(name)));
        fields.collect::<Vec<_>>().join(" ")
    };
    // The first call: a page that is retried once.
    let [call, failed, retry, repeated] = &nodes[..4] else { panic!("{nodes:#?}") };
    assert_eq!(
        shown(call, &["otel.kind", "otel.name", "billing.vendor", "billing.api_version"]),
        "otel.kind=internal otel.name=list_invoices billing.vendor=scaleway \
         billing.api_version=v2beta1"
    );
    assert_eq!(
        shown(call, &["billing.page", "billing.attempts", "billing.request_id", "error.type"]),
        "billing.page=1 billing.attempts=2 billing.request_id=r-2 error.type="
    );
    assert_eq!(
        shown(failed, &["otel.kind", "otel.name", "http.request.method", "url.template"]),
        "otel.kind=client otel.name=GET /billing/v2beta1/invoices http.request.method=GET \
         url.template=/billing/v2beta1/invoices"
    );
    let outcome = [
        "http.request.resend_count",
        "http.response.status_code",
        "error.type",
        "otel.status_code",
    ];
    assert_eq!(
        shown(failed, &outcome),
        "http.request.resend_count= http.response.status_code=503 error.type=503 \
         otel.status_code=ERROR"
    );
    assert_eq!(
        shown(repeated, &outcome),
        "http.request.resend_count=1 http.response.status_code=200 error.type= otel.status_code="
    );
    assert_eq!(
        shown(retry, &["billing.attempt", "billing.wait_ms", "error.type"]),
        "billing.attempt=1 billing.wait_ms=0 error.type=503"
    );
    for child in [failed, retry, repeated] {
        assert_eq!(child.parent, Some(0), "{child:#?}");
    }
    assert!(retry.is_event && !failed.is_event && call.parent.is_none());
    let second = nodes.iter().find(|node| node.field("billing.page") == "2").unwrap();
    assert_eq!(second.field("billing.attempts"), "1");

    // A call that no connection was made for.
    let refused = nodes.iter().rfind(|node| node.field("error.type") == "connect").unwrap();
    assert_eq!(refused.name, "billing.http");
    assert_eq!(shown(refused, &outcome[1..2]), "http.response.status_code=");
    assert_eq!(refused.field("server.address"), "127.0.0.1");

    // The token is fetched inside the first attempt of the call that needs it.
    let method = "viam.app.v1.BillingService/GetInvoicesSummary";
    let place = nodes.iter().position(|node| node.field("rpc.method") == method).unwrap();
    let attempt = &nodes[place];
    let code = "rpc.response.status_code";
    assert_eq!(
        shown(attempt, &["otel.name", "rpc.system.name", code, "error.type"]),
        format!(
            "otel.name={method} rpc.system.name=grpc {code}=UNAVAILABLE error.type=UNAVAILABLE"
        )
    );
    let token =
        nodes.iter().find(|node| node.field("billing.operation") == "authenticate").unwrap();
    assert_eq!(token.parent, Some(place));
    let repeated = nodes.last().unwrap();
    assert_eq!(
        shown(repeated, &["otel.name", code, "billing.resend_count", "server.address"]),
        format!("otel.name={method} {code}=OK billing.resend_count=1 server.address=127.0.0.1")
    );
}
