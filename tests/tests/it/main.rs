//! Tests that cross crates or transports, in one program, with a module for each subject.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests stop at the first error")]
#![allow(deprecated, reason = "deprecated versions are also tested")]

mod client;
mod cookbook;
mod decoding;
mod dependency_lines;
mod docs;
mod downloads;
mod fastly_amounts;
mod fastly_billing_address;
mod fastly_customer;
mod fastly_errors;
mod fastly_peers;
mod fastly_sandbox;
mod fastly_v2;
mod fastly_v3;
mod fault_matrix;
mod faults;
#[cfg(target_os = "linux")]
mod memory;
mod operations;
mod packages;
mod paging;
mod sandbox;
mod scaleway_finops;
mod scaleway_v2;
mod scaleway_v2alpha1;
mod scaleway_v2beta1;
mod search;
mod secrets;
#[cfg(target_os = "linux")]
mod soak;
mod success;
mod telemetry;
mod values;
mod viam_calls;
mod viam_descriptor;
#[cfg(target_os = "linux")]
mod viam_memory;
mod viam_pdf;
mod viam_secrets;
mod viam_wire;
