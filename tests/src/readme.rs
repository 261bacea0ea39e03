//! The README's code blocks, compiled.

#[doc = include_str!("../../README.md")]
mod blocks {}
