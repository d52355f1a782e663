//! Exact products against everything that can know better.
#![allow(clippy::unwrap_used)]

mod activations;
mod buffers;
mod closed_forms;
mod common;
mod convolutions;
mod determinism;
mod kinks;
mod losses;
mod networks;
mod normalization;
mod operators;
mod oracle;
mod pooling;
mod precision;
mod refusals;
mod residual;
mod sequences;
mod shares;
mod table;
