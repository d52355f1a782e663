//! Whatever the bits: what this crate is given is bounded or refused, and nothing panics, hangs or fills the memory.
//!
//! Constructors that have such a test beside their code have none here.

#[path = "../../../rigor/tests/bits/mod.rs"]
mod bits;
mod bounds;
mod capacity;
