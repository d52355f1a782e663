//! Tests that cross crates, each kind in a folder of its own beside this one: `laws`, `reference`, `layers` …
//!
//! The library itself holds only pages whose examples are compiled and run.

/// The complete claim of `CONTRIBUTING.md`.
#[cfg(doctest)]
#[doc = include_str!("../../CONTRIBUTING.md")]
pub struct Contributing;

/// The example of `README.md`.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
