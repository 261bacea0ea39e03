//! Rows and files, checked against the rules of FOCUS.

mod checker;
mod cli;
#[cfg(feature = "parquet")]
mod parquet;
mod properties;
mod rules;
mod sandbox;
