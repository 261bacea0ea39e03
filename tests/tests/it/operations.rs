//! Every operation of every version over HTTP, called as its documentation shows it. The list
//! follows from the generated modules: a new operation is in it without a line here.

use billing_tests::{Reply, ScriptedServer, fastly, json, wire};
use scaleway_billing::{CallOptions, Error, ErrorKind, NeverRetry};
use sdk_core::BoxFuture;

use examples::EXAMPLES;

/// The examples in the documentation, which the build script collects.
#[allow(
    clippy::all,
    clippy::print_stdout,
    unused_imports,
    unused_variables,
    reason = "examples are written for readers"
)]
mod examples {
    use super::Example;

    include!(concat!(env!("OUT_DIR"), "/examples.rs"));
}

/// One operation, and a call of it.
struct Example {
    /// The vendor's crate, the version's module and the method: `scaleway_billing::v2::get_budget`.
    path: &'static str,
    /// Whether the response has something to decode.
    answers: bool,
    /// Whether the example handles errors itself, so that nothing is left to look at.
    catches: bool,
    /// The body of its documented example.
    call: for<'a> fn(&'a Clients) -> BoxFuture<'a, Result<(), Error>>,
}

impl Example {
    /// The name of the method.
    fn method(&self) -> &'static str {
        self.path.rsplit("::").next().unwrap()
    }
}

/// Clients of the same service.
struct Clients {
    scaleway_billing: scaleway_billing::Client,
    fastly_billing: fastly_billing::Client,
}

impl Clients {
    /// Clients with these options of the service at this URL.
    fn new(url: &str, options: &CallOptions) -> Self {
        let scaleway = wire::builder(url).default_organization_id(wire::ORGANIZATION);
        let fastly = fastly_billing::Client::builder().api_token(fastly::TOKEN).api_url(url);
        Self {
            scaleway_billing: scaleway.options(options.clone()).build().unwrap(),
            fastly_billing: fastly.options(options.clone()).build().unwrap(),
        }
    }
}

/// Calls every operation that this is asked of, each against a server of its own with this script.
async fn call_each(
    script: impl Fn(&Example) -> Option<Vec<Reply>>,
    check: impl Fn(&Example, Result<(), Error>, usize),
) {
    let mut called = 0;
    for example in EXAMPLES {
        let Some(script) = script(example) else { continue };
        let server = ScriptedServer::start(script).await;
        let clients = Clients::new(&server.url(), &CallOptions::new().retry(NeverRetry));
        let result = (example.call)(&clients).await;
        let asked = server.requests().len();
        match example.catches {
            true => assert_eq!(asked, 1, "{}", example.path),
            false => check(example, result, asked),
        }
        called += 1;
    }
    assert!(called > 0, "nothing was called");
}

#[tokio::test]
async fn a_response_that_is_something_else_fails_clearly() {
    for body in ["\"ok\"", "null", "7", "[]", r#"{"message":"x"}"#, "<html>", "{\"id\":", ""] {
        let script = |example: &Example| {
            // It is what one of its documented forms looks like.
            let is_a_list = example.method() == "get_usage_metrics" && body == "[]";
            // What waits for a result takes it for a connection that broke, and asks again.
            let asks_again = example.path.ends_with("_when_ready") && body == "{\"id\":";
            (example.answers && !is_a_list && !asks_again).then(|| vec![json(body)])
        };
        call_each(script, |example, result, asked| {
            let error = result.expect_err(example.path);
            let text = error.to_string();
            // JSON that is cut may come whole the next time.
            let cut = body == "{\"id\":" && text.contains("the response is cut");
            let kind = if cut { ErrorKind::Transport } else { ErrorKind::Decode };
            assert_eq!((error.kind(), asked), (kind, 1), "{body}: {text}");
            // A method for another form of the response names the operation itself.
            let operation = error.operation().unwrap();
            assert!(EXAMPLES.iter().any(|known| known.method() == operation), "{body}: {text}");
            assert!(text.contains(" failed: 200 OK: the "), "{body}: {text}");
        })
        .await;
    }
}

#[tokio::test]
async fn an_error_status_is_an_error_of_every_operation() {
    let body = r#"{"message":"no","msg":"no"}"#;
    for (status, holds) in [
        ("401 Unauthorized", Error::is_auth as fn(&Error) -> bool),
        ("403 Forbidden", Error::is_auth),
        ("404 Not Found", Error::is_not_found),
        ("429 Too Many Requests", Error::is_throttled),
        ("504 Gateway Timeout", Error::is_timeout),
        ("500 Internal Server Error", |error| error.status().unwrap() == 500),
    ] {
        let headers = ["content-type: application/json", "x-request-id: r-1"];
        // What waits for a result asks again.
        let waits = |example: &Example| example.method().ends_with("_when_ready");
        let reply = Reply::http(status, &headers, body);
        let script = |example: &Example| (!waits(example)).then(|| vec![reply.clone()]);
        call_each(script, |example, result, asked| {
            let error = result.expect_err(example.path);
            assert_eq!((error.kind(), error.attempts(), asked), (ErrorKind::Status, 1, 1));
            assert!(holds(&error) && error.was_sent(), "{status}: {error}");
            assert_eq!(error.request_id(), Some("r-1"), "{status}: {error}");
            assert_eq!(error.raw_body().unwrap(), body.as_bytes());
            let expected = format!("{} failed: {}", error.operation().unwrap(), &status[..3]);
            assert!(error.to_string().starts_with(&expected), "{error}");
        })
        .await;
    }
}

#[test]
fn every_documented_operation_has_an_example() {
    let crates = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates");
    let mut count = 0;
    for package in ["fastly-billing", "scaleway-billing"] {
        let table = format!("{crates}/{package}/src/generated/operations.md");
        let table = std::fs::read_to_string(table).unwrap();
        for row in table.lines().filter_map(|line| line.strip_prefix("| [`")) {
            let target = row.split_once("](crate::").unwrap().1.split_once(')').unwrap().0;
            let parts: Vec<_> = target.split("::").collect();
            let [module, _, method] = parts[..] else { panic!("{row}") };
            let path = format!("{}::{module}::{method}", package.replace('-', "_"));
            assert!(EXAMPLES.iter().any(|example| example.path == path), "{path} has no example");
            count += 1;
        }
    }
    assert!(count > 30, "the tables were not read: {count}");
}
