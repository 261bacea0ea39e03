//! Requests that fail on purpose.

use std::time::{Duration, Instant};

use billing_sandbox::{Sandbox, SandboxBuilder, Scaleway};
use serde_json::Value;
use tokio::net::TcpStream;

use crate::http::{self, Response, call_json, get, get_json, send, token};
use crate::json::{assert_page, items};

const DISCOUNTS: &str = "/billing/v2beta1/discounts";
const CHARGES: &str = "/billing/v2beta1/charges";
const BUDGETS: &str = "/billing/v2/budgets";

/// The outcome of a request.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Answered(u16),
    Cut { announced: usize, body: Vec<u8> },
    Nothing,
}

async fn outcome(stream: TcpStream) -> Outcome {
    match Response::read(stream).await {
        None => Outcome::Nothing,
        Some(response) if response.announced() > response.body.len() => {
            assert_eq!(response.status, 200);
            Outcome::Cut { announced: response.announced(), body: response.body }
        }
        Some(response) => Outcome::Answered(response.status),
    }
}

async fn try_get(scaleway: &Scaleway, path: &str) -> Outcome {
    outcome(http::open(scaleway, "GET", path, &token(scaleway)).await).await
}

fn failing(n: u64) -> SandboxBuilder {
    Sandbox::builder().today("2026-06-15".parse().unwrap()).fail_every(n).stall(Duration::ZERO)
}

#[tokio::test]
async fn fault_kinds_alternate() {
    let sandbox = failing(3).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let whole = get(scaleway, DISCOUNTS).await.body;
    let half = Outcome::Cut { announced: whole.len(), body: whole[..whole.len() / 2].to_vec() };

    let mut outcomes = vec![Outcome::Answered(200)];
    for _ in 1..15 {
        outcomes.push(try_get(scaleway, DISCOUNTS).await);
    }
    let ok = || Outcome::Answered(200);
    assert_eq!(
        outcomes,
        [
            [ok(), ok(), Outcome::Answered(503)],
            [ok(), ok(), Outcome::Answered(429)],
            [ok(), ok(), half],
            [ok(), ok(), Outcome::Nothing],
            [ok(), ok(), Outcome::Answered(503)],
        ]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
    );
    assert_eq!(sandbox.requests().len(), 15);
}

#[tokio::test]
async fn rejections_look_like_those_of_the_gateway() {
    let sandbox = failing(1).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let unavailable = get(scaleway, DISCOUNTS).await;
    assert_eq!(unavailable.status, 503);
    assert_eq!(unavailable.header("retry-after"), Some("0"));
    assert_eq!(unavailable.header("content-type"), Some("application/json"));
    assert_eq!(unavailable.body, br#"{"message":"service unavailable"}"#);
    assert!(unavailable.header("x-request-id").is_some());

    let limited = get(scaleway, DISCOUNTS).await;
    assert_eq!(limited.status, 429);
    assert_eq!(limited.header("x-envoy-ratelimited"), Some("true"));
    assert_eq!((limited.header("content-type"), limited.header("retry-after")), (None, None));
    assert_eq!(limited.body, b"");
    assert!(limited.header("x-request-id").is_some());
}

#[tokio::test]
async fn only_authenticated_requests_count() {
    let sandbox = failing(2).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    for status in [200, 503, 200, 429] {
        for _ in 0..3 {
            assert_eq!(send(scaleway, "GET", DISCOUNTS, "").await.status, 401);
            assert_eq!(get(scaleway, "/nowhere").await.status, 404);
        }
        assert_eq!(get(scaleway, DISCOUNTS).await.status, status);
    }
}

#[tokio::test]
async fn failed_request_has_no_effect() {
    let sandbox = failing(2).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let body = serde_json::json!({
        "organization_id": scaleway.organization_id(),
        "consumption_limit": 1,
        "enabled": true,
    })
    .to_string();
    let headers = format!(
        "{}Content-Type: application/json\r\nContent-Length: {}\r\n",
        token(scaleway),
        body.len()
    );
    for fault in [
        Outcome::Answered(503),
        Outcome::Answered(429),
        Outcome::Cut { announced: 2, body: b"{".to_vec() },
        Outcome::Nothing,
    ] {
        assert_page(&get_json(scaleway, BUDGETS).await, "budgets", 0, 0);
        let mut stream = http::open(scaleway, "POST", BUDGETS, &headers).await;
        tokio::io::AsyncWriteExt::write_all(&mut stream, body.as_bytes()).await.unwrap();
        assert_eq!(outcome(stream).await, fault);
    }
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(call_json(scaleway, "POST", BUDGETS, &body).await.status, 200);
}

#[tokio::test]
async fn stalled_request_ends_with_the_client_or_the_sandbox() {
    let stall = Duration::from_millis(40);
    let sandbox = failing(1).stall(stall).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    for _ in 0..3 {
        try_get(scaleway, DISCOUNTS).await;
    }
    let start = Instant::now();
    assert_eq!(try_get(scaleway, DISCOUNTS).await, Outcome::Nothing);
    assert!(start.elapsed() >= stall);

    // The default is a minute. Other requests are served in the meantime.
    let sandbox = Sandbox::builder()
        .today("2026-06-15".parse().unwrap())
        .fail_every(4)
        .start()
        .await
        .unwrap();
    let scaleway = sandbox.scaleway();
    for _ in 0..15 {
        try_get(scaleway, DISCOUNTS).await;
    }
    let mut stalled = http::open(scaleway, "GET", DISCOUNTS, &token(scaleway)).await;
    while sandbox.requests().len() < 16 {
        tokio::task::yield_now().await;
    }
    assert_eq!(try_get(scaleway, DISCOUNTS).await, Outcome::Answered(200));
    let mut byte = [0];
    let read = tokio::io::AsyncReadExt::read(&mut stalled, &mut byte);
    tokio::time::timeout(Duration::from_millis(1), read).await.unwrap_err();
}

#[tokio::test]
async fn retrying_client_loses_and_repeats_nothing() {
    let sandbox = failing(5).charges(3_000).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let query = format!("?organization_id={}&page_size=50", scaleway.organization_id());
    let mut keys = Vec::new();
    let mut failures = 0;
    let mut token_query = String::new();
    loop {
        let path = format!("{CHARGES}{query}{token_query}");
        let stream = http::open(scaleway, "GET", &path, &token(scaleway)).await;
        let page = match Response::read(stream).await {
            Some(response)
                if response.status == 200 && response.announced() == response.body.len() =>
            {
                response.json()
            }
            _ => {
                failures += 1;
                continue;
            }
        };
        keys.extend(
            items(&page, "charges").iter().map(|charge| {
                (charge["resource_id"].to_string(), charge["start_date"].to_string())
            }),
        );
        let Some(next) = page["next_page_token"].as_str() else {
            break;
        };
        let next = next.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        token_query = format!("&page_token={next}");
    }
    assert_eq!(keys.len(), 3_000);
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3_000);
    assert_eq!((failures, sandbox.requests().len()), (14, 74));
}
