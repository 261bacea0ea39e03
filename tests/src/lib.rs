//! What the tests share: servers that misbehave on purpose, and a recorder of log output.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests end where something is off")]

mod log;
#[cfg(doctest)]
mod readme;
mod script;

pub use log::{Log, record};
pub use script::{Reply, ScriptedServer, json};
