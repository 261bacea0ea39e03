//! The sandbox as its users see it, over real HTTP.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail the test")]

mod fastly;
mod faults;
mod http;
mod json;
mod lifecycle;
mod scaleway_finops;
mod scaleway_v2;
mod scaleway_v2alpha1;
mod scaleway_v2beta1;
mod viam;
