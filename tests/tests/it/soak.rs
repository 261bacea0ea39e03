//! Many calls at once against a service that fails at random: each call is accounted for, and none
//! that must happen at most once happens twice. It takes minutes, so it runs on request only:
//!
//! ```text
//! cargo test --release -p billing-tests --test it -- --ignored --exact --nocapture soak::soak
//! ```

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body, extract::State, http::StatusCode, response::Response};
use bytes::Bytes;
use futures_util::stream;
use http::{Method, Uri};
use scaleway_billing::{
    CallOptions, Client, ErrorKind, RetryBudget, StandardRetry,
    v2beta1::{BillingApi, ListInvoicesRequest},
};

const CALLS: u64 = 200_000;
const TASKS: u64 = 64;
const ORGANIZATION: &str = "11111111-1111-1111-1111-111111111111";

/// The number of times that each coupon was redeemed.
#[derive(Default)]
struct Service {
    requests: AtomicU64,
    redeemed: Mutex<HashMap<String, u32>>,
}

/// Responds, and fails one request in twenty, before or after processing it.
async fn respond(State(service): State<Arc<Service>>, method: Method, uri: Uri) -> Response {
    // A fixed pseudo-random sequence, so that a run can be repeated.
    let number = service.requests.fetch_add(1, Ordering::Relaxed);
    let dice = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let faulty = dice % 20 == 0;
    let kind = (dice / 20) % 4;
    if faulty && kind == 0 {
        return reply(StatusCode::SERVICE_UNAVAILABLE, Body::empty());
    }
    let body = if method == Method::POST {
        let query = uri.query().unwrap_or_default();
        let code = query.split('&').find_map(|pair| pair.strip_prefix("code=")).unwrap();
        *service.redeemed.lock().unwrap().entry(code.to_owned()).or_default() += 1;
        format!(r#"{{"id":"{code}"}}"#)
    } else {
        r#"{"invoices":[{"id":"a"},{"id":"b"}],"total_count":2}"#.to_owned()
    };
    match kind {
        1 if faulty => reply(StatusCode::BAD_GATEWAY, Body::from("<html></html>")),
        // The connection breaks in the middle of the body.
        2 if faulty => {
            let half = Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2]);
            let parts = [Ok(half), Err(std::io::Error::other("cut"))];
            reply(StatusCode::OK, Body::from_stream(stream::iter(parts)))
        }
        3 if faulty => reply(StatusCode::TOO_MANY_REQUESTS, Body::empty()),
        _ => reply(StatusCode::OK, Body::from(body)),
    }
}

fn reply(status: StatusCode, body: Body) -> Response {
    let response = Response::builder().status(status).header("content-type", "application/json");
    response.body(body).unwrap()
}

/// Resident memory in bytes, and open file handles.
fn used() -> (u64, usize) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    (kilobytes * 1024, std::fs::read_dir("/proc/self/fd").unwrap().count())
}

/// The outcomes of the calls.
#[derive(Default)]
struct Tally {
    listed: AtomicU64,
    list_failed: AtomicU64,
    redeemed: AtomicU64,
    redeem_failed: AtomicU64,
}

/// Makes the calls with these numbers: every fourth redeems its own coupon.
async fn calls(api: BillingApi, tally: Arc<Tally>, service: Arc<Service>, from: u64, to: u64) {
    for number in from..to {
        if number % 4 == 0 {
            let code = format!("C{number}");
            let outcome = api.redeem_coupon(code.as_str()).await;
            let times = service.redeemed.lock().unwrap().get(&code).copied().unwrap_or(0);
            match outcome {
                Ok(discount) => {
                    assert_eq!((discount.id.as_str(), times), (code.as_str(), 1));
                    tally.redeemed.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => {
                    assert!(times <= 1, "redeemed twice: {error}");
                    assert!(error.was_sent() && !error.is_retryable(), "{error}");
                    assert_eq!(error.attempts(), 1, "{error}");
                    tally.redeem_failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        } else {
            match api.list_invoices_all(ListInvoicesRequest::new()).try_collect().await {
                Ok(invoices) => {
                    assert_eq!(invoices.len(), 2);
                    tally.listed.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::Status | ErrorKind::Transport));
                    tally.list_failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }
}

async fn serve(service: Arc<Service>) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let app = Router::new().fallback(respond).with_state(service);
    tokio::spawn(async move {
        axum::serve(listener, app).await.unwrap();
        Ok::<(), Infallible>(())
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "takes minutes: see the head of this file"]
async fn soak() {
    let service = Arc::new(Service::default());
    let address = serve(Arc::clone(&service)).await;
    let retry = StandardRetry::new().base_delay(Duration::from_millis(1)).max_attempts(5);
    let client = Client::builder()
        .secret_key("11111111-1111-1111-1111-111111111111")
        .default_organization_id(ORGANIZATION)
        .api_url(format!("http://{address}"))
        .retry_budget(RetryBudget::unlimited())
        .options(CallOptions::new().retry(retry))
        .build()
        .unwrap();
    let tally = Arc::new(Tally::default());
    let run = async |from: u64, to: u64| {
        let share = (to - from) / TASKS;
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let start = from + task * share;
                let end = if task + 1 == TASKS { to } else { start + share };
                let api = BillingApi::new(&client);
                tokio::spawn(calls(api, Arc::clone(&tally), Arc::clone(&service), start, end))
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    };
    // The first tenth fills pools and caches. After it, only the test's own records may grow.
    run(0, CALLS / 10).await;
    let (memory, handles) = used();
    run(CALLS / 10, CALLS).await;
    let (memory_after, handles_after) = used();

    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let (listed, list_failed) = (count(&tally.listed), count(&tally.list_failed));
    let (redeemed, redeem_failed) = (count(&tally.redeemed), count(&tally.redeem_failed));
    assert_eq!(listed + list_failed + redeemed + redeem_failed, CALLS);
    assert_eq!(redeemed + redeem_failed, CALLS / 4);
    assert!(list_failed <= CALLS / 10_000, "{list_failed} lists failed in spite of five attempts");
    let times = service.redeemed.lock().unwrap();
    assert!(times.values().all(|times| *times == 1), "a coupon was redeemed twice");
    assert!(u64::try_from(times.len()).unwrap() >= redeemed);
    // The records of 50,000 coupons take some megabytes.
    let grown = memory_after.saturating_sub(memory);
    assert!(grown < 24 * 1024 * 1024, "{grown} bytes more");
    assert!(
        handles_after <= handles + usize::try_from(TASKS).unwrap(),
        "{handles} {handles_after}"
    );
    println!(
        "{CALLS} calls, {} requests: {listed} lists and {redeemed} coupons; {list_failed} lists and \
         {redeem_failed} coupons failed; {grown} bytes more, {handles} then {handles_after} handles",
        count(&service.requests)
    );
}
