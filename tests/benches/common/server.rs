//! A server with little overhead, so that the benchmarks measure the client.

use std::{collections::BTreeMap, net::SocketAddr, sync::LazyLock, time::Duration};

use billing_tests::{RawReply, RawServer};
use prost::Message as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
};
use viam_billing::server::{
    auth::AuthenticateResponse,
    v1::{GetAvailableBillingTiersResponse, GetInvoicePdfResponse},
};

use super::bodies;

/// The length of every file.
pub const FILE_SIZE: usize = 100_000_000;
const PIECE: usize = 100_000;
/// The number of invoices in a page.
pub const INVOICES: u64 = 2;
/// The number of charges in a page.
pub const CHARGES: u64 = 1_000;

/// A page of charges without its last charge, which differs between pages.
static CHARGES_PAGE: LazyLock<String> = LazyLock::new(|| {
    let page = bodies::charges(0..CHARGES - 1, None);
    page.strip_suffix("],\"next_page_token\":null}").unwrap().to_owned()
});

/// Starts the server on a runtime of its own. Returns a runtime for the client, the server's
/// runtime, and the address.
pub fn start_apart() -> (Runtime, Runtime, SocketAddr) {
    let runtime = || Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (client, server) = (runtime(), runtime());
    let address = server.block_on(start());
    (client, server, address)
}

/// Serves Scaleway's invoices and charges and any vendor's files over HTTP with keep-alive. The URL
/// contains the number of pages of a list and the delay of each response in milliseconds.
pub async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            tokio::spawn(serve(stream));
        }
    });
    address
}

/// Returns the base URL of lists with this number of pages and this delay in milliseconds.
pub fn url(address: SocketAddr, pages: u64, milliseconds: u64) -> String {
    format!("http://{address}/{pages}/{milliseconds}")
}

async fn serve(mut stream: TcpStream) -> Option<()> {
    let mut request = Vec::new();
    loop {
        while !request.ends_with(b"\r\n\r\n") {
            if stream.read_buf(&mut request).await.ok()? == 0 {
                return None;
            }
        }
        let head = std::str::from_utf8(&request).ok()?;
        let url = head.split(' ').nth(1)?;
        let (path, query) = url.split_once('?').unwrap_or((url, ""));
        let query: BTreeMap<_, _> =
            query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let number = |name| query.get(name).and_then(|value| value.parse::<u64>().ok());
        let mut parts = path.split('/').skip(1);
        let pages: u64 = parts.next()?.parse().ok()?;
        let milliseconds: u64 = parts.next()?.parse().ok()?;
        if milliseconds > 0 {
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
        }
        if path.ends_with("/charges") {
            let page = number("page_token").unwrap_or(1);
            let number = page * CHARGES;
            let last = bodies::charges(number..number + 1, (page < pages).then_some(page + 1));
            let last = last.replacen("{\"charges\":[", ",", 1);
            respond(&mut stream, "application/json", CHARGES_PAGE.len() + last.len()).await?;
            stream.write_all(CHARGES_PAGE.as_bytes()).await.ok()?;
            stream.write_all(last.as_bytes()).await.ok()?;
        } else if path.ends_with("/invoices") {
            let first = (number("page").unwrap_or(1) - 1) * INVOICES;
            let body = bodies::invoices(first..first + INVOICES, INVOICES * pages);
            respond(&mut stream, "application/json", body.len()).await?;
            stream.write_all(body.as_bytes()).await.ok()?;
        } else if path.contains("/json/") {
            // Four characters of base64 encode three bytes.
            let content = FILE_SIZE / 3 * 4;
            let start = br#"{"name":"a.pdf","content_type":"application/pdf","content":""#;
            respond(&mut stream, "application/json", start.len() + content + 2).await?;
            stream.write_all(start).await.ok()?;
            write_repeated(&mut stream, b'A', content).await?;
            stream.write_all(b"\"}").await.ok()?;
        } else {
            respond(&mut stream, "application/pdf", FILE_SIZE).await?;
            write_repeated(&mut stream, b'A', FILE_SIZE).await?;
        }
        request.clear();
    }
}

async fn respond(stream: &mut TcpStream, media_type: &str, length: usize) -> Option<()> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: {media_type}\r\ncontent-length: {length}\r\n\
         date: Sat, 21 Nov 2026 10:00:00 GMT\r\nserver: example\r\n\
         x-request-id: 1c000000-0000-4000-8000-000000000001\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.ok()
}

async fn write_repeated(stream: &mut TcpStream, byte: u8, length: usize) -> Option<()> {
    let piece = vec![byte; PIECE];
    let mut left = length;
    while left > 0 {
        let size = left.min(PIECE);
        stream.write_all(&piece[..size]).await.ok()?;
        left -= size;
    }
    Some(())
}

/// Serves Viam's billing tiers and invoice files, and issues tokens.
pub async fn start_viam() -> RawServer {
    let token = AuthenticateResponse { access_token: "example-token".to_owned() }.encode_to_vec();
    let tiers = ["basic", "team", "enterprise"].map(str::to_owned).to_vec();
    let tiers = GetAvailableBillingTiersResponse { tiers }.encode_to_vec();
    let chunk = GetInvoicePdfResponse { chunk: vec![7; PIECE].into() }.encode_to_vec();
    RawServer::start(move |request| match request.path.rsplit('/').next() {
        Some("Authenticate") => RawReply::messages(&[&token]),
        Some("GetInvoicePdf") => RawReply::messages(&vec![&*chunk; FILE_SIZE / PIECE]),
        _ => RawReply::messages(&[&tiers]),
    })
    .await
}
