//! What networks can compute: piecewise linear functions, networks built by hand, and the regions of a network.

pub mod memorizer;
pub mod montufar;
pub mod piecewise_linear;
mod polygon;
pub mod regions;
pub mod relu_network;
pub mod sawtooth;
mod scalar;
pub mod separation;
pub mod threshold_order;
pub mod xor;

pub use scalar::Scalar;
