//! Theorems of deep learning as typed values: hypotheses in, certified numbers out.
//!
//! [`quantity`] holds validated numbers, [`capacity`] measures how rich a class of functions is, [`bounds`] has one
//! generalization theorem a file, [`expressivity`] constructs networks that compute a given function exactly,
//! [`estimation`] says how far an empirical minimizer lies from the truth, and [`optimization`] knows the rates of descent.
//! A result that is called a bound is rounded outward on `saddlepoint-rigor`.
//!
//! # Example
//! A network was right on all of 300 fresh samples. With confidence 95 %, how large can its risk be?
//! ```
//! use saddlepoint_theory::bounds::kl_inverse;
//! use saddlepoint_theory::quantity::{Divergence, Risk};
//!
//! let budget = Divergence::new(20f64.ln() / 300.0)?;
//! let risk = kl_inverse::upper_inverse(Risk::ZERO, budget).get();
//! assert!(risk < 0.00994 && kl_inverse::pinsker(Risk::ZERO, budget) > 0.07);
//! # Ok::<(), saddlepoint_theory::quantity::QuantityError>(())
//! ```

pub mod quantity;

pub mod capacity;

pub mod bounds;

pub mod expressivity;

pub mod estimation;

pub mod optimization;
