//! Single calls over loopback, compared with reqwest and tonic alone.

mod common;

use common::{calls, server};
use divan::{Bencher, counter::ItemsCount};
use scaleway_billing::v2beta1::BillingApi;

/// Concurrent calls of 64 tasks.
const CALLS: u32 = 6_400;

fn main() {
    divan::main();
}

#[divan::bench]
fn get_ours(bencher: Bencher<'_, '_>) {
    let (client, _server, address) = server::start_apart();
    let billing = BillingApi::new(&calls::scaleway(&server::url(address, 1, 0)));
    bencher.bench_local(|| client.block_on(calls::get_ours(&billing)));
}

#[divan::bench]
fn get_bare(bencher: Bencher<'_, '_>) {
    let (client, _server, address) = server::start_apart();
    let (reqwest, url) = (calls::reqwest(None), server::url(address, 1, 0));
    bencher.bench_local(|| client.block_on(calls::get_bare(&reqwest, &url)));
}

#[divan::bench(sample_count = 10)]
fn tasks_ours(bencher: Bencher<'_, '_>) {
    let (client, _server, address) = server::start_apart();
    let url = server::url(address, 1, 0);
    let bencher = bencher.counter(ItemsCount::new(CALLS));
    bencher.bench_local(|| client.block_on(calls::tasks_ours(&url, CALLS)));
}

#[divan::bench(sample_count = 10)]
fn tasks_bare(bencher: Bencher<'_, '_>) {
    let (client, _server, address) = server::start_apart();
    let url = server::url(address, 1, 0);
    let bencher = bencher.counter(ItemsCount::new(CALLS));
    bencher.bench_local(|| client.block_on(calls::tasks_bare(&url, CALLS, None)));
}

#[divan::bench]
fn unary_ours(bencher: Bencher<'_, '_>) {
    let (client, server, _) = server::start_apart();
    let server = server.block_on(server::start_viam());
    let billing = client.block_on(async { calls::viam(&server.url()) });
    bencher.bench_local(|| client.block_on(calls::unary_ours(&billing)));
}

#[divan::bench]
fn unary_bare(bencher: Bencher<'_, '_>) {
    let (client, server, _) = server::start_apart();
    let server = server.block_on(server::start_viam());
    let channel = client.block_on(calls::channel(&server.url()));
    bencher.bench_local(|| client.block_on(calls::unary_bare(&channel)));
}
