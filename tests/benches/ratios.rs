//! Prints a table of ratios: instructions, allocations, time and memory of these crates, compared
//! with the underlying libraries.
//!
//! This program starts a separate process for each measurement. Valgrind counts the instructions;
//! without it, the column stays empty. Arguments select the cases whose names contain one of the
//! words.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark stops at the first error")]
#![allow(clippy::print_stdout, reason = "the table goes to standard output")]

mod common;

use std::{
    alloc::System,
    env,
    net::SocketAddr,
    process::{Command, Stdio},
    time::Duration,
};

use common::{calls, decode::DECODE, server};
use scaleway_billing::v2beta1::BillingApi;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tokio::runtime::Builder;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const CHILD: &str = "--child";

/// Case, and the numbers of repetitions between which the difference is taken.
const CALLS: &[(&str, u32, u32)] = &[
    ("GET", 50, 1_050),
    ("unary call", 50, 1_050),
    ("unary call with deadlines and pings", 50, 1_050),
    ("1000 charges a page", 2, 22),
];
/// The calls of 64 tasks together.
const TASK_CALLS: u32 = 64 * 400;
const TIMES: &[&str] = &[
    "64 tasks",
    "64 tasks with deadlines",
    "250000 charges",
    "read ahead, 100 pages",
    "read ahead, tokens",
];
const FILES: &[&str] = &["save fastly", "save scaleway raw", "save scaleway json", "save viam"];
/// Number of measurements of a time, of which the median is reported.
const RUNS: usize = 5;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|word| word != "--bench").collect();
    if let [child, case, variant, count, url] = arguments.as_slice()
        && child == CHILD
    {
        return measure(case, variant == "ours", count.parse().unwrap(), url);
    }
    let selected =
        |case: &str| arguments.is_empty() || arguments.iter().any(|word| case.contains(word));
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let address = runtime.block_on(server::start());
    let viam = runtime.block_on(server::start_viam());

    println!("| case | instructions | ratio | allocations | ratio |\n|---|---|---|---|---|");
    let decode = DECODE.iter().map(|case| (case.name, 1, 3));
    for (case, few, many) in decode.chain(CALLS.iter().copied()).filter(|(case, ..)| selected(case))
    {
        let url = url(case, address, &viam.url());
        let [ours, bare] = ["ours", "bare"].map(|variant| {
            let count = |count: u32, instructions| run(case, variant, count, &url, instructions);
            let each =
                |few_of: u64, many_of: u64| (many_of - few_of) as f64 / f64::from(many - few);
            let allocations = each(count(few, false).allocations, count(many, false).allocations);
            let instructions = has_valgrind()
                .then(|| each(count(few, true).instructions, count(many, true).instructions));
            (instructions, allocations)
        });
        let ratio = |ours: f64, bare: f64| format!("{:.3}", ours / bare);
        let (instructions, instructions_ratio) = match (ours.0, bare.0) {
            (Some(ours), Some(bare)) => (format!("{ours:.0}"), ratio(ours, bare)),
            _ => (String::new(), String::new()),
        };
        println!(
            "| {case} | {instructions} | {instructions_ratio} | {:.1} | {} |",
            ours.1,
            ratio(ours.1, bare.1)
        );
    }

    println!("\n| case | ms | ratio of time | peak MiB | of bare |\n|---|---|---|---|---|");
    for case in TIMES.iter().chain(FILES).filter(|case| selected(case)) {
        let url = url(case, address, &viam.url());
        let mut runs: Vec<[Measured; 2]> = (0..RUNS)
            .map(|_| ["ours", "bare"].map(|variant| run(case, variant, 1, &url, false)))
            .collect();
        let ratio = |[ours, bare]: &[Measured; 2]| ours.micros as f64 / bare.micros as f64;
        runs.sort_by(|a, b| ratio(a).total_cmp(&ratio(b)));
        let median = &runs[RUNS / 2];
        println!(
            "| {case} | {} | {:.3} | {:.1} | {:.1} |",
            median[0].micros / 1_000,
            ratio(median),
            median[0].peak as f64 / 1_024.0,
            median[1].peak as f64 / 1_024.0
        );
    }
}

fn url(case: &str, address: SocketAddr, viam: &str) -> String {
    match case {
        "unary call" | "unary call with deadlines and pings" | "save viam" => viam.to_owned(),
        "250000 charges" => server::url(address, 250, 0),
        "read ahead, 100 pages" => server::url(address, 100, 20),
        "read ahead, tokens" => server::url(address, 30, 20),
        _ => server::url(address, 1, 0),
    }
}

/// The report of a process.
#[derive(Default)]
struct Measured {
    instructions: u64,
    allocations: u64,
    micros: u64,
    /// In KiB.
    peak: u64,
}

fn has_valgrind() -> bool {
    let version = Command::new("valgrind").arg("--version").stdout(Stdio::null()).status();
    version.is_ok_and(|status| status.success())
}

