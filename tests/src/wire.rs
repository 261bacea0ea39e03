//! Scaleway's services on the wire: clients, expected requests, and checks of decoded responses.

use std::{
    collections::BTreeSet,
    fmt::Debug,
    str::FromStr as _,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use http::StatusCode;
use httpmock::{HttpMockRequest, Method, Mock, MockServer, Then, When};
use rust_decimal::Decimal;
use scaleway_billing::{
    Attempt, CallOptions, Client, ClientBuilder, Decision, Error, ErrorKind, Money, Response,
    Result, RetryBudget, RetryPolicy, StandardRetry,
};
use serde::Serialize;
use serde_json::Value;

use crate::{ClosedPort, Reply, ScriptedServer, json};

/// The secret key of all clients here.
pub const KEY: &str = "5ec7e700-0000-4000-8000-000000000001";
/// The default organization of [`client`].
pub const ORGANIZATION: &str = "0a000000-0000-4000-8000-000000000001";
/// Another organization.
pub const OTHER: &str = "0a000000-0000-4000-8000-000000000002";
/// A project.
pub const PROJECT: &str = "b0000000-0000-4000-8000-000000000001";
/// The request id of every response of [`respond`].
pub const REQUEST_ID: &str = "4e000000-0000-4000-8000-000000000001";

/// Query parameters, in order.
pub type Query = &'static [(&'static str, &'static str)];

/// A builder for a client of the service at this URL.
pub fn builder(url: impl Into<String>) -> ClientBuilder {
    Client::builder().secret_key(KEY).api_url(url)
}

/// A client of the service at this URL, with a default organization.
pub fn client(url: impl Into<String>) -> Client {
    builder(url).default_organization_id(ORGANIZATION).build().unwrap()
}

/// Responds with this body and status 200.
pub fn respond(then: Then, body: impl ToString) {
    then.status(200)
        .header("content-type", "application/json")
        .header("x-request-id", REQUEST_ID)
        .body(body.to_string());
}

/// A request without a body: its path, its query as it is on the wire, and its headers.
pub fn expect(when: When, method: Method, path: &'static str, query: Query) -> When {
    head(when, method, path, query)
        .is_true(|request| request.body().is_empty() && header(request, "content-type").is_none())
}

/// A request with a JSON body and no query.
pub fn expect_json(when: When, method: Method, path: &'static str, body: Value) -> When {
    head(when, method, path, &[]).is_true(move |request| {
        header(request, "content-type") == Some("application/json")
            && serde_json::from_slice::<Value>(request.body_ref()).is_ok_and(|sent| sent == body)
    })
}

/// The headers of every request: a token and the user agent.
fn head(when: When, method: Method, path: &'static str, query: Query) -> When {
    when.method(method)
        .path(path)
        .is_true(move |request| {
            let sent = request.query_params();
            sent.iter().map(|(k, v)| (&**k, &**v)).eq(query.iter().copied())
        })
        .header("x-auth-token", KEY)
        .header("accept", "application/json")
        .header("user-agent", concat!("scaleway-billing/", env!("CARGO_PKG_VERSION")))
}

fn header<'a>(request: &'a HttpMockRequest, name: &str) -> Option<&'a str> {
    let found = request.headers_vec().iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| &**value)
}

/// Responds to a GET of exactly this path and query.
pub async fn serve<'a>(
    server: &'a MockServer,
    path: &'static str,
    query: Query,
    body: impl ToString,
) -> Mock<'a> {
    server
        .mock_async(|when, then| {
            expect(when, Method::GET, path, query);
            respond(then, body);
        })
        .await
}

/// Responds to a GET of exactly this path and query with a raw file.
pub async fn serve_file<'a>(
    server: &'a MockServer,
    path: &'static str,
    query: Query,
    media_type: &str,
    name: &str,
    bytes: &[u8],
) -> Mock<'a> {
    server
        .mock_async(|when, then| {
            expect(when, Method::GET, path, query);
            then.status(200)
                .header("content-type", media_type)
                .header("content-disposition", format!("attachment; filename=\"{name}\""))
                .body(bytes);
        })
        .await
}

/// Responds to a request with exactly this path and body, and no query.
pub async fn serve_json<'a>(
    server: &'a MockServer,
    method: Method,
    path: &'static str,
    sent: Value,
    body: impl ToString,
) -> Mock<'a> {
    server
        .mock_async(|when, then| {
            expect_json(when, method, path, sent);
            respond(then, body);
        })
        .await
}

/// Responds to everything with this body.
pub async fn serve_anything(server: &MockServer, body: impl ToString) -> Mock<'_> {
    server.mock_async(|_, then| respond(then, body)).await
}

