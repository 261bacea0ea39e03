//! Bills of Scaleway, Fastly and Viam as [FOCUS] rows, the format that cost tools read.
//!
//! [FOCUS]: https://focus.finops.org
#![cfg_attr(docsrs, feature(doc_cfg))]

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
