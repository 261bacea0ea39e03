//! Many concurrent calls against services that fail at random. Every call is accounted for, and no
//! call that must happen at most once happens twice. The tests take minutes, so they run only on
//! request, over HTTP and over gRPC:
//!
//! ```text
//! cargo test --release -p billing-tests --test it -- --ignored --nocapture --test-threads=1 soak::
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
use billing_tests::RawReply;
use bytes::Bytes;
use futures_util::stream;
use http::{Method, Uri};
use scaleway_billing::{
    CallOptions, Client, ErrorKind, RetryBudget, StandardRetry,
    v2beta1::{BillingApi, ListInvoicesRequest},
};
use viam_billing::{
    ViamClient,
    v1::{BillingClient, CreateInvoiceAndChargeImmediatelyRequest},
};

const CALLS: u64 = 200_000;
const TASKS: u64 = 64;
const ORGANIZATION: &str = "11111111-1111-1111-1111-111111111111";

/// The number of times that each coupon was redeemed, or each organization charged.
#[derive(Default)]
struct Service {
    requests: AtomicU64,
    done: Mutex<HashMap<String, u32>>,
}

impl Service {
    /// One of four faults for one in twenty requests. The sequence is fixed but looks random, so
    /// that a run can be repeated.
    fn fault(&self) -> Option<u64> {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let dice = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        (dice.is_multiple_of(20)).then_some((dice / 20) % 4)
    }

    fn note(&self, what: &str) {
        *self.done.lock().unwrap().entry(what.to_owned()).or_default() += 1;
    }

    fn times(&self, what: &str) -> u32 {
        self.done.lock().unwrap().get(what).copied().unwrap_or(0)
    }
}