/// A file under `fixtures/scaleway/`.
#[must_use]
pub fn fixture(name: &str) -> String {
    let path = format!("{}/fixtures/scaleway/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// An instant in RFC 3339.
#[must_use]
pub fn date(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A decimal number.
#[must_use]
pub fn decimal(text: &str) -> Decimal {
    Decimal::from_str(text).unwrap()
}

/// An amount in euros.
#[must_use]
pub fn money(units: i64, nanos: i32) -> Option<Money> {
    Some(Money::new("EUR", units, nanos).unwrap())
}

/// Decodes a response through a call, serializes the result as JSON, and decodes that through the
/// same call. Nothing in the response may be lost, and the second model must equal the first.
///
/// Fields of the response that start with `new_` are unknown to every model. All other fields of a
/// model must be in the response at least once; otherwise the response covers too little.
pub async fn round_trip<T>(body: &str, call: impl AsyncFn(Client) -> Result<Response<T>>) -> T
where
    T: Debug + PartialEq + Serialize,
{
    let decode = async |body: &str| {
        let server = ScriptedServer::start([json(body)]).await;
        call(client(server.url())).await.unwrap().into_inner()
    };
    let decoded = decode(body).await;
    let written = serde_json::to_string(&decoded).unwrap();
    assert_eq!(decode(&written).await, decoded, "{written}");

    let [response, written] = [body, &written].map(|text| serde_json::from_str(text).unwrap());
    assert_kept(&response, &written, "");
    let [mut in_response, mut in_written] = [BTreeSet::new(), BTreeSet::new()];
    collect_paths(&response, "", &mut in_response);
    collect_paths(&written, "", &mut in_written);
    assert_eq!(in_response, in_written, "fields of the response, fields of the models");
    decoded
}

/// Every value of the response is in the output, however it is spelled.
fn assert_kept(response: &Value, written: &Value, path: &str) {
    match (response, written) {
        (Value::Null, _) => {}
        (Value::Object(response), Value::Object(written)) => {
            for (key, value) in response.iter().filter(|(key, _)| !key.starts_with("new_")) {
                let path = format!("{path}.{key}");
                assert_kept(value, written.get(key).unwrap_or(&Value::Null), &path);
            }
        }
        (Value::Array(response), Value::Array(written)) => {
            assert_eq!(response.len(), written.len(), "{path}");
            for (number, (response, written)) in response.iter().zip(written).enumerate() {
                assert_kept(response, written, &format!("{path}[{number}]"));
            }
        }
        (response, written) => {
            let [response, written] = [response, written].map(|value| match value {
                Value::String(text) => text.clone(),
                other => other.to_string(),
            });
            // A month may be sent as the instant at which it begins.
            let month = path.ends_with(".billing_period") && written.len() == "2026-05".len();
            let same = if month { response.starts_with(&written) } else { response == written };
            assert!(same, "{path}: {response} became {written}");
        }
    }
}

/// The paths of all fields, regardless of list indices.
fn collect_paths(value: &Value, path: &str, paths: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields.iter().filter(|(key, _)| !key.starts_with("new_")) {
                let path = format!("{path}.{key}");
                collect_paths(value, &path, paths);
                paths.insert(path);
            }
        }
        Value::Array(elements) => {
            elements.iter().for_each(|value| collect_paths(value, path, paths));
        }
        _ => {}
    }
}

/// Retries after every failure, so that the policy is not what ends a call.
#[derive(Debug)]
struct Tireless;

impl RetryPolicy for Tireless {
    fn decide(&self, attempt: &Attempt<'_>) -> Decision {
        match attempt.number() {
            ..100 => Decision::RetryAfter(Duration::from_millis(5)),
            _ => Decision::Stop,
        }
    }
}

fn tireless(url: String) -> Client {
    let options = CallOptions::new().retry(Tireless).attempt_timeout(Duration::from_secs(1));
    let builder = builder(url).default_organization_id(ORGANIZATION).options(options);
    builder.retry_budget(RetryBudget::unlimited()).build().unwrap()
}

/// Failures after a request was sent, except rejections that a retry would not change.
fn faults(good: &Reply) -> Vec<(&'static str, Reply)> {
    vec![
        ("503", Reply::http("503 Service Unavailable", &["retry-after: 0"], "")),
        ("500", Reply::http("500 Internal Server Error", &[], r#"{"message":"oops"}"#)),
        ("502", Reply::http("502 Bad Gateway", &["content-type: text/html"], "<html>")),
        ("504", Reply::http("504 Gateway Timeout", &[], "")),
        ("429", Reply::http("429 Too Many Requests", &["x-envoy-ratelimited: true"], "")),
        ("a truncated response", good.clone().cut(3)),
        ("a connection closed before the response", Reply::Close),
        ("a timeout", Reply::Stall(b"HTTP/1.1 200 OK\r\n".into())),
    ]
}

/// Makes a call against a service that refuses connections at first and then plays `script`.
async fn refused_at_first<T>(
    script: impl IntoIterator<Item = Reply>,
    call: impl AsyncFn(Client) -> Result<T>,
) -> (Result<T>, usize) {
    let port = ClosedPort::take();
    let url = port.url();
    let service = Arc::new(Mutex::new(Service::Closed(port, script.into_iter().collect())));
    let options = CallOptions::new().retry(OpensAfterRefusal(Arc::clone(&service)));
    let result = call(tireless(url).with_options(options)).await;
    let Service::Open(server) = &*service.lock().unwrap() else { panic!("nothing was refused") };
    (result, server.requests().len())
}

#[derive(Debug)]
enum Service {
    Closed(ClosedPort, Vec<Reply>),
    Open(ScriptedServer),
}

/// Starts the service once a connection to it was refused, and retries until there is a response.
#[derive(Debug)]
struct OpensAfterRefusal(Arc<Mutex<Service>>);

impl RetryPolicy for OpensAfterRefusal {
    fn decide(&self, attempt: &Attempt<'_>) -> Decision {
        let mut service = self.0.lock().unwrap();
        if let Service::Closed(port, script) = &mut *service {
            let port = std::mem::replace(port, ClosedPort::take());
            *service = Service::Open(port.open(std::mem::take(script)));
        }
        if attempt.error().is_connect() { Tireless.decide(attempt) } else { Decision::Stop }
    }
}

/// Checks that a call is sent only once, whatever the response, and again only if it was never
/// sent.
pub async fn assert_at_most_once<T: Debug>(
    good: impl AsRef<[u8]>,
    call: impl AsyncFn(Client) -> Result<T>,
) {
    let good = json(good);
    let refused = Reply::http("401 Unauthorized", &[], r#"{"type":"denied_authentication"}"#);
    let (names, replies): (Vec<_>, Vec<_>) =
        faults(&good).into_iter().chain([("401", refused)]).unzip();
    let server = ScriptedServer::start(replies).await;
    let client = tireless(server.url());
    for (number, fault) in names.into_iter().enumerate() {
        let error = call(client.clone()).await.expect_err(fault);
        assert_eq!(
            (server.requests().len(), error.attempts()),
            (number + 1, 1),
            "{fault}: {error}"
        );
        assert!(error.was_sent() && !error.is_retryable(), "{fault}: {error}");
    }
    let (result, asked) = refused_at_first([good], call).await;
    result.unwrap();
    assert_eq!(asked, 1);
}

/// Checks that a call is retried unchanged after every temporary failure.
pub async fn assert_repeated<T: Debug>(good: Reply, call: impl AsyncFn(Client) -> Result<T>) {
    let script = faults(&good).into_iter().map(|(_, reply)| reply).chain([good]);
    let script: Vec<Reply> = script.collect();
    let server = ScriptedServer::start(script.clone()).await;
    call(tireless(server.url())).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), script.len());
    assert!(requests.iter().all(|request| *request == requests[0]), "{requests:#?}");
}

/// Checks a DELETE: empty responses are accepted, it is retried, and a resource that is gone after
/// an earlier attempt was sent counts as deleted.
pub async fn assert_deletes<T: Debug>(call: impl AsyncFn(Client) -> Result<Response<T>>) {
    let gone = || {
        let body = r#"{"message":"not found","resource":"x","resource_id":"y","type":"not_found"}"#;
        Reply::http("404 Not Found", &["content-type: application/json"], body)
    };
    let done = Reply::http("204 No Content", &["content-type: application/json"], "");
    let server = ScriptedServer::start([done.clone()]).await;
    assert_eq!(call(client(server.url())).await.unwrap().status(), 204);
    let request = &server.requests()[0];
    assert!(request.starts_with("DELETE ") && request.ends_with("\r\n\r\n"), "{request}");
    assert!(!request.to_lowercase().contains("content-type"), "{request}");

    let server = ScriptedServer::start([gone(), done.clone()]).await;
    let error = call(client(server.url())).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!((server.requests().len(), error.attempts()), (1, 1), "{error}");

    assert_repeated(done.clone(), &call).await;
    let (names, replies): (Vec<_>, Vec<_>) = faults(&done).into_iter().unzip();
    let script = replies.into_iter().flat_map(|reply| [reply, gone()]);
    let server = ScriptedServer::start(script).await;
    let client = tireless(server.url());
    for (number, fault) in names.into_iter().enumerate() {
        let result = call(client.clone()).await;
        let status = result.as_ref().map(Response::status).ok();
        assert_eq!(status, Some(StatusCode::NOT_FOUND), "{fault}: {result:?}");
        assert_eq!(server.requests().len(), 2 * (number + 1), "{fault}");
    }

    // The HTML page of a gateway is not a statement about the resource.
    let page = Reply::http("404 Not Found", &["content-type: text/html"], "<html>no route</html>");
    let server = ScriptedServer::start([Reply::Close, page]).await;
    let retry = StandardRetry::new().base_delay(Duration::ZERO);
    let client = tireless(server.url()).with_options(CallOptions::new().retry(retry));
    let error = call(client).await.unwrap_err();
    assert!(error.is_not_found() && error.attempts() == 2, "{error}");

    // No attempt was sent before, so the resource was already missing.
    let (result, asked) = refused_at_first([gone()], call).await;
    let error = result.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert_eq!(asked, 1);
}

/// Checks that an error occurred before anything was sent, and that it names the problem.
pub fn assert_refused(error: &Error, named: &[&str]) {
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::InvalidRequest, 0), "{error}");
    for name in named {
        assert!(error.to_string().contains(&format!("`{name}`")), "{name}: {error}");
    }
}
