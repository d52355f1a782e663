//! Outward-rounded f64 and intervals: where a bound stays a bound.
//!
//! A floating-point result is within half a unit in the last place of the truth, on an unknown side. A bound
//! needs the right side. Two tools give it:
//!
//! - [`Up`] and [`Down`] are the two directed [`Rounding`]s of single operations: `Up::add(a, b)` is the smallest
//!   f64 not below `a + b`. Code written for any `R: Rounding` computes an upper bound with `Up` and a lower bound
//!   with `Down`, and a plain estimate with [`Nearest`].
//! - [`Interval`] encloses every value that its operands allow, on the [`inari`] crate; [`dot`] does so through cancellation.
//! - [`IntervalMatrix`] and [`IntervalVector`] do the same at the speed of plain matrix products, and [`spectrum`] turns
//!   an approximate [`decomposition`] into enclosures of all singular values or eigenvalues, as [`solve`] turns an
//!   approximate inverse into the solution of a linear system.
//!
//! All are deterministic to the bit, on every machine: no function of the platform's C library is called.
//!
//! # Example
//! ```
//! use saddlepoint_rigor::{Down, Interval, Rounding, Up};
//!
//! // 1/10 has no finite binary expansion.
//! assert!(Down::div(1.0, 10.0) < Up::div(1.0, 10.0));
//! // A quarter has one.
//! assert_eq!(Down::div(1.0, 4.0), Up::div(1.0, 4.0));
//!
//! let tenth = Interval::point(1.0)?.checked_div(Interval::point(10.0)?)?;
//! let sum = (0..10).fold(Interval::point(0.0)?, |sum, _| sum + tenth);
//! assert!(sum.contains(1.0) && sum.width() < 1e-14);
//! # Ok::<(), saddlepoint_rigor::IntervalError>(())
//! ```

#![forbid(unsafe_code)]

mod cube_root;
pub mod decomposition;
mod dot;
mod interval;
mod linear;
mod matrix;
mod norm;
mod product;
mod rounding;
mod sigmoid;
pub mod spectrum;
mod vector;

pub use cube_root::cube_root;
pub use dot::dot;
pub use interval::{Interval, IntervalError};
pub use linear::{SolveError, solve};
pub use matrix::{IntervalMatrix, MatrixError};
pub use norm::euclidean_norm;
pub use rounding::{Down, Nearest, Rounding, Up};
pub use vector::IntervalVector;
