//! Exact products against everything that can know better.
#![allow(clippy::unwrap_used)]

mod closed_forms;
mod common;
mod networks;
mod operators;
mod oracle;
mod refusals;
mod table;
