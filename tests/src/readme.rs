//! The code blocks of the READMEs, compiled.

#[doc = include_str!("../../README.md")]
mod workspace {}

#[doc = include_str!("../../crates/scaleway-billing/README.md")]
mod scaleway {}

#[doc = include_str!("../../crates/fastly-billing/README.md")]
mod fastly {}

#[doc = include_str!("../../crates/viam-billing/README.md")]
mod viam {}

#[doc = include_str!("../../crates/billing-sandbox/README.md")]
mod sandbox {}
