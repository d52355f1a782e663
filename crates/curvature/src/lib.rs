//! Exact curvature of burn modules.
//!
//! burn differentiates once. This crate records a module's loss *and* burn's own backward pass as one straight-line
//! program, and differentiates that program forwards: a Hessian-vector product is a directional derivative of the
//! gradient, exact up to rounding, for any module whose operations are in [`rules::SUPPORTED`].
//!
//! # Example
//! ```
//! use burn::nn::LinearConfig;
//! use burn::tensor::{Device, Tensor};
//! use saddlepoint_curvature::trace;
//!
//! # let device = saddlepoint_models::device::Device::open(Default::default())?.burn();
//! let layer = LinearConfig::new(2, 1).init(&device);
//! let x = Tensor::<2>::from_floats([[1.0, 2.0], [3.0, 4.0]], &device);
//!
//! let traced = trace(&layer, x, |layer, x| layer.forward(x).powi_scalar(2).mean())?;
//! let at = traced.linearize(traced.point())?;
//! let product = at.hessian_vector(&[1.0, 0.0, 0.0])?;
//! assert_eq!(product, [10.0, 14.0, 4.0]); // 2 E[x₁ (x₁, x₂, 1)]
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![recursion_limit = "256"]

mod backend;
pub mod batches;
mod builder;
mod cache;
mod capture;
mod cpu;
mod dense;
mod differentiate;
mod engine;
mod execute;
pub mod jacobian;
pub mod kinks;
pub mod linearize;
pub mod mean_curvature;
pub mod mean_loss;
pub mod objective;
pub mod operators;
pub mod peer;
pub mod program;
mod recorder;
pub mod rules;
pub mod sum;
pub mod surface;
pub mod trace;
mod value;
mod wire;

pub use trace::trace;