/// Measures a case in a process of its own.
fn run(case: &str, variant: &str, count: u32, url: &str, instructions: bool) -> Measured {
    let program = env::current_exe().unwrap();
    let mut command = Command::new(&program);
    if instructions {
        command = Command::new("valgrind");
        command.args(["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]);
        command.arg(&program);
    }
    let output = command.args([CHILD, case, variant, &count.to_string(), url]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let log = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{case}: {log}");
    let number = |text: &str| text.replace(',', "").trim().parse().unwrap();
    let mut numbers = said.split_whitespace().map(number);
    let mut next = || numbers.next().unwrap();
    let (allocations, micros, peak) = (next(), next(), next());
    let refs = log.lines().find_map(|line| line.split_once("refs:"));
    let instructions = refs.map_or(0, |(_, count)| number(count));
    Measured { instructions, allocations, micros, peak }
}

/// Runs a case, and prints its report.
fn measure(case: &str, ours: bool, count: u32, url: &str) {
    // A single thread makes the number of instructions repeatable.
    let mut builder = match TIMES.contains(&case) {
        true => Builder::new_multi_thread(),
        false => Builder::new_current_thread(),
    };
    let runtime = builder.enable_all().build().unwrap();
    let region = Region::new(ALLOCATOR);
    let time = match DECODE.iter().find(|decode| decode.name == case) {
        Some(decode) => {
            let body = (decode.body)();
            let work = if ours { decode.ours } else { decode.bare };
            (0..count).for_each(|_| work(&body));
            Duration::ZERO
        }
        None => runtime.block_on(calls::time(call(case, ours, count, url))),
    };
    let stats = region.change();
    let allocations = stats.allocations + stats.reallocations;
    println!("{allocations} {} {}", time.as_micros(), peak());
}

async fn call(case: &str, ours: bool, count: u32, url: &str) {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let path = folder.path().join("file");
    match (case, ours) {
        ("GET", true) => {
            let billing = BillingApi::new(&calls::scaleway(url));
            for _ in 0..count {
                calls::get_ours(&billing).await;
            }
        }
        ("GET", false) => {
            let client = calls::reqwest(None);
            for _ in 0..count {
                calls::get_bare(&client, url).await;
            }
        }
        ("unary call" | "unary call with deadlines and pings", true) => {
            let billing = calls::viam(url);
            for _ in 0..count {
                calls::unary_ours(&billing).await;
            }
        }
        ("unary call", false) => {
            let channel = calls::channel(url).await;
            for _ in 0..count {
                calls::unary_bare(&channel).await;
            }
        }
        ("unary call with deadlines and pings", false) => {
            let channel = calls::channel_with_pings(url).await;
            let deadline = Duration::from_secs(30);
            for _ in 0..count {
                tokio::time::timeout(deadline, calls::unary_bare(&channel)).await.unwrap();
            }
        }
        ("1000 charges a page", _) => {
            let address = url.split('/').nth(2).unwrap().parse().unwrap();
            charges(&server::url(address, u64::from(count), 0), ours).await;
        }
        ("64 tasks" | "64 tasks with deadlines", true) => calls::tasks_ours(url, TASK_CALLS).await,
        ("64 tasks", false) => calls::tasks_bare(url, TASK_CALLS, None).await,
        ("64 tasks with deadlines", false) => {
            calls::tasks_bare(url, TASK_CALLS, Some(Duration::from_secs(60))).await;
        }
        ("250000 charges", _) => charges(url, ours).await,
        ("read ahead, 100 pages", _) => {
            let found = calls::invoices(url, if ours { 4 } else { 0 }).await;
            assert_eq!(found as u64, server::INVOICES * 100);
        }
        ("read ahead, tokens", _) => {
            let pause = Duration::from_millis(20);
            calls::charges_ours(url, usize::from(ours), pause).await;
        }
        ("save fastly", true) => calls::save_fastly(url, &path).await,
        ("save scaleway raw", true) => calls::save_scaleway(url, "raw", &path).await,
        ("save scaleway json", true) => calls::save_scaleway(url, "json", &path).await,
        ("save viam", true) => calls::save_viam(url, &path).await,
        ("save viam", false) => calls::save_bare_viam(url, &path).await,
        (_, false) => calls::save_bare(url, &path).await,
        _ => panic!("there is no case {case:?}"),
    }
}

async fn charges(url: &str, ours: bool) {
    let (count, _) = match ours {
        true => calls::charges_ours(url, 0, Duration::ZERO).await,
        false => calls::charges_bare(url).await,
    };
    assert_eq!(count % server::CHARGES, 0);
}

/// Returns the peak memory of this process in KiB; 0 if the system does not report it.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or(0, |line| line.trim().trim_end_matches(" kB").parse().unwrap())
}
