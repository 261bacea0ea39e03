//! Long lists over loopback: beside reqwest and serde_json alone, and read ahead.

#![allow(clippy::unwrap_used, reason = "a benchmark ends where something is off")]

mod common;

use std::{net::SocketAddr, time::Duration};

use common::{calls, server};
use divan::{Bencher, counter::ItemsCount};
use tokio::runtime::{Builder, Runtime};

const PAGES: u64 = 250;
const PAUSE: Duration = Duration::from_millis(20);

fn main() {
    divan::main();
}

/// A runtime for the client, and another one with the server.
fn start() -> (Runtime, Runtime, SocketAddr) {
    let runtime = || Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let (client, server) = (runtime(), runtime());
    let address = server.block_on(server::start());
    (client, server, address)
}

#[divan::bench(sample_count = 5)]
fn charges_ours(bencher: Bencher<'_, '_>) {
    let (client, _server, address) = start();
    let url = server::url(address, PAGES, 0);
    let bencher = bencher.counter(ItemsCount::new(PAGES * server::CHARGES));
    bencher.bench_local(|| client.block_on(calls::charges_ours(&url, 0, Duration::ZERO)));
}

#[divan::bench(sample_count = 5)]
fn charges_bare(bencher: Bencher<'_, '_>) {
    let (client, _server, address) = start();
    let url = server::url(address, PAGES, 0);
    let bencher = bencher.counter(ItemsCount::new(PAGES * server::CHARGES));
    bencher.bench_local(|| client.block_on(calls::charges_bare(&url)));
}

/// A hundred numbered pages, each of which takes 20 ms.
#[divan::bench(args = [0, 4], sample_count = 3)]
fn numbered_pages(bencher: Bencher<'_, '_>, ahead: usize) {
    let (client, _server, address) = start();
    let url = server::url(address, 100, 20);
    bencher.bench_local(|| client.block_on(calls::invoices(&url, ahead)));
}

/// Pages by token, each of which takes 20 ms, and a consumer that takes as long for each.
#[divan::bench(args = [0, 1], sample_count = 3)]
fn token_pages(bencher: Bencher<'_, '_>, ahead: usize) {
    let (client, _server, address) = start();
    let url = server::url(address, 30, 20);
    bencher.bench_local(|| client.block_on(calls::charges_ours(&url, ahead, PAUSE)));
}
