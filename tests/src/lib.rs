//! Shared parts of the tests: servers that misbehave on purpose, the wire format of calls, and a
//! recorder of log output.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "tests stop at the first error"
)]

mod alone;
pub mod fastly;
mod grpc;
mod log;
#[cfg(doctest)]
mod readme;
mod script;
mod trace;
mod viam;
pub mod wire;

pub use alone::{Alone, chain, lines};
pub use grpc::{PingCounter, RawReply, RawRequest, RawServer};
pub use log::{Log, Printed, record};
pub use script::{ClosedPort, Reply, ScriptedServer, json};
pub use trace::{Node, Trace};
pub use viam::{Fault, ViamServer};
