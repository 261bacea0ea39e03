//! Scaleway's configuration file: whatever it contains, building the client succeeds or fails with
//! a one-line error, and takes little time.

#![no_main]

use std::{
    fs,
    path::PathBuf,
    sync::LazyLock,
    time::{Duration, Instant},
};

use libfuzzer_sys::fuzz_target;
use scaleway_billing::Client;

/// The file of this process.
static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let path = std::env::temp_dir().join(format!("billing-fuzz-{}.yaml", std::process::id()));
    // SAFETY: no other thread of this program reads or writes the environment.
    unsafe { std::env::set_var("SCW_CONFIG_PATH", &path) };
    path
});

fuzz_target!(|data: &[u8]| {
    fs::write(&*FILE, data).unwrap();
    let start = Instant::now();
    for outcome in [Client::from_env().map(drop), Client::from_profile("p").map(drop)] {
        if let Err(error) = outcome {
            let text = error.to_string();
            assert!(!text.contains(['\n', '\r', '\u{1b}']) && text.len() < 8_000, "{text:?}");
        }
    }
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
});
