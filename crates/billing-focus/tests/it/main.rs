//! Rows and files, checked against the rules of FOCUS.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail the test")]

mod checker;
mod cli;
mod odd;
#[cfg(feature = "parquet")]
mod parquet;
mod properties;
mod rules;
mod sandbox;
