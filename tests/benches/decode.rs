//! Decoding of large responses, compared with serde_json and prost alone.

#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first error")]

mod common;

use common::decode::DECODE;
use divan::{Bencher, counter::BytesCount};

fn main() {
    divan::main();
}

fn run(
    bencher: Bencher<'_, '_>,
    name: &str,
    decode: impl Fn(&common::decode::Decode) -> fn(&[u8]),
) {
    let case = DECODE.iter().find(|case| case.name == name).unwrap();
    let (body, decode) = ((case.body)(), decode(case));
    bencher.counter(BytesCount::of_slice(&body)).bench_local(|| decode(&body));
}

#[divan::bench(args = DECODE.iter().map(|case| case.name))]
fn ours(bencher: Bencher<'_, '_>, name: &str) {
    run(bencher, name, |case| case.ours);
}

#[divan::bench(args = DECODE.iter().map(|case| case.name))]
fn bare(bencher: Bencher<'_, '_>, name: &str) {
    run(bencher, name, |case| case.bare);
}
