//! Long lists over loopback, compared with reqwest and serde_json alone, and with reading ahead.

mod common;

use std::time::Duration;

use common::{calls, server};
use divan::{Bencher, counter::ItemsCount};

const PAGES: u64 = 250;
const PAUSE: Duration = Duration::from_millis(20);

fn main() {
    divan::main();
}

#[divan::bench(sample_count = 5)]
fn charges_ours(bencher: Bencher<'_, '_>) {
    let (client, _server, address) = server::start_apart();
    let url = server::url(address, PAGES, 0);
    let bencher = bencher.counter(ItemsCount::new(PAGES * server::CHARGES));
    bencher.bench_local(|| client.block_on(calls::charges_ours(&url, 0, Duration::ZERO)));
}

#[divan::bench(sample_count = 5)]
fn charges_bare(bencher: Bencher<'_, '_>) {
    let (client, _server, address) = server::start_apart();
    let url = server::url(address, PAGES, 0);
    let bencher = bencher.counter(ItemsCount::new(PAGES * server::CHARGES));
    bencher.bench_local(|| client.block_on(calls::charges_bare(&url)));
}

/// A hundred numbered pages, each of which takes 20 ms.
#[divan::bench(args = [0, 4], sample_count = 3)]
fn numbered_pages(bencher: Bencher<'_, '_>, ahead: usize) {
    let (client, _server, address) = server::start_apart();
    let url = server::url(address, 100, 20);
    bencher.bench_local(|| client.block_on(calls::invoices(&url, ahead)));
}

/// Pages with tokens, each of which takes 20 ms, and a consumer that takes 20 ms for each.
#[divan::bench(args = [0, 1], sample_count = 3)]
fn token_pages(bencher: Bencher<'_, '_>, ahead: usize) {
    let (client, _server, address) = server::start_apart();
    let url = server::url(address, 30, 20);
    bencher.bench_local(|| client.block_on(calls::charges_ours(&url, ahead, PAUSE)));
}
