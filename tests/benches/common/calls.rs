//! Calls with these crates, and the same calls with the underlying libraries.

#![allow(deprecated, reason = "only a deprecated version of Fastly's API has files")]

use std::{
    hint::black_box,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use billing_tests::fastly::{CUSTOMER, TOKEN};
use fastly_billing::{FileFormat, v2};
use http::{HeaderValue, header::AUTHORIZATION, uri::PathAndQuery};
use scaleway_billing::v2beta1::{
    BillingApi, DownloadInvoiceRequest, FinOpsApi, ListChargesRequest, ListInvoicesRequest,
    ListInvoicesResponse,
};
use tokio_rustls::rustls;
use tonic::{Request, client::Grpc, transport::Channel};
use tonic_prost::ProstCodec;
use viam_billing::{
    ViamClient,
    server::v1 as wire,
    v1::{BillingClient, GetInvoicePdfRequest},
};

use super::bare;

const ORGANIZATION: &str = "0a000000-0000-4000-8000-000000000001";
const SECRET: &str = "b0000000-0000-4000-8000-000000000009";
const TASKS: u32 = 64;

pub fn scaleway(url: &str) -> scaleway_billing::Client {
    scaleway_billing::Client::builder()
        .secret_key(SECRET)
        .default_organization_id(ORGANIZATION)
        .api_url(url)
        .build()
        .unwrap()
}

pub fn reqwest(deadline: Option<Duration>) -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let mut builder = reqwest::Client::builder().tls_backend_preconfigured(tls);
    if let Some(deadline) = deadline {
        builder = builder.timeout(deadline);
    }
    builder.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

async fn get(client: &reqwest::Client, url: &str, query: &[(&str, &str)]) -> bytes::Bytes {
    let url = reqwest::Url::parse_with_params(url, query).unwrap();
    let request = client.get(url).header("accept", "application/json");
    let response = request.header("x-auth-token", SECRET).send().await.unwrap();
    response.error_for_status().unwrap().bytes().await.unwrap()
}

pub async fn get_ours(billing: &BillingApi) {
    black_box(billing.list_invoices(ListInvoicesRequest::new()).await.unwrap());
}

/// Decodes like [`get_ours`], so that only the call differs.
pub async fn get_bare(client: &reqwest::Client, url: &str) {
    let url = format!("{url}/billing/v2beta1/invoices");
    let body = get(client, &url, &[("organization_id", ORGANIZATION)]).await;
    black_box(sdk_core::json::from_slice::<ListInvoicesResponse>(&body).unwrap());
}

/// Makes the calls in 64 tasks at once.
pub async fn tasks_ours(url: &str, calls: u32) {
    let billing = BillingApi::new(&scaleway(url));
    let tasks = (0..TASKS).map(|_| {
        let billing = billing.clone();
        tokio::spawn(async move {
            for _ in 0..calls / TASKS {
                get_ours(&billing).await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

/// With a deadline for each call, if `timeout` is set.
pub async fn tasks_bare(url: &str, calls: u32, deadline: Option<Duration>) {
    let client = reqwest(deadline);
    let tasks = (0..TASKS).map(|_| {
        let (client, url) = (client.clone(), url.to_owned());
        tokio::spawn(async move {
            for _ in 0..calls / TASKS {
                get_bare(&client, &url).await;
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

/// Adds up every charge, and waits this long for each page.
pub async fn charges_ours(url: &str, ahead: usize, pause: Duration) -> (u64, i64) {
    let finops = FinOpsApi::new(&scaleway(url));
    let request = ListChargesRequest::new().page_size(1_000);
    let mut pager = finops.list_charges_all(request).read_ahead(ahead);
    let (mut count, mut units) = (0, 0);
    if pause.is_zero() {
        while let Some(charge) = pager.try_next().await.unwrap() {
            count += 1;
            units += charge.price.map_or(0, |price| price.units);
        }
        return (count, units);
    }
    let mut pages = pager.pages();
    while let Some(page) = pages.try_next().await.unwrap() {
        count += page.charges.len() as u64;
        tokio::time::sleep(pause).await;
    }
    (count, units)
}

pub async fn charges_bare(url: &str) -> (u64, i64) {
    let client = reqwest(None);
    let url = format!("{url}/billing/v2beta1/charges");
    let (mut count, mut units) = (0, 0);
    let mut token = None;
    loop {
        let mut query = vec![("page_size", "1000"), ("organization_id", ORGANIZATION)];
        query.extend(token.as_deref().map(|token| ("page_token", token)));
        let body = get(&client, &url, &query).await;
        let page: bare::Charges = serde_json::from_slice(&body).unwrap();
        for charge in page.charges {
            count += 1;
            units += charge.price.map_or(0, |price| price.units);
            black_box(&charge.sku);
        }
        token = page.next_page_token;
        if token.is_none() {
            return (count, units);
        }
    }
}

/// Lists every invoice, reading this many pages ahead.
pub async fn invoices(url: &str, ahead: usize) -> usize {
    let billing = BillingApi::new(&scaleway(url));
    let pager = billing.list_invoices_all(ListInvoicesRequest::new()).read_ahead(ahead);
    pager.try_collect().await.unwrap().len()
}

pub fn viam(url: &str) -> BillingClient {
    let builder = ViamClient::builder().access_token("example-token").api_url(url);
    builder.build().unwrap().billing_client()
}

pub async fn channel(url: &str) -> Channel {
    Channel::from_shared(url.to_owned()).unwrap().connect().await.unwrap()
}

/// With the pings of an idle connection that Viam's crate sends.
pub async fn channel_with_pings(url: &str) -> Channel {
    let endpoint = Channel::from_shared(url.to_owned()).unwrap();
    let endpoint = endpoint.http2_keep_alive_interval(Duration::from_secs(20));
    let endpoint = endpoint.keep_alive_timeout(Duration::from_secs(10));
    endpoint.keep_alive_while_idle(true).connect().await.unwrap()
}

pub async fn unary_ours(billing: &BillingClient) {
    black_box(billing.get_available_billing_tiers().await.unwrap());
}

/// Makes the call as tonic's generated client does.
pub async fn unary_bare(channel: &Channel) {
    let mut grpc = Grpc::new(channel.clone());
    let mut request = Request::new(wire::GetAvailableBillingTiersRequest {});
    let token = HeaderValue::from_static("Bearer example-token");
    request.metadata_mut().as_mut().insert(AUTHORIZATION, token);
    request.set_timeout(Duration::from_secs(30));
    grpc.ready().await.unwrap();
    let codec = ProstCodec::<_, wire::GetAvailableBillingTiersResponse>::default();
    let route = "/viam.app.v1.BillingService/GetAvailableBillingTiers";
    let response = grpc.unary(request, PathAndQuery::from_static(route), codec).await.unwrap();
    black_box(response.into_inner());
}

/// Saves a file that is served raw, by Fastly's crate.
pub async fn save_fastly(url: &str, path: &Path) {
    let builder = fastly_billing::Client::builder().api_token(TOKEN).api_url(url);
    let billing = v2::BillingApi::new(&builder.build().unwrap());
    let request = v2::GetInvoiceByIdRequest::new(CUSTOMER, 4_100_001);
    billing.download_invoice_by_id_to(request, FileFormat::Pdf, path).await.unwrap();
}

/// Saves a file that is served raw, or as base64 in JSON if `id` is `json`, by Scaleway's crate.
pub async fn save_scaleway(url: &str, id: &str, path: &Path) {
    let options = scaleway_billing::CallOptions::new().max_body_size(256 << 20);
    let billing = BillingApi::new(&scaleway(url).with_options(options));
    billing.download_invoice_to(DownloadInvoiceRequest::new(id), path).await.unwrap();
}

/// Saves a file by Viam's crate.
pub async fn save_viam(url: &str, path: &Path) {
    let request = GetInvoicePdfRequest::new("invoice", ORGANIZATION);
    viam(url).get_invoice_pdf(request).save(path).await.unwrap();
}

/// Saves a file piece by piece, with the standard library.
pub async fn save_bare(url: &str, path: &Path) {
    use std::io::Write as _;

    let mut file = std::fs::File::create(path).unwrap();
    let mut response = reqwest(None).get(format!("{url}/file")).send().await.unwrap();
    while let Some(chunk) = response.chunk().await.unwrap() {
        file.write_all(&chunk).unwrap();
    }
    file.sync_all().unwrap();
}

/// Saves a file piece by piece, with tonic and the standard library.
pub async fn save_bare_viam(url: &str, path: &Path) {
    use std::io::Write as _;

    let mut file = std::fs::File::create(path).unwrap();
    let mut grpc = Grpc::new(channel(url).await);
    grpc.ready().await.unwrap();
    let codec = ProstCodec::<wire::GetInvoicePdfRequest, wire::GetInvoicePdfResponse>::default();
    let route = PathAndQuery::from_static("/viam.app.v1.BillingService/GetInvoicePdf");
    let request = Request::new(wire::GetInvoicePdfRequest::default());
    let mut stream = grpc.server_streaming(request, route, codec).await.unwrap().into_inner();
    while let Some(message) = stream.message().await.unwrap() {
        file.write_all(&message.chunk).unwrap();
    }
    file.sync_all().unwrap();
}

/// Measures the duration of a call.
pub async fn time(work: impl Future) -> Duration {
    let start = Instant::now();
    work.await;
    start.elapsed()
}
