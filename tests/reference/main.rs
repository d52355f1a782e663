//! Values from independent implementations.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod linear_network;
mod mlp_cross_check;
mod planted;
mod theorems;