/// Responds, and fails one request in twenty, before or after processing it.
async fn respond(State(service): State<Arc<Service>>, method: Method, uri: Uri) -> Response {
    let fault = service.fault();
    if fault == Some(0) {
        return reply(StatusCode::SERVICE_UNAVAILABLE, Body::empty());
    }
    let body = if method == Method::POST {
        let query = uri.query().unwrap_or_default();
        let code = query.split('&').find_map(|pair| pair.strip_prefix("code=")).unwrap();
        service.note(code);
        format!(r#"{{"id":"{code}"}}"#)
    } else {
        r#"{"invoices":[{"id":"a"},{"id":"b"}],"total_count":2}"#.to_owned()
    };
    match fault {
        Some(1) => reply(StatusCode::BAD_GATEWAY, Body::from("<html></html>")),
        // The connection breaks in the middle of the body.
        Some(2) => {
            let half = Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2]);
            let parts = [Ok(half), Err(std::io::Error::other("cut"))];
            reply(StatusCode::OK, Body::from_stream(stream::iter(parts)))
        }
        Some(3) => reply(StatusCode::TOO_MANY_REQUESTS, Body::empty()),
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

/// The outcomes of the calls: of reads, and of calls that must happen at most once.
#[derive(Default)]
struct Tally {
    read: AtomicU64,
    read_failed: AtomicU64,
    done: AtomicU64,
    done_failed: AtomicU64,
}

impl Tally {
    fn count(&self) -> [u64; 4] {
        let counters = [&self.read, &self.read_failed, &self.done, &self.done_failed];
        counters.map(|counter| counter.load(Ordering::Relaxed))
    }
}

/// Makes the calls with these numbers: every fourth redeems its own coupon.
async fn calls(api: BillingApi, tally: Arc<Tally>, service: Arc<Service>, from: u64, to: u64) {
    for number in from..to {
        if number % 4 == 0 {
            let code = format!("C{number}");
            let outcome = api.redeem_coupon(code.as_str()).await;
            let times = service.times(&code);
            match outcome {
                Ok(discount) => {
                    assert_eq!((discount.id.as_str(), times), (code.as_str(), 1));
                    tally.done.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => {
                    assert!(times <= 1, "redeemed twice: {error}");
                    assert!(error.was_sent() && !error.is_retryable(), "{error}");
                    assert_eq!(error.attempts(), 1, "{error}");
                    tally.done_failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        } else {
            match api.list_invoices_all(ListInvoicesRequest::new()).try_collect().await {
                Ok(invoices) => {
                    assert_eq!(invoices.len(), 2);
                    tally.read.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::Status | ErrorKind::Transport));
                    tally.read_failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }
}

async fn serve(app: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        axum::serve(listener, app).await.unwrap();
        Ok::<(), Infallible>(())
    });
    address
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "takes minutes: see the head of this file"]
async fn http() {
    let service = Arc::new(Service::default());
    let address = serve(Router::new().fallback(respond).with_state(Arc::clone(&service))).await;
    let retry = StandardRetry::new().base_delay(Duration::from_millis(1)).max_attempts(5);
    let client = Client::builder()
        .secret_key("11111111-1111-1111-1111-111111111111")
        .default_organization_id(ORGANIZATION)
        .api_url(format!("http://{address}"))
        .retry_budget(RetryBudget::unlimited())
        .options(CallOptions::new().retry(retry))
        .build()
        .unwrap();
    measure(CALLS, &service, |tally, from, to| {
        calls(BillingApi::new(&client), tally, Arc::clone(&service), from, to)
    })
    .await;
}

/// Makes this number of calls in [`TASKS`] tasks, each of which has a range of their numbers, and
/// accounts for them. The first tenth fills pools and caches. After that, only the notes of the
/// test may grow.
#[allow(clippy::print_stdout, reason = "the result of a run is for readers")]
async fn measure<F: Future<Output = ()> + Send + 'static>(
    all: u64,
    service: &Service,
    task: impl Fn(Arc<Tally>, u64, u64) -> F,
) {
    let tally = Arc::new(Tally::default());
    let run = async |from: u64, to: u64| {
        let share = (to - from) / TASKS;
        let tasks: Vec<_> = (0..TASKS)
            .map(|number| {
                let start = from + number * share;
                let end = if number + 1 == TASKS { to } else { start + share };
                tokio::spawn(task(Arc::clone(&tally), start, end))
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    };
    run(0, all / 10).await;
    let (memory, handles) = used();
    run(all / 10, all).await;
    let (memory_after, handles_after) = used();

    let [read, read_failed, done, done_failed] = tally.count();
    assert_eq!(read + read_failed, all - all / 4);
    assert_eq!(done + done_failed, all / 4);
    assert!(read_failed <= all / 10_000, "{read_failed} reads failed despite five attempts");
    let times = service.done.lock().unwrap();
    assert!(times.values().all(|times| *times == 1), "something was done twice");
    assert!(u64::try_from(times.len()).unwrap() >= done);
    // The notes about 50,000 coupons take some megabytes.
    let grown = memory_after.saturating_sub(memory);
    assert!(grown < 24 * 1024 * 1024, "{grown} bytes more");
    assert!(
        handles_after <= handles + usize::try_from(TASKS).unwrap(),
        "{handles} {handles_after}"
    );
    println!(
        "{all} calls, {} requests: {read} reads and {done} that happen at most once; {read_failed} \
         reads and {done_failed} of the others failed; {grown} bytes more, {handles} then \
         {handles_after} handles",
        service.requests.load(Ordering::Relaxed)
    );
}

const GRPC_CALLS: u64 = 40_000;

/// A message whose first field is this string, like most of Viam's requests and responses.
fn message(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    [&[0x0a, length], text.as_bytes()].concat()
}

/// Viam's services: `Authenticate`, the tiers, and charges, which are identified by the
/// organization.
async fn respond_grpc(State(service): State<Arc<Service>>, uri: Uri, body: Bytes) -> Response {
    let method = uri.path().rsplit('/').next().unwrap();
    if method == "Authenticate" {
        return RawReply::messages(&[&message("e30.e30.1")]).into_response();
    }
    let fault = service.fault();
    if fault == Some(0) {
        return RawReply::status(14, "not now").into_response();
    }
    let reply = if method == "CreateInvoiceAndChargeImmediately" {
        // The frame of the message takes five bytes, and the tag of the field one.
        let length = usize::from(body[6]);
        let organization = std::str::from_utf8(&body[7..7 + length]).unwrap();
        service.note(organization);
        message(organization)
    } else {
        message("free")
    };
    match fault {
        Some(1) => RawReply::status(4, "done, but too late").into_response(),
        // The connection breaks in the middle of the message.
        Some(2) => RawReply::messages(&[&reply]).into_response().map(|_| {
            let parts = [Ok(Bytes::from_static(&[0, 0, 0])), Err(std::io::Error::other("cut"))];
            Body::from_stream(stream::iter(parts))
        }),
        Some(3) => RawReply::status(8, "slow down").into_response(),
        _ => RawReply::messages(&[&reply]).into_response(),
    }
}

/// Makes the calls with these numbers: every fourth charges an organization of its own.
async fn grpc_calls(
    billing: BillingClient,
    tally: Arc<Tally>,
    service: Arc<Service>,
    from: u64,
    to: u64,
) {
    for number in from..to {
        if number % 4 == 0 {
            let organization = format!("O{number}");
            let request = CreateInvoiceAndChargeImmediatelyRequest::new(&organization, 1.5);
            let outcome = billing.create_invoice_and_charge_immediately(request).await;
            let times = service.times(&organization);
            match outcome {
                Ok(charged) => {
                    assert_eq!((charged.invoice_id.as_str(), times), (organization.as_str(), 1));
                    tally.done.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => {
                    assert!(times <= 1, "charged twice: {error}");
                    assert!(error.was_sent() && !error.is_retryable(), "{error}");
                    assert_eq!(error.attempts(), 1, "{error}");
                    tally.done_failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        } else {
            match billing.get_available_billing_tiers().await {
                Ok(found) => {
                    assert_eq!(found.tiers, ["free"]);
                    tally.read.fetch_add(1, Ordering::Relaxed);
                }
                Err(error) => {
                    assert_eq!(error.attempts(), 5, "{error}");
                    tally.read_failed.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "takes minutes: see the head of this file"]
async fn grpc() {
    let service = Arc::new(Service::default());
    let address =
        serve(Router::new().fallback(respond_grpc).with_state(Arc::clone(&service))).await;
    let retry = StandardRetry::new().base_delay(Duration::from_millis(1)).max_attempts(5);
    let client = ViamClient::builder()
        .api_key("viam-test-key", "11111111-1111-1111-1111-111111111111")
        .api_url(format!("http://{address}"))
        .retry_budget(RetryBudget::unlimited())
        .options(CallOptions::new().retry(retry))
        .build()
        .unwrap();
    measure(GRPC_CALLS, &service, |tally, from, to| {
        grpc_calls(client.billing_client(), tally, Arc::clone(&service), from, to)
    })
    .await;
}
