//! Starting, stopping, and what does not depend on a vendor.

use std::io::ErrorKind;
use std::time::{Duration, Instant};

use billing_sandbox::Sandbox;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

use crate::http;

const CONSUMPTION: &str = "/billing/v2alpha1/consumption";

#[tokio::test]
async fn a_dropped_sandbox_no_longer_listens() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let address = sandbox.scaleway().url().replace("http://", "");
    TcpStream::connect(&address).await.unwrap();
    drop(sandbox);
    let error = TcpStream::connect(&address).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_dropped_sandbox_ends_requests_under_way() {
    let sandbox = Sandbox::builder()
        .today("2026-06-15".parse().unwrap())
        .latency(Duration::from_secs(3600))
        .start()
        .await
        .unwrap();
    let mut stream = http::open(sandbox.scaleway(), "GET", CONSUMPTION, "").await;
    while sandbox.requests().is_empty() {
        tokio::task::yield_now().await;
    }
    drop(sandbox);
    // Depending on the moment this is an end of file or a reset, but never an answer.
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    assert_eq!(answer, b"");
}

#[tokio::test]
async fn a_port_can_be_chosen_but_not_taken_twice() {
    let first = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let url = first.scaleway().url();
    let port: u16 = url.rsplit(':').next().unwrap().parse().unwrap();

    let taken = Sandbox::builder()
        .today("2026-06-15".parse().unwrap())
        .port(port)
        .start()
        .await
        .unwrap_err();
    assert_eq!(taken.kind(), ErrorKind::AddrInUse);

    drop(first);
    let second =
        Sandbox::builder().today("2026-06-15".parse().unwrap()).port(port).start().await.unwrap();
    assert_eq!(second.scaleway().url(), url);
}

#[tokio::test]
async fn every_answer_waits_for_the_latency() {
    let latency = Duration::from_millis(40);
    let sandbox = Sandbox::builder()
        .today("2026-06-15".parse().unwrap())
        .latency(latency)
        .start()
        .await
        .unwrap();
    let start = Instant::now();
    http::get_json(sandbox.scaleway(), CONSUMPTION).await;
    assert!(start.elapsed() >= latency);
}

#[tokio::test]
async fn requests_are_remembered_in_order_as_they_were_sent() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    http::get(scaleway, "/billing/v2alpha1/invoices?page=2&page_size=7").await;
    http::send(scaleway, "POST", "/a%2Fb?x=%20&x=+", "").await;
    http::send(scaleway, "GET", CONSUMPTION, "").await;
    assert_eq!(
        sandbox.requests(),
        [
            "GET /billing/v2alpha1/invoices?page=2&page_size=7",
            "POST /a%2Fb?x=%20&x=+",
            "GET /billing/v2alpha1/consumption",
        ]
    );
}

#[tokio::test]
async fn debug_output_shows_no_key() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let scaleway = sandbox.scaleway();
    let debug = format!("{sandbox:?} {sandbox:#?} {scaleway:?}");
    assert!(debug.contains(&scaleway.url()));
    assert!(!debug.contains(scaleway.secret_key()));
    assert!(!debug.contains(scaleway.access_key()));
    assert!(!debug.contains(sandbox.viam().api_key()));
}

#[tokio::test]
async fn the_environment_is_complete_and_well_formed() {
    let sandbox = Sandbox::builder().today("2026-06-15".parse().unwrap()).start().await.unwrap();
    let (scaleway, fastly, viam) = (sandbox.scaleway(), sandbox.fastly(), sandbox.viam());
    let key = scaleway.access_key();
    assert_eq!((key.len(), &key[..3]), (20, "SCW"));
    assert!(key.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));

    let owned = |text: &str| text.to_owned();
    assert_eq!(
        sandbox.environment(),
        [
            ("SCW_API_URL", scaleway.url()),
            ("SCW_ACCESS_KEY", owned(key)),
            ("SCW_SECRET_KEY", owned(scaleway.secret_key())),
            ("SCW_DEFAULT_ORGANIZATION_ID", owned(scaleway.organization_id())),
            ("SCW_DEFAULT_PROJECT_ID", owned(scaleway.project_id())),
            ("SCW_DEFAULT_REGION", owned("fr-par")),
            ("SCW_DEFAULT_ZONE", owned("fr-par-1")),
            ("SCW_INSECURE", owned("false")),
            ("FASTLY_API_URL", fastly.url()),
            ("FASTLY_API_ENDPOINT", fastly.url()),
            ("FASTLY_API_TOKEN", owned(fastly.api_token())),
            ("FASTLY_API_KEY", owned(fastly.api_token())),
            ("VIAM_API_URL", viam.url()),
            ("VIAM_API_KEY", owned(viam.api_key())),
            ("VIAM_API_KEY_ID", owned(viam.api_key_id())),
            ("VIAM_PRIMARY_ORG_ID", owned(viam.organization_id())),
        ]
    );
    for (name, _) in sandbox.environment() {
        assert!(!sandbox.conflicting_environment().contains(&name));
    }
}

#[tokio::test]
async fn without_a_date_the_data_is_of_today() {
    let month = || chrono::Utc::now().format("%Y-%m-01T00:00:00Z").to_string();
    let before = month();
    let sandbox = Sandbox::start().await.unwrap();
    let newest = "/billing/v2beta1/invoices?page_size=1&order_by=start_date_desc";
    let body = http::get_json(sandbox.scaleway(), newest).await;
    let period = body["invoices"][0]["billing_period"].as_str().unwrap();
    // The month may have changed meanwhile.
    assert!(period == before || period == month(), "{period}");
}

#[tokio::test]
async fn all_ports_can_be_chosen() {
    let first = Sandbox::start().await.unwrap();
    let urls = [first.scaleway().url(), first.fastly().url(), first.viam().url()];
    let [port, fastly, viam] =
        urls.each_ref().map(|url| url.rsplit(':').next().unwrap().parse().unwrap());
    drop(first);
    let builder = Sandbox::builder().port(port).fastly_port(fastly).viam_port(viam);
    let second = builder.start().await.unwrap();
    assert_eq!([second.scaleway().url(), second.fastly().url(), second.viam().url()], urls);
}
