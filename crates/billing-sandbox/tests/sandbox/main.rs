//! The sandbox as its users see it, over real HTTP.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail the test")]

mod http;
mod lifecycle;
mod scaleway_v2alpha1;
