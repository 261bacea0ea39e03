//! Bills of Scaleway, Fastly and Viam as [FOCUS] rows, the format that cost tools read.
//!
//! FOCUS is the FinOps Open Cost and Usage Specification: one table of charges with the same
//! columns for every provider. This crate turns the responses of the vendor crates into rows of its
//! dataset *Cost and Usage*, and writes them as CSV, JSON Lines or Parquet. It is also a program:
//! see `billing-focus --help`.
//!
//! | source | module | feature |
//! |---|---|---|
//! | a month's bill of Scaleway, or its charges resource by resource | `scaleway` | `scaleway` |
//! | an invoice of Fastly, or the month to date | `fastly` | `fastly` |
//! | the current month of Viam | `viam` | `viam` |
//!
//! # Example
//!
//! ```no_run
//! # #[cfg(feature = "scaleway")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use billing_focus::{Check, OutputFile, Schema, Version, Writer, scaleway};
//!
//! let client = scaleway_billing::Client::from_env()?;
//! let schema = Schema::new(Version::V1_2, scaleway::CONSUMPTION_COLUMNS);
//! let mut writer = Writer::csv(OutputFile::create("may.csv")?, schema)?;
//! let mut check = Check::default();
//!
//! let mut rows = scaleway::consumption(&client, "2026-05".parse()?);
//! while let Some(row) = rows.try_next().await? {
//!     writer.write(&row)?;
//!     check.add(&row)?;
//! }
//! writer.finish()?.commit()?;
//! for comparison in check.compare(rows.totals()) {
//!     println!("{comparison}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! The crate fetches rows as they are consumed, and holds one response in memory, however long the
//! bill is.
//!
//! # What the rows are
//!
//! - Amounts are exact decimals; no amount passes through a floating-point number.
//! - The rows with the same `InvoiceId` add up to that invoice, to the last digit. Taxes,
//!   discounts, credits and credit notes are rows of their own. [`Check`] compares the sums with
//!   the vendor's totals. The exception is `scaleway::charges`, whose documentation gives the
//!   reason.
//! - All period ends are exclusive, even if the vendor's are inclusive.
//! - If only one amount is known, all four costs are that amount.
//! - Provider, publisher, host and invoice issuer are the vendor.
//! - A file has a conditional column only if the vendor's data can fill it. Columns that start with
//!   `x_` contain data for which FOCUS has no column. A caller can change every field of a [`Row`]
//!   before it is written.
//!
//! The module [`judgement`] decides what the vendor's data leave open: service categories, regions,
//! units, and the currency of an estimate. A caller can override each decision.
//!
//! # Versions
//!
//! Most consumers read [`Version::V1_2`]. [`Version::V1_4`] has the same rows, with
//! `ServiceProviderName` and `HostProviderName` instead of `ProviderName` and `PublisherName`, and
//! an `InvoiceDetailId`, which is null because no vendor identifies lines.
//!
//! # Known deviations
//!
//! - Scaleway's charges and Viam's costs have no quantity, so `PricingQuantity` and `PricingUnit`
//!   of their usage are null. The same applies to a line of Scaleway's bill whose quantity is not a
//!   number, and to a line of Fastly without a rate or units, or with too many digits to be exact.
//! - A purchase invoice of Scaleway has an amount and no lines, so its row has no `SkuId`.
//! - Version 1.4 requires quantities and prices to be null without a `SkuPriceId`, which no vendor
//!   has. The rows keep them, because the same version also requires them for usage.
//! - Instants are truncated to whole seconds in CSV and JSON Lines, which is the format of FOCUS.
//!
//! # Features
//!
//! | feature | adds |
//! |---|---|
//! | `scaleway`, `fastly`, `viam` (default) | the vendor's rows |
//! | `cli` (default) | the program `billing-focus` |
//! | `parquet` | Parquet files |
//!
//! [FOCUS]: https://focus.finops.org
#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(
    not(any(feature = "scaleway", feature = "fastly", feature = "viam")),
    allow(dead_code, reason = "only the modules of the vendors create rows")
)]

mod check;
mod error;
#[cfg(feature = "fastly")]
pub mod fastly;
mod file;
pub mod judgement;
mod row;
#[cfg(any(feature = "scaleway", feature = "fastly", feature = "viam"))]
mod rows;
#[cfg(feature = "scaleway")]
pub mod scaleway;
mod schema;
mod service;
#[cfg(feature = "viam")]
pub mod viam;
mod writer;

pub use check::{Check, Comparison, InvoiceTotal};
pub use error::{Error, ErrorKind, Result};
pub use file::OutputFile;
pub use row::{ChargeCategory, ChargeClass, ChargeFrequency, Column, Kind, Row, Value};
#[cfg(any(feature = "scaleway", feature = "fastly", feature = "viam"))]
pub use rows::Rows;
pub use schema::{Columns, Schema, Version};
pub use service::{ServiceCategory, ServiceSubcategory};
pub use writer::{Format, Writer};
pub use {chrono, rust_decimal};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
