//! Tests that cross crates, each kind in a folder of its own beside this one: `laws`, `reference`, `layers` …
//!
//! The library itself holds pages whose examples are compiled and run, and what fuzzing calls.

#![forbid(unsafe_code)]

pub mod fuzzing;

/// The complete claim of `CONTRIBUTING.md`.
#[cfg(doctest)]
#[doc = include_str!("../../CONTRIBUTING.md")]
pub struct Contributing;

/// The example of `README.md`.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
