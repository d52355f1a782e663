//! How signals are represented: sparse codes of a dictionary, and transforms that forget what does not matter.
//!
//! - sparse coding: [`thresholding`], [`dictionary`] with its Gram bounds, [`spark`] and [`coherence`], what one threshold
//!   recovers ([`thresholding_recovery`]), and several ([`layered_thresholding`]), and the [`lasso`] with
//!   [its guarantee](lasso_recovery);
//! - invariance: [`scattering`], [`equivariance`] of a convolution;
//! - learned features: [`independent_components`] of [`dead_leaves`], and [`activation_maximization`].

pub mod activation_maximization;
pub mod coherence;
pub mod dead_leaves;
pub mod dictionary;
pub mod equivariance;
mod fourier;
pub mod independent_components;
pub mod lasso;
pub mod lasso_recovery;
pub mod layered_thresholding;
pub mod scattering;
pub mod spark;
pub mod thresholding;
pub mod thresholding_recovery;
