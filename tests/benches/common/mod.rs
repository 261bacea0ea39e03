//! Shared parts of the benchmarks: response bodies, the same work without these crates, and a
//! server.

#![allow(clippy::unwrap_used, reason = "a benchmark stops at the first error")]
#![allow(dead_code, unreachable_pub, reason = "each benchmark uses a part of it")]

pub mod bare;
pub mod bodies;
pub mod calls;
pub mod decode;
pub mod server;
