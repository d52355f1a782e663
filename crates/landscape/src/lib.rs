//! Objectives, their critical points and descent on them; knows no network.
//!
//! - [`objective`]: the trait that every function of this crate implements;
//! - [`scalar`] and [`formula`]: objectives written once over floats and intervals, so that what is run is what is certified;
//! - [`quadrature`]: expectations under a normal variable, for population risks;
//! - [`uniform`]: derivatives compared, and convexity measured, over many points;
//! - [`analytic`]: functions with closed-form derivatives and known critical points, the oracles;
//! - [`descent`]: gradient descent, watched step by step;
//! - [`chart`]: affine coordinates in which an objective is well scaled, or a symmetry fixed;
//! - [`critical`]: critical points found from many starts, classified, certified by proofs that are data, and counted exactly
//!   along a line;
//! - [`operator`]: symmetric matrices known by their products, their algebra, and probes of what they declare;
//! - [`sharpness`]: how sharp a minimum is, by the measures in use, and how a rescaling changes them;
//! - [`surface`]: slices, their directions, trajectories and paths between minima;
//! - [`gradient_noise`]: gradients of single samples, their covariance, and what minibatches make of it;
//! - [`spectrum`]: eigenvalues, their density, trace and diagonal from few products, each with its error.
//!
//! Everything is computed in f64, natively.
//!
//! # Example
//! A neuron with three samples has three local minima, and descent finds the one next to its start.
//! ```
//! use saddlepoint_landscape::analytic::AxisConstruction;
//! use saddlepoint_landscape::critical::{Kind, classify};
//! use saddlepoint_landscape::descent::{GradientDescent, StopRule};
//!
//! let data = AxisConstruction::new(1, 3, 16.0, 0.75)?;
//! let minima: Vec<f64> =
//!     data.axis(0)?.points().iter().filter(|p| p.is_minimum()).map(|p| p.location()).collect();
//! assert_eq!(minima.len(), 3);
//!
//! let neuron = data.neuron()?;
//! let descent = GradientDescent::new(1e-4, StopRule { steps: 1_000_000, gradient_norm: 1e-9 })?;
//! let found = descent.run(&neuron, &[0.006])?;
//! assert!((found.point[0] / minima[0] - 1.0).abs() < 1e-9);
//! assert_eq!(classify(&neuron, &found.point, 1e-9, 1e-9)?.kind(), Kind::Minimum);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

pub mod chart;
pub mod formula;
pub mod objective;
pub mod quadrature;
pub mod scalar;
pub mod uniform;

pub mod analytic;
pub mod critical;
pub mod descent;

pub mod operator;
pub mod spectrum;

pub mod gradient_noise;
pub mod sharpness;
pub mod surface;
