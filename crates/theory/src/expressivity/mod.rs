//! What networks can compute: piecewise linear functions, networks built by hand, and the regions of a network.

mod adjacency;
pub mod barron;
pub mod breakpoints;
pub mod broken_circuits;
pub mod bumps;
pub mod compositional;
pub mod depth_separation;
pub mod dichotomies;
pub mod hanin_rolnick;
pub mod interpolation;
pub mod memorizer;
pub mod montufar;
pub mod perceptron;
pub mod piecewise_linear;
mod polygon;
pub mod regions;
pub mod relu_network;
pub mod ridge;
pub mod sawtooth;
mod scalar;
pub mod segmented_fit;
pub mod separation;
pub mod serra;
pub mod sigmoidal;
pub mod threshold_order;
pub mod xor;
pub mod yarotsky;
pub mod zaslavsky;

pub use scalar::Scalar;
