//! Checks of the Tokio runtime of a call.

use std::{
    cell::Cell,
    panic::catch_unwind,
    thread::{LocalKey, panicking},
    time::Duration,
};

use tokio::{
    runtime::{Handle, Id},
    time::sleep,
};

use crate::{Error, Result};

thread_local! {
    /// The last runtime that was found to have timers.
    static WITH_TIMERS: Cell<Option<Id>> = const { Cell::new(None) };
    /// The last runtime that was found to have IO.
    #[cfg(any(feature = "http", feature = "grpc"))]
    static WITH_IO: Cell<Option<Id>> = const { Cell::new(None) };
}

/// Checks that there is a runtime with timers.
pub(crate) fn require_timers() -> Result<()> {
    require(&WITH_TIMERS, || drop(sleep(Duration::ZERO)), "timers", "enable_time")
}

/// Checks that there is a runtime with IO.
#[cfg(any(feature = "http", feature = "grpc"))]
pub(crate) fn require_io() -> Result<()> {
    let probe = || {
        // If no socket can be created, the connection will report why.
        let socket = std::net::UdpSocket::bind("127.0.0.1:0");
        if let Ok(socket) = socket.and_then(|one| one.set_nonblocking(true).map(|()| one)) {
            drop(tokio::net::UdpSocket::from_std(socket));
        }
    };
    require(&WITH_IO, probe, "IO", "enable_io")
}

fn require(
    known: &'static LocalKey<Cell<Option<Id>>>,
    probe: fn(),
    feature: &str,
    method: &str,
) -> Result<()> {
    let Ok(runtime) = Handle::try_current() else {
        return Err(Error::config(
            "there is no Tokio runtime: make calls inside one, such as `#[tokio::main]`",
        ));
    };
    if known.get() == Some(runtime.id()) {
        return Ok(());
    }
    if !succeeds(probe) {
        return Err(Error::config(format!(
            "the Tokio runtime has no {feature}: build it with `{method}` or `enable_all`"
        )));
    }
    known.set(Some(runtime.id()));
    Ok(())
}

/// Returns whether `probe` runs without a panic. Tokio documents this panic for a runtime that
/// lacks a feature, and has no function to query the feature.
///
/// The program's panic hook prints Tokio's message. If panics abort, the probe is skipped, and that
/// message is the only one.
fn succeeds(probe: fn()) -> bool {
    cfg!(panic = "abort") || panicking() || catch_unwind(probe).is_ok()
}

#[cfg(all(test, any(feature = "http", feature = "grpc")))]
mod tests {
    use tokio::runtime::Builder;

    use super::*;

    #[test]
    fn missing_runtime_feature_is_reported() {
        let told = |builder: &mut Builder| {
            let runtime = builder.build().unwrap();
            let _inside = runtime.enter();
            [require_timers(), require_io(), require_timers()]
                .map(|result| result.err().map(|error| error.to_string()))
        };
        let lacks = |feature: &str, method: &str| {
            let way_out = format!("build it with `{method}` or `enable_all`");
            Some(format!("the Tokio runtime has no {feature}: {way_out}"))
        };
        let (no_timers, no_io) = (lacks("timers", "enable_time"), lacks("IO", "enable_io"));
        for mut builder in [Builder::new_current_thread(), Builder::new_multi_thread()] {
            builder.worker_threads(1);
            let neither = told(&mut builder);
            assert_eq!(neither, [no_timers.clone(), no_io.clone(), no_timers.clone()]);
        }
        let mut builder = Builder::new_current_thread();
        assert_eq!(told(builder.enable_time()), [None, no_io, None]);
        let mut builder = Builder::new_current_thread();
        assert_eq!(told(builder.enable_io()), [no_timers.clone(), None, no_timers]);
        let mut builder = Builder::new_current_thread();
        assert_eq!(told(builder.enable_all()), [None, None, None]);
        let error = require_io().unwrap_err().to_string();
        assert!(error.contains("no Tokio runtime"), "{error}");
    }
}
