//! What the benchmarks share: response bodies, the same work without these crates, and a server.

#![allow(dead_code, unreachable_pub, reason = "each benchmark uses a part of it")]

pub mod bare;
pub mod bodies;
pub mod calls;
pub mod decode;
pub mod server;
