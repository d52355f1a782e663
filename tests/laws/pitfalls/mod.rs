//! Mistakes found in other tools, each a test named after it.

mod bounds;
mod compression;
mod convolutions;
mod landscape;
mod numbers;
